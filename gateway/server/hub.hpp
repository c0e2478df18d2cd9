// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/world.hpp"
#include "gateway/server/account_loader.hpp"
#include "gateway/server/account_state.hpp"
#include "gateway/server/changes.hpp"
#include "gateway/server/discovery.hpp"
#include "gateway/server/facts.hpp"
#include "gateway/server/matrix.hpp"
#include "gateway/server/presence.hpp"
#include "gateway/server/roster_book.hpp"
#include "gateway/server/roster_service.hpp"
#include "gateway/server/service.hpp"
#include "gateway/server/session.hpp"
#include "gateway/server/sessions.hpp"
#include "gateway/server/subscriptions.hpp"
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
    /// What waits for hibernating sessions (XEP-0198 §5), of all accounts together.
    std::size_t hibernating_bytes = std::size_t{256} << 20;
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
    using BindDone = server::BindDone;

    /// `world` outlives the hub.
    Hub(core::World& world, HubOptions options);
    ~Hub() override;
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Where stanzas to transports go. Set once, before the first session; outlives the hub.
    void set_core(core::Core& core) { core_ = &core; }
    /// Filled before the first session.
    ServiceTable& services() { return services_; }
    Accounts& accounts() { return accounts_; }
    core::World& world() { return world_; }
    core::Core* core() { return core_; }
    const HubOptions& options() const { return options_; }
    const xmpp::Jid& domain() const { return options_.domain; }

    // ---- sessions (C2sSession) ----

    /// Binds a resource for an authenticated user; `done` is called once, now or later, unless the
    /// link is dropped by abandon() first. Errors: RFC 6120 §7.6.2, 7.7.2.
    void bind(SessionLink& link, const xmpp::AskBind& ask, BindDone done);
    /// The link goes away before its bind or resume was answered.
    void abandon(SessionLink& link) { sessions_.abandon(link); }
    /// The stream of a session ended for good: unavailable presence, and the session is gone.
    /// `management`: what was not acknowledged goes to other resources or is kept.
    void unbind(Session& session, std::unique_ptr<xmpp::Management> management = nullptr);
    /// Stream management with resumption was enabled: the connection may come back by this id.
    void set_resumable(Session& session, std::string resume_id);
    /// The connection of a session broke: kept for as long as `management` says, else unbound.
    void hibernate(Session& session, std::unique_ptr<xmpp::Management> management);
    /// Gives a session of this user to a new connection; one that still holds it is closed. What
    /// the answer counts as handled must be safe (F5): `done` is called once, when it is, unless
    /// the link is dropped by abandon() first.
    void resume(SessionLink& link, const xmpp::AskResume& ask, ResumeDone done);
    /// A stanza that a session sent. The session may be gone afterwards: its link is told first.
    void handle(Session& session, xmpp::Stanza stanza);
    void malformed(Session& session, const xmpp::Element& element, const xmpp::StanzaError& error);
    /// Runs `run` when everything that was handled before is safe (F5): delivered to a session's
    /// queue, or committed. At once when nothing is under way. `sender`: whose stanzas
    /// a transport may still hold; empty = nobody's.
    void when_safe(std::function<void()> run, const xmpp::Jid& sender = {});

    // ---- stanzas of our own making, and of others ----

    /// Routes an addressed stanza whose `from` is trusted: services' answers and messages,
    /// components, transports. From within the hub it waits its turn.
    void route(xmpp::Stanza stanza);
    /// Routes what a session sends or what is sent in its name: past the outgoing hooks.
    void emit(Session& session, xmpp::Stanza stanza, Author author = Author::server);
    /// Answers a question: straight to the session that asked, so that nothing overtakes it.
    void answer(xmpp::Stanza answer);
    /// Answers a stanza with an error, if it may have one.
    void bounce(const xmpp::Stanza& stanza, const xmpp::StanzaError& error);
    /// Runs `use` in a turn of the hub with this account, null when there is none; see
    /// Accounts::with.
    void with_account(const xmpp::Jid& any, Accounts::Use use);

    /// core::StanzaSink: a transport speaks.
    Result<bool> send(const xmpp::Stanza& stanza) override;

    /// A component of this domain may connect: until it does, its stanzas come back as
    /// remote-server-timeout.
    void expect_component(const xmpp::Jid& domain) { components_.emplace(domain.str(), nullptr); }
    bool has_component(const xmpp::Jid& domain) const;  ///< connected now
    /// Of the domain of one, connected or not.
    bool is_component(const xmpp::Jid& any) const;
    /// `link` is removed before it goes. False: the domain is taken.
    bool add_component(const xmpp::Jid& domain, ComponentLink& link);
    /// Its people are shown as gone.
    void remove_component(const xmpp::Jid& domain);
    /// Bare domains of the transports and components that can be reached.
    std::vector<xmpp::Jid> neighbours() const;

    // ---- accounts (user commands) ----

    /// Told of each account whose sessions are ended: for whoever logs in just now, by what was
    /// good until then.
    void set_on_ended(std::function<void(const xmpp::Jid& account)> tell) {
        on_ended_ = std::move(tell);
    }
    /// Ends all sessions of an account but `except` (password changed: reset, A23; disabled or
    /// removed: not-authorized).
    void end_sessions(
        const xmpp::Jid& account, const xmpp::StreamError& error, const Session* except = nullptr
    );
    /// The account has been removed from the store: its sessions end, its contacts are told,
    /// services forget it.
    void account_removed(AccountState& account);

    Session* find(const xmpp::Jid& full) const;
    std::size_t session_count() const { return sessions_.count(); }
    std::size_t hibernating_count() const { return sessions_.hibernating(); }
    /// Ends all sessions with system-shutdown.
    void shut_down();

    // ---- rooms of the hub ----

    PresenceRoom& presence() { return presence_; }
    Changes& changes() { return changes_; }
    RosterBook& roster() { return roster_; }
    Subscriptions& subscriptions() { return subscriptions_; }
    const Discovery& discovery() const { return discovery_; }
    const Facts& facts() const { return facts_; }
    /// A message, again on its way (its session did not acknowledge it, XEP-0198): by RFC 6121 §8
    /// as if to the bare JID, marked with the delay, without the incoming hooks. Other stanzas: a
    /// question is bounced, the rest dropped.
    void relay(AccountState& account, xmpp::Stanza stanza, WallTime since);
    /// A message that Hook::bare held back: by RFC 6121 §8 as if to the bare JID, behind the
    /// incoming hooks.
    void resume_message(AccountState& account, const xmpp::Stanza& stanza);
    /// A chat or normal message for the account went to these sessions alone: the others missed it.
    void note_takers(AccountState& account, std::span<Session* const> takers);
    bool is_local(const xmpp::Jid& any) const { return any.domain() == options_.domain.domain(); }
    /// Speaks for itself: a transport of ours.
    bool is_transport(const xmpp::Jid& any) const;

    /// While one lives, stanzas that the hub itself causes wait in a queue; the last one to go
    /// routes them. Everything that enters the hub holds one.
    class Turn {
      public:
        explicit Turn(Hub& hub) : hub_(hub) { ++hub.depth_; }
        ~Turn() {
            if (hub_.depth_ == 1) hub_.finish_turn();
            --hub_.depth_;
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        Hub& hub_;
    };

  private:
    friend class Turn;

    void finish_turn();
    void send_later_ones();
    void handle_now(Session& session, xmpp::Stanza& stanza);
    void hold(Session& session, xmpp::Stanza stanza);
    bool has_room(const AccountState& account, const xmpp::Stanza& stanza);
    void route_now(xmpp::Stanza& stanza);
    void to_local(xmpp::Stanza& stanza);
    void to_account(AccountState& account, xmpp::Stanza& stanza);
    void to_nobody(const xmpp::Stanza& stanza);
    void to_server(xmpp::Stanza& stanza);
    void to_server_resource(const xmpp::Stanza& stanza);
    bool to_neighbour(xmpp::Stanza& stanza);
    void message(AccountState& account, const xmpp::Stanza& stanza, Aim aim);
    void choose(const AccountState& account, int priority);
    bool is_held_back(AccountState& account, const xmpp::Stanza& stanza);
    static int best_priority(const AccountState& account);
    void undeliverable(AccountState& account, const xmpp::Stanza& stanza);
    bool is_kept_by_somebody(const xmpp::Stanza& stanza) const;
    void presence(AccountState& account, const xmpp::Stanza& stanza);
    void iq(AccountState& account, const xmpp::Stanza& stanza);
    void ask(Addressee to, AccountState* account, const xmpp::Stanza& iq);
    bool may_ask(const AccountState& account, const Session& session, const xmpp::Jid& who) const;
    void handle_presence(Session& session, xmpp::Stanza& stanza);
    Verdict outgoing(Session& session, xmpp::Stanza& stanza, Author author = Author::client);
    void when_stored(std::function<void()> run);

    core::World& world_;
    HubOptions options_;
    core::Core* core_ = nullptr;
    ServiceTable services_;
    AccountLoader loader_;
    Accounts accounts_;
    Sessions sessions_;
    Changes changes_;
    RosterBook roster_;
    PresenceRoom presence_;
    Subscriptions subscriptions_;
    RosterService roster_service_;
    Discovery discovery_;
    Facts facts_;
    std::unordered_map<std::string, ComponentLink*> components_;  ///< null: expected, but away
    std::deque<xmpp::Stanza> later_;
    std::vector<Session*> chosen_;  ///< for one message; kept so that none allocates
    std::function<void(const xmpp::Jid&)> on_ended_;
    int depth_ = 0;
};

}  // namespace sallyport::server
