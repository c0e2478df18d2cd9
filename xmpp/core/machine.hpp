// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// What a machine asks its driver to do with the bytes of its link. Performed in order.
struct Write {
    std::string bytes;
};
struct StartTls {};
/// Flush what was written, then close. `reason` is a stable word for the log ("not-authorized",
/// "eof", ...).
struct Close {
    std::string reason;
};
using Action = std::variant<Write, StartTls, Close>;

/// Tells the machine that TLS stands. The texts are channel bindings, empty if none: RFC 9266's
/// tls-exporter, RFC 5929's tls-server-end-point and tls-unique (the client's Finished of a full
/// handshake). Over TLS 1.3, which has no tls-unique, a server gets it all the same, for clients
/// that compute it there; a client does not.
struct TlsDone {
    std::string exporter;
    std::string end_point = {};
    std::string finished = {};
    /// A server: the XMPP addresses of the client's certificate (RFC 6120 §13.7.1.4) as they stand
    /// in it, none unless it was asked for and verified.
    std::vector<std::string> certified = {};
    std::string refusal = {};  ///< why the client's certificate counts for nothing, for the log
};

/// A protocol machine: all grammar and state of one peer's byte stream, and nothing else: no clock,
/// log, socket or callback. The driver feeds bytes and time and drains poll() after every call.
/// After a Close action all calls are no-ops. M::Event is the machine's own closed variant of what
/// it tells its owner.
template <class M>
concept Machine = requires(M m, std::string_view bytes, TimePoint now) {
    typename M::Event;
    {m.start(now)};        // the link is connected
    {m.feed(bytes, now)};  // bytes arrived
    {m.closed(now)};       // the peer closed its side, or the link broke
    {m.tick(now)};         // a deadline may have passed
    { m.deadline() } -> std::same_as<std::optional<TimePoint>>;
    { m.poll() } -> std::same_as<std::optional<std::variant<Action, typename M::Event>>>;
};

}  // namespace sallyport
