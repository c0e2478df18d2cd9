// SPDX-License-Identifier: Apache-2.0
#include "tests/support/websocket_frames.hpp"

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

namespace sallyport::test {

std::string client_frame(std::uint8_t opcode, std::string_view payload, bool is_last) {
    constexpr std::array<unsigned char, 4> mask{0x37, 0xfa, 0x21, 0x3d};  // of §5.7
    std::string frame(1, static_cast<char>((is_last ? 0x80U : 0U) | opcode));
    const std::size_t size = payload.size();
    const std::size_t wide = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
    frame += static_cast<char>(0x80U | (wide == 0 ? size : wide == 2 ? 126U : 127U));
    for (std::size_t at = wide; at-- > 0;) frame += static_cast<char>((size >> (8 * at)) & 0xFF);
    for (const unsigned char byte : mask) frame += static_cast<char>(byte);
    for (std::size_t at = 0; at < size; ++at)
        frame += static_cast<char>(static_cast<unsigned char>(payload[at]) ^ mask[at % 4]);
    return frame;
}

std::string upgrade_request() {
    return "GET /xmpp-websocket HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\n"
           "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Protocol: chat, xmpp\r\nSec-WebSocket-Version: 13\r\n"
           "Origin: https://elsewhere.example\r\n\r\n";
}

std::vector<ServerFrame> take_frames(std::string& bytes) {
    std::vector<ServerFrame> frames;
    while (bytes.size() >= 2) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
        EXPECT_EQ(byte(0) & 0xF0U, 0x80U) << "a server's messages are of one frame here";
        EXPECT_EQ(byte(1) & 0x80U, 0U) << "a server masked";
        const std::size_t wide = byte(1) == 126 ? 2 : byte(1) == 127 ? 8 : 0;
        if (bytes.size() < 2 + wide) break;
        std::size_t size = wide == 0 ? byte(1) : 0;
        for (std::size_t at = 0; at < wide; ++at) size = size << 8 | byte(2 + at);
        if (bytes.size() < 2 + wide + size) break;
        frames.push_back({static_cast<std::uint8_t>(byte(0) & 0xFU), bytes.substr(2 + wide, size)});
        bytes.erase(0, 2 + wide + size);
    }
    return frames;
}

}  // namespace sallyport::test
