// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "gateway/net/byte_stream.hpp"

namespace sallyport::net {

struct WebSocketOptions {
    std::string path;
    std::string protocol;              ///< the subprotocol that a client must name
    bool may_be_clear = false;         ///< without TLS too: somebody in front does it
    std::size_t message_bytes = 8192;  ///< see ByteStream::set_message_bytes
    /// A ping is sent each time, so that no proxy takes a quiet connection for a dead one (60 s is
    /// what many wait); a client of which nothing came over two of them is gone.
    std::chrono::milliseconds ping_every{50'000};
    std::chrono::milliseconds close_grace{2'000};  ///< for the client's close frame
};

/// A WebSocket (RFC 6455), the server's side, over the stream of an accepted connection. In its
/// clothes of a ByteStream: start_tls() is the whole beginning, TLS (unless the client speaks in
/// the clear and may) and the HTTP upgrade, and its `done` comes when messages may flow, with the
/// bindings of TLS or none; who asks for something else is answered by HTTP first. From then on
/// on_bytes() is one whole text message, and write() sends one. A message that is too long comes
/// as its beginning, one byte longer than may be, so that the handler can say why it ends; then the
/// connection is closed.
///
/// `timers` must outlive it.
std::unique_ptr<ByteStream> make_websocket(
    Timers& timers, std::unique_ptr<ByteStream> wire, WebSocketOptions options
);

}  // namespace sallyport::net
