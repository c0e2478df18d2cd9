// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/pump.hpp"
#include "gateway/server/admission.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/login_throttle.hpp"
#include "xmpp/stream/component_stream.hpp"

namespace sallyport::server {

class Components;

/// One connection of somebody else's component (XEP-0114).
class ComponentSession final : public ComponentLink,
                               private net::PumpOwner<xmpp::ComponentAcceptor::Event> {
  public:
    ComponentSession(
        Components& owner,
        std::vector<xmpp::ComponentAcceptor::Component> components,
        std::unique_ptr<net::ByteStream> stream
    );
    ~ComponentSession() override;
    ComponentSession(const ComponentSession&) = delete;
    ComponentSession& operator=(const ComponentSession&) = delete;

    void start() { pump_.start(); }
    bool deliver(const xmpp::Stanza& stanza) override;
    void close(xmpp::StreamCondition condition, std::string text);
    void rest();
    const xmpp::Jid& domain() const { return domain_; }  ///< empty until it has proved it
    bool has_proved() const { return has_proved_; }
    const std::string& peer() const { return pump_.stream().peer(); }

  private:
    void on_event(xmpp::ComponentAcceptor::Event event) override;
    void on_closed(const Error& why) override;
    void on_read(std::size_t bytes) override;

    void on(const xmpp::Established& established);
    void on(xmpp::Received& received);
    void on(const xmpp::Malformed& malformed);
    void on(const xmpp::Ended& ended);
    void leave();

    Components& owner_;
    net::Pump<xmpp::ComponentAcceptor> pump_;
    xmpp::Jid domain_;
    bool has_proved_ = false;
    net::Timers::Handle pause_;
};

/// The door for components: who knows the secret of a domain speaks for it, one connection each
/// (conflict to the second, as Prosody does). Network thread.
class Components {
  public:
    static constexpr DoorLimits limits{1'000, 64, 16, 500};
    static constexpr std::size_t send_queue_bytes = 8 * 1024 * 1024;  // xmpp.md §5.3

    /// Both outlive it. The domains are known to the hub from now on, connected or not.
    Components(
        Hub& hub,
        net::Timers& timers,
        const std::vector<config::ServerConfig::Component>& components
    );
    ~Components();
    Components(const Components&) = delete;
    Components& operator=(const Components&) = delete;

    Result<> listen(const config::Endpoint& address);
    /// Somebody connected.
    void adopt(std::unique_ptr<net::ByteStream> stream);
    void stop_listening() { listener_.reset(); }
    /// Ends all streams with system-shutdown.
    void shut_down();
    /// Calls `run` once nobody is connected any more, maybe at once.
    void when_empty(std::function<void()> run);
    void drop();  ///< all connections, at once

    /// Where it listens, if it does.
    const net::Listener* listener() const { return listener_.get(); }
    std::size_t connections() const { return sessions_.size(); }
    /// Of each domain that is configured, in that order.
    struct State {
        xmpp::Jid domain;
        std::string peer;  ///< where it is connected from, "" = it is away
    };
    std::vector<State> states() const;

    // ---- for its sessions ----

    Hub& hub() { return hub_; }
    net::Timers& timers() { return timers_; }
    void on_proved(const ComponentSession& session) { admission_.prove(session.peer()); }
    void on_over(ComponentSession& session);
    /// The secret was wrong. Who gave too many from one address is not heard for a while.
    void on_wrong(const std::string& peer);

  private:
    std::vector<xmpp::ComponentAcceptor::Component> secrets() const;
    void rest_idle();

    Hub& hub_;
    net::Timers& timers_;
    std::vector<config::ServerConfig::Component> components_;
    std::unique_ptr<net::Listener> listener_;
    std::unordered_map<const ComponentSession*, std::unique_ptr<ComponentSession>> sessions_;
    Admission admission_{limits};
    LoginThrottle throttle_;
    net::Timers::Handle rest_timer_;
    std::function<void()> when_empty_;
};

}  // namespace sallyport::server
