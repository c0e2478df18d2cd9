// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// RFC 6455 as a client speaks it, by hand.
namespace sallyport::test {

inline constexpr std::uint8_t ws_continuation = 0x0;
inline constexpr std::uint8_t ws_text = 0x1;
inline constexpr std::uint8_t ws_binary = 0x2;
inline constexpr std::uint8_t ws_close = 0x8;
inline constexpr std::uint8_t ws_ping = 0x9;
inline constexpr std::uint8_t ws_pong = 0xA;

/// A masked frame.
std::string client_frame(std::uint8_t opcode, std::string_view payload, bool is_last = true);
/// The head of an upgrade to the subprotocol `xmpp` at /xmpp-websocket, with the key of §1.3.
std::string upgrade_request();
/// The head's answer of §1.3.
inline constexpr std::string_view upgrade_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

struct ServerFrame {
    std::uint8_t opcode = 0;
    std::string payload;
    bool operator==(const ServerFrame&) const = default;
};
/// Takes the whole frames at the front of `bytes`, which no server masks.
std::vector<ServerFrame> take_frames(std::string& bytes);

}  // namespace sallyport::test
