// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/system/result.hpp>

#include "gateway/core/world.hpp"
#include "gateway/server/account_state.hpp"
#include "gateway/server/service.hpp"
#include "gateway/server/session.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::core {
class Core;
}

namespace sallyport::server {

/// What happens when a resource is asked for that is bound already (RFC 6120 §7.7.2.2).
enum class ConflictPolicy { end_old, refuse_new };

struct HubOptions {
    xmpp::Jid domain;
    ConflictPolicy conflict = ConflictPolicy::end_old;
    std::size_t max_sessions = 10;  ///< per account
};

/// Somebody else's XEP-0114 component, connected to us.
class ComponentLink {
  public:
    virtual ~ComponentLink() = default;
    /// False: full; the hub bounces.
    virtual bool deliver(const xmpp::Stanza& stanza) = 0;
};

/// The heart of the embedded server: who gets what. Binds resources, stamps `from`, routes by the
/// matrix of RFC 6121 §8 to sessions, by domain to transports and components, and answers for
/// accounts and the server by the table of services. It is the sink of every transport domain with
/// `host: server`. Network thread.
class Hub final : public core::StanzaSink {
  public:
    using BindDone = std::function<void(boost::system::result<Session*, xmpp::StanzaError>)>;

    /// `world` outlives the hub.
    Hub(core::World& world, HubOptions options);
    ~Hub() override;
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Where stanzas to transports go. Set once, before the first session; outlives the hub.
    void set_core(core::Core& core) { core_ = &core; }
    ServiceTable& services() { return services_; }
    Accounts& accounts() { return accounts_; }
    core::World& world() { return world_; }
    const HubOptions& options() const { return options_; }
    const xmpp::Jid& domain() const { return options_.domain; }

    // ---- sessions (C2sSession) ----

    /// Binds a resource for an authenticated user; `done` is called once, now or later, unless the
    /// link is dropped by abandon() first. Errors: RFC 6120 §7.6.2, 7.7.2.
    void bind(SessionLink& link, const xmpp::AskBind& ask, BindDone done);
    /// The link goes away before its bind was answered.
    void abandon(SessionLink& link);
    /// The connection of a session ended for good: unavailable presence, and it is gone.
    void unbind(Session& session);
    /// A stanza that a session sent.
    void handle(Session& session, xmpp::Stanza stanza);
    void malformed(Session& session, const xmpp::Element& element, const xmpp::StanzaError& error);
    /// Runs `run` when everything that was handled before is safe (F5): delivered to a session's
    /// queue, or committed. At once when nothing is under way.
    void when_safe(std::function<void()> run);

    // ---- stanzas of our own making, and of others ----

    /// Routes an addressed stanza whose `from` is trusted: services' answers and messages,
    /// components, transports. Never leads to a handler within the call of another: it waits its
    /// turn.
    void route(xmpp::Stanza stanza);
    /// Routes the error answer to a stanza, if it may have one.
    void bounce(const xmpp::Stanza& stanza, const xmpp::StanzaError& error);
    /// Delivers a message to an account by RFC 6121 §8 as if it came now, without the incoming
    /// hooks: kept offline messages, archived ones.
    void deliver(Session& session, const xmpp::Stanza& stanza) { session.deliver(stanza); }

    /// core::StanzaSink: a transport speaks.
    Result<bool> send(const xmpp::Stanza& stanza) override;

    void add_component(const xmpp::Jid& domain, ComponentLink& link);
    void remove_component(const xmpp::Jid& domain);

    // ---- accounts (user commands) ----

    /// Ends all sessions of an account but `except` (password changed: reset, A23; removed:
    /// not-authorized).
    void end_sessions(
        const xmpp::Jid& account, const xmpp::StreamError& error, const Session* except = nullptr
    );
    /// The account is gone from the store: its sessions end, its contacts are told, services forget
    /// it.
    void account_removed(AccountNumber number, const xmpp::Jid& bare);

    Session* find(const xmpp::Jid& full) const;
    std::size_t session_count() const { return session_count_; }
    /// Ends all sessions with system-shutdown.
    void shut_down();

  private:
    core::World& world_;
    HubOptions options_;
    core::Core* core_ = nullptr;
    ServiceTable services_;
    Accounts accounts_;
    std::size_t session_count_ = 0;
};

}  // namespace sallyport::server
