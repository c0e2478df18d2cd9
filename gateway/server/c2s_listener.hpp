// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gateway/net/listener.hpp"
#include "gateway/server/admission.hpp"
#include "gateway/server/c2s_session.hpp"

namespace sallyport::server {

/// Where the WebSocket is, on its listener: the path of RFC 7395's own examples.
inline constexpr std::string_view websocket_path = "/xmpp-websocket";

/// Accepts clients, within limits, and holds their connections.
class C2sListener final : private C2sOwner {
  public:
    struct Tools {
        Hub& hub;
        AccountAuth& auth;
        FastTokens& tokens;
        Registration& registration;
        net::Timers& timers;
        DoorLimits limits;
        std::size_t read_rate = 0;
        Archive* archive = nullptr;  ///< null: there are none
    };
    explicit C2sListener(const Tools& tools);
    ~C2sListener() override;

    /// STARTTLS; direct TLS when the options say that TLS is done; a WebSocket (RFC 7395) when they
    /// say that it is one. Errors name the address.
    Result<> listen(
        const config::Endpoint& address, std::shared_ptr<const xmpp::ServerStreamOptions> options
    );
    /// For connections from now on.
    struct Tls {
        std::shared_ptr<const net::TlsContext> starttls;
        std::shared_ptr<const net::TlsContext> direct;
        std::shared_ptr<const net::TlsContext> web;
    };
    void set_tls(Tls tls);
    void stop_listening() { listeners_.clear(); }
    void drop();  ///< all connections, at once
    /// Ends those that have no session: the hub ends the others.
    void shut_down();
    /// Ends those that are logging in as this user: what they prove may not be good any more.
    void end_logins(std::string_view user);
    bool is_logging_in(std::string_view user) const;
    /// Calls `run` once nobody is connected any more, maybe at once.
    void when_empty(std::function<void()> run);

    std::size_t connections() const { return sessions_.size(); }
    std::size_t strangers() const { return admission_.strangers(); }
    std::vector<config::Endpoint> endpoints() const;

  private:
    void accepted(
        int socket,
        const std::string& peer,
        const std::shared_ptr<const xmpp::ServerStreamOptions>& options
    );
    std::unique_ptr<net::ByteStream> adopt(
        int socket, const std::string& peer, const xmpp::ServerStreamOptions& options
    ) const;
    void start(C2sSession& session, const xmpp::ServerStreamOptions& options) const;
    void on_authenticated(C2sSession& session) override;
    void on_awake(C2sSession& session) override { awake_.insert(&session); }
    void on_over(C2sSession& session) override;
    void rest_idle();

    Admission admission_;
    C2sTools tools_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    std::unordered_map<const C2sSession*, std::unique_ptr<C2sSession>> sessions_;
    std::unordered_set<C2sSession*> awake_;  ///< those that hold more than an idle one needs
    net::Timers::Handle rest_timer_;
    std::function<void()> when_empty_;
    Metrics::Gauge& connected_;
};

}  // namespace sallyport::server
