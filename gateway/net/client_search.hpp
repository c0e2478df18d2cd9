// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/link_life.hpp"
#include "gateway/net/srv_resolver.hpp"
#include "gateway/net/srv_targets.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::net {

/// How a client's link finds its server; replaced in tests. Each calls back exactly once, never
/// from within the call.
struct ClientRoute {
    std::function<void(std::string domain, SrvResolver::Done)> look_up;
    std::function<void(ConnectOptions, ConnectDone)> connect;
};
/// DNS and TCP. All three must outlive it.
ClientRoute internet(Timers& timers, Resolver& resolver, SrvResolver& services);

/// What failed below the stream, in the words that xmpp::advise() knows.
std::string reason_of(const Error& error);

/// A stream to the server that a client looks for: asks for the services of the domain (RFC 6120
/// §3.2), tries what they name in order, and goes where a server has sent it. Network thread only.
class ClientSearch : public std::enable_shared_from_this<ClientSearch> {
  public:
    struct Options {
        ClientPlace place;
        std::optional<std::filesystem::path> ca;    ///< trust these issuers instead of the system's
        std::optional<TlsIdentity> certificate;     ///< shown to the server
        std::chrono::milliseconds timeout{10'000};  ///< for each target: name, TCP and TLS
    };
    struct Found {
        std::unique_ptr<ByteStream> stream;
        std::optional<TlsDone> binding;  ///< where TLS came first
    };
    /// What was found, or why nothing was: then all targets have been tried.
    using Done = std::function<void(std::variant<Found, LinkDown>)>;

    /// `timers` and what `route` refers to must outlive it.
    ClientSearch(Timers& timers, ClientRoute route, Options options);

    /// Connects to the next target that answers; asks DNS where none is left to be tried. `done`
    /// runs once, never from within this call, and not after another go() or a stop().
    void go(Done done);
    void stop() { ++round_; }
    /// What is left to be tried is not: the next go() asks anew.
    void forget() {
        targets_.clear();
        is_preferred_ = false;
    }
    bool has_more() const { return !targets_.empty() || is_preferred_; }
    /// XEP-0198 §3: the next go() tries this place before it asks DNS, once; not where the operator
    /// has named one. Nothing: there is no such wish.
    void prefer(std::optional<Target> place) { preferred_ = std::move(place); }

    /// RFC 6120 §4.9.3.19: the next go() leads to where the server said. False: it is not followed,
    /// for that was often in a row.
    bool follow(const Target& other);
    /// A session stands, or the link waits: redirects are counted anew.
    void rest() { redirects_ = 0; }

    const Target& target() const { return target_; }  ///< the one that was tried last
    /// For the target. Read anew each time: replaced files are picked up.
    Result<std::shared_ptr<const TlsContext>> tls() const;

  private:
    template <class Value>
    std::function<void(Result<Value>)> then(void (ClientSearch::*next)(Result<Value>));
    void found(Result<std::vector<Target>> targets);
    void try_next();
    void connected(Result<std::unique_ptr<ByteStream>> stream);
    void end(std::variant<Found, LinkDown> result);

    Timers& timers_;
    ClientRoute route_;
    Options options_;
    Done done_;
    std::optional<Target> preferred_;  ///< of the next go()
    bool is_preferred_ = false;        ///< that is being tried, and DNS was not asked
    std::deque<Target> targets_;       ///< still to be tried
    Target target_;
    std::optional<TlsDone> binding_;
    std::uint64_t round_ = 0;  ///< callbacks of older ones come too late
    int redirects_ = 0;
};

}  // namespace sallyport::net
