// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/presence.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/xep/delay.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaType;

/// RFC 6121 §4.7.2.3; nothing when it is out of range.
std::optional<std::int8_t> priority_of(const Stanza& stanza) {
    const auto text = stanza.element().child_text("priority", xmpp::ns::client);
    if (!text) return std::int8_t{0};
    std::string_view digits = trim(*text);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    return parse_decimal<std::int8_t>(digits);
}

Stanza addressed(const Stanza& stanza, const Jid& to) {
    Stanza copy = stanza;
    copy.set_to(to);
    return copy;
}

void set_id(Stanza& stanza, std::string_view id) {
    if (!id.empty()) stanza.element().set("id", id);
}

/// Here, of a transport of ours, or of a component that is connected.
bool is_reached(const Hub& hub, const Jid& contact) {
    if (hub.is_local(contact) || hub.is_transport(contact)) return true;
    const auto domain = Jid::from_parts({}, contact.domain());
    return domain && hub.has_component(*domain);
}

/// §3.1.2: a request is repeated until it is answered, for it or its answer may have been lost when
/// a server stopped at the wrong moment. Not to those who cannot be reached now.
void ask_again(Hub& hub, Session& session) {
    const AccountState& account = session.account();
    for (const RosterItem& item : account.roster.items())
        if (item.subscription.pending_out && is_reached(hub, item.jid))
            hub.emit(session, Stanza::presence(StanzaType::subscribe, account.bare(), item.jid));
}

}  // namespace

void PresenceRoom::broadcast(Session& session, Stanza stanza) {
    if (stanza.type() == StanzaType::available) return become_available(session, std::move(stanza));
    become_unavailable(session, stanza);
}

void PresenceRoom::become_available(Session& session, Stanza stanza) {
    const auto priority = priority_of(stanza);
    if (!priority)
        return hub_.bounce(stanza, StanzaError(Condition::bad_request, "No such priority."));
    for (Service* service : hub_.services().with(Hook::presence_out))
        service->on_presence_out(session, stanza);
    const bool is_first = !session.is_available();
    const bool took = session.takes_messages();
    session.priority = *priority;
    session.presence = std::make_unique<Stanza>(stanza);
    tell_contacts(session, stanza);
    tell_own(session, stanza);
    if (is_first) begin(session);
    notice_messages(session, took);
}

void PresenceRoom::notice_messages(Session& session, bool took) {
    if (took || !session.takes_messages()) return;
    for (Service* service : hub_.services().with(Hook::available)) service->on_available(session);
}

/// What a new session must learn: who of its contacts is there (§4.2.2), and who asks to see it
/// (§3.1.3).
void PresenceRoom::begin(Session& session) {
    const AccountState& account = session.account();
    for (const RosterItem& item : account.roster.items())
        if (item.subscription.to) look_at(session, item.jid);
    bool is_alone = true;
    for (Session* other : account.sessions()) {
        if (other == &session || !other->is_available()) continue;
        is_alone = false;
        session.deliver(addressed(*other->presence, session.full()));
    }
    if (is_alone) ask_again(hub_, session);
    give_requests(session);
}

/// Contacts of ours are looked at directly: no probe, and nobody is loaded for it, for without
/// sessions there is nothing to see (RFC 6121 §4.3.1). Others are asked.
void PresenceRoom::look_at(Session& session, const Jid& contact) {
    const Jid& own = session.account().bare();
    if (!hub_.is_local(contact))
        return hub_.emit(session, Stanza::presence(StanzaType::probe, own, contact));
    const AccountState* account = hub_.accounts().find(contact);
    if (account == nullptr || !account->roster.shares_with(own.str())) return;
    for (Session* other : account->sessions())
        if (other->is_available()) hub_.emit(*other, addressed(*other->presence, session.full()));
}

void PresenceRoom::give_requests(Session& session) {
    for (const RosterItem& item : session.account().roster.items()) {
        if (!item.request) continue;
        if (auto request = parse_stanza(*item.request)) session.deliver(*request);
    }
}

void PresenceRoom::tell_contacts(Session& session, const Stanza& stanza) {
    for (const RosterItem& item : session.account().roster.items())
        if (item.subscription.from) hub_.emit(session, addressed(stanza, item.jid));
}

/// §4.2.2: an entity is subscribed to its own presence.
void PresenceRoom::tell_own(Session& session, const Stanza& stanza) {
    const AccountState& account = session.account();
    const Stanza copy = addressed(stanza, account.bare());
    for (Session* other : account.sessions())
        if (other->is_available()) other->deliver(copy);
}

void PresenceRoom::become_unavailable(Session& session, const Stanza& stanza) {
    for (const Jid& entity : std::exchange(session.directed, {}))
        hub_.emit(session, addressed(stanza, entity));
    const bool was_available = session.is_available();
    session.presence.reset();
    session.priority = 0;
    component_contacts_.forget(session.account(), session.full().resource());
    if (!was_available) return;
    tell_contacts(session, stanza);
    tell_own(session, stanza);
    for (Service* service : hub_.services().with(Hook::unavailable))
        service->on_unavailable(session);
}

void PresenceRoom::end(Session& session) {
    become_unavailable(session, Stanza::presence(StanzaType::unavailable, session.full(), Jid()));
}

void PresenceRoom::direct(Session& session, Stanza stanza) {
    const Jid& to = stanza.to();
    const bool is_subscriber =
        session.is_available() && session.account().roster.shares_with(to.bare_view());
    const auto at = std::find(session.directed.begin(), session.directed.end(), to);
    if (stanza.type() == StanzaType::unavailable) {
        if (at != session.directed.end()) session.directed.erase(at);
    } else if (at == session.directed.end() && !is_subscriber) {
        if (session.directed.size() >= max_directed)
            return hub_.bounce(
                stanza, StanzaError(Condition::resource_constraint, "Presence in too many places.")
            );
        session.directed.push_back(to);
    }
    hub_.emit(session, std::move(stanza), Author::client);
}

void PresenceRoom::show(AccountState& account, const Jid& contact) {
    for (Session* session : account.sessions())
        if (session->is_available()) hub_.emit(*session, addressed(*session->presence, contact));
}

void PresenceRoom::hide(AccountState& account, const Jid& contact) {
    for (Session* session : account.sessions()) {
        if (!session->is_available()) continue;
        std::erase_if(session->directed, [&contact](const Jid& entity) {
            return entity.bare_view() == contact.bare_view();
        });
        hub_.emit(*session, Stanza::presence(StanzaType::unavailable, session->full(), contact));
    }
}

void PresenceRoom::receive(AccountState& account, const Stanza& stanza) {
    bool is_seen = false;
    for (Session* session : account.sessions()) {
        const bool is_named = stanza.to().resource() == session->full().resource();
        const bool is_meant = stanza.to().is_bare() ? session->is_available() : is_named;
        if (!is_meant) continue;
        session->deliver(stanza);
        is_seen = true;
        // §4.6.1: who says goodbye needs no goodbye.
        if (stanza.type() == StanzaType::unavailable) std::erase(session->directed, stanza.from());
    }
    if (is_seen) component_contacts_.note(account, stanza);
}

// §4.3.2, §4.6.6. A transport of ours may always ask: it shows contacts to those who are there.
void PresenceRoom::probe(AccountState& account, const Stanza& probe) {
    const Jid& who = probe.from();
    const bool is_trusted = who.bare_view() == account.bare().str() || hub_.is_transport(who);
    const bool may_see = is_trusted || account.roster.shares_with(who.bare_view());
    if (!probe.to().is_bare()) return probe_resource(account, probe, may_see);
    if (!may_see) return refuse(probe);
    if (!account.has_available()) return tell_absence(account, probe);
    for (Session* session : account.sessions())
        if (session->is_available()) hub_.emit(*session, addressed(*session->presence, who));
}

/// Of that resource alone, and no more than that it is there.
void PresenceRoom::probe_resource(AccountState& account, const Stanza& probe, bool may_see) {
    const Jid& who = probe.from();
    Session* session = account.find(probe.to().resource());
    const bool is_shown = session && may_see && session->is_available();
    const bool is_directed =
        session && std::count(session->directed.begin(), session->directed.end(), who) > 0;
    if (!is_shown && !is_directed) return may_see ? tell_absence(account, probe) : refuse(probe);
    Stanza there = Stanza::presence(StanzaType::available, session->full(), who);
    if (session->presence) set_id(there, session->presence->id());
    hub_.emit(*session, std::move(there));
}

// What is no presence of a client's own bears the id of the probe: §4.3.2.1.
void PresenceRoom::refuse(const Stanza& probe) {
    const Jid asked = probe.to().bare(), who = probe.from().bare();
    Stanza refusal = Stanza::presence(StanzaType::unsubscribed, asked, who);
    set_id(refusal, probe.id());
    hub_.route(std::move(refusal));
}

void PresenceRoom::tell_absence(const AccountState& account, const Stanza& probe) {
    Stanza gone = Stanza::presence(StanzaType::unavailable, probe.to(), probe.from());
    set_id(gone, probe.id());
    const auto seen = hub_.facts().last_seen(account);
    if (seen && !account.has_available())
        gone.element().add(xmpp::build_delay(*seen, hub_.domain().str()));
    hub_.route(std::move(gone));
}

}  // namespace sallyport::server
