// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/units.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/tls.hpp"
#include "xmpp/core/machine.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::net {

class Resolver;
class Timers;

/// What a stream tells its owner. Never called from within a call of the owner's. Any of these may
/// destroy the stream.
class StreamHandler {
  public:
    virtual ~StreamHandler() = default;
    virtual void on_bytes(std::string_view bytes) = 0;  ///< the view lives until this returns
    /// The stream has ended, once, as the last call: Fault::eof, reset, tls, certificate, timeout,
    /// or closed after close().
    virtual void on_end(const Error& why) = 0;
    virtual void on_sent() {}  ///< the kernel took bytes: look at unsent_bytes()
    /// A stream of messages: so many bytes came, whatever they carry. They count, on_bytes() not.
    virtual void on_overhead(std::size_t bytes) { static_cast<void>(bytes); }
};

/// A connection: bytes both ways, with TLS in place. Destroying it drops the connection at once.
///
/// Reading is pushed from a buffer that all streams share; writing is a function that appends,
/// flushed once per loop turn. A stream at rest owns no buffer, timer or coroutine. Network thread
/// only.
class ByteStream {
  public:
    using TlsStarted = std::function<void(Result<TlsDone>)>;

    virtual ~ByteStream() = default;
    /// Begins to read. Once; `handler` must outlive the stream.
    virtual void start(StreamHandler& handler) = 0;
    virtual void write(std::string_view bytes) = 0;
    /// The same with bytes that the caller is done with: a stream at rest takes them uncopied.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): others keep them
    virtual void hand_over(std::string bytes) { write(bytes); }
    virtual std::size_t unsent_bytes() const = 0;
    /// Hands the wire to `session`, after what was written in the clear. `done` is not called when
    /// the stream ends first with a handler started; without a handler it gets that error.
    virtual void start_tls(std::unique_ptr<TlsSession> session, TlsStarted done) = 0;
    /// Back-pressure: while off, nothing is read (and a vanished peer is noticed by writing only).
    virtual void set_reading(bool on) = 0;
    /// A stream of messages: none longer than this is taken whole. Streams of bytes know none.
    virtual void set_message_bytes(std::size_t most) { static_cast<void>(most); }
    /// Flushes, says goodbye (close_notify, FIN), discards what still comes for at most 2 s, then
    /// on_end(Fault::closed).
    virtual void close() = 0;
    /// "192.0.2.1", "::1", or "unix": for logs and caps.
    virtual const std::string& peer() const = 0;
};

/// Wraps a connected or accepted socket (TCP or Unix), which it owns from now on. TCP_NODELAY,
/// keepalive, and TCP_USER_TIMEOUT 30 s, so that a silent peer is noticed while we write. `timers`
/// must outlive the stream.
std::unique_ptr<ByteStream> adopt_socket(Timers& timers, int socket, std::string peer);

struct ConnectOptions {
    config::Endpoint address;
    std::shared_ptr<const TlsContext> tls;       ///< null = plain
    std::string tls_name;                        ///< to verify; "" = address.host
    std::chrono::milliseconds timeout{10'000};   ///< name, TCP and TLS together
    std::function<void(const TlsDone&)> on_tls;  ///< TLS stands: before the end; may be empty
};
using ConnectDone = std::function<void(Result<std::unique_ptr<ByteStream>>)>;

/// Resolves, tries the addresses (the next one after 250 ms without an answer, RFC 8305 in small),
/// and shakes hands. `done` runs once, never from within this call. Both references must outlive
/// the attempt.
void connect_stream(Timers& timers, Resolver& resolver, ConnectOptions options, ConnectDone done);

}  // namespace sallyport::net
