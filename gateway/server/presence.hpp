// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "gateway/server/account_state.hpp"
#include "gateway/server/component_contacts.hpp"
#include "gateway/server/session.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::server {

class Hub;

/// RFC 6121 §4: who sees that a session is there. Broadcast, probes, directed presence.
class PresenceRoom {
  public:
    /// Entities that one session's presence may be directed to beside its contacts.
    static constexpr std::size_t max_directed = 1'000;

    explicit PresenceRoom(Hub& hub) : hub_(hub), component_contacts_(hub) {}

    /// A session says to all that it is there, or not any more (§4.2, 4.4, 4.5).
    void broadcast(Session& session, xmpp::Stanza stanza);
    /// A session says so to one entity (§4.6).
    void direct(Session& session, xmpp::Stanza stanza);
    /// A session goes without a word.
    void end(Session& session);
    /// Somebody asks whether the account is there (§4.3.2).
    void probe(AccountState& account, const xmpp::Stanza& probe);
    /// Answers a probe of who may not know, be there an account or not (xmpp.md A16).
    void refuse(const xmpp::Stanza& probe);
    /// The contact may see the account from now on, or no longer: presence of every session.
    void show(AccountState& account, const xmpp::Jid& contact);
    void hide(AccountState& account, const xmpp::Jid& contact);
    /// Presence for an account, from somebody else or another session (§8.5.2.1.2, 8.5.3).
    void receive(AccountState& account, const xmpp::Stanza& stanza);
    /// The component of this domain has gone, and with it its people.
    void lose(const xmpp::Jid& domain) { component_contacts_.lose(domain); }

  private:
    void probe_resource(AccountState& account, const xmpp::Stanza& probe, bool may_see);
    void tell_absence(const AccountState& account, const xmpp::Stanza& probe);
    void become_available(Session& session, xmpp::Stanza stanza);
    void become_unavailable(Session& session, const xmpp::Stanza& stanza);
    void tell_contacts(Session& session, const xmpp::Stanza& stanza);
    void tell_own(Session& session, const xmpp::Stanza& stanza);
    void begin(Session& session);
    void look_at(Session& session, const xmpp::Jid& contact);
    void give_requests(Session& session);
    void notice_messages(Session& session, bool took);

    Hub& hub_;
    ComponentContacts component_contacts_;
};

}  // namespace sallyport::server
