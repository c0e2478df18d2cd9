// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/subscriptions.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"

namespace sallyport::server {
namespace {

using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaType;
using Verb = SubscriptionVerb;

Verb verb_of(StanzaType type) {
    switch (type) {
        case StanzaType::subscribe:
            return Verb::subscribe;
        case StanzaType::subscribed:
            return Verb::subscribed;
        case StanzaType::unsubscribe:
            return Verb::unsubscribe;
        default:
            return Verb::unsubscribed;
    }
}

StanzaType type_of(Verb verb) {
    return verb == Verb::subscribed ? StanzaType::subscribed : StanzaType::unsubscribed;
}

std::size_t count_pending(const Roster& roster) {
    const auto& items = roster.items();
    return static_cast<std::size_t>(std::count_if(
        items.begin(), items.end(), [](const RosterItem& item) { return item.request != nullptr; }
    ));
}

/// A stanza without its payload, for requests that are too large to keep.
Stanza bare_request(const Stanza& stanza) {
    return Stanza::presence(stanza.type(), stanza.from(), stanza.to());
}

}  // namespace

void Subscriptions::send(Session& session, Stanza stanza) {
    AccountState& account = session.account();
    const Jid contact = stanza.to();
    const Verb verb = verb_of(stanza.type());
    RosterItem* item = account.roster.find(contact.str());
    const Subscription before = item != nullptr ? item->subscription : Subscription{};
    const SubscriptionStep step = step_outbound(before, verb);
    // While they may still see us (§3.2.2).
    if (step.hides) hub_.presence().hide(account, contact);
    if (step.route) hub_.emit(session, std::move(stanza));
    if (step.next != before) {
        if (item == nullptr) item = &account.roster.put(contact);
        item->subscription = step.next;
        if (!step.next.pending_in) item->request.reset();
        if (step.push) {
            item->is_listed = true;
            hub_.roster().changed(account, *item);
        } else {
            hub_.roster().noted(account, *item);
        }
    }
    if (step.announces) hub_.presence().show(account, contact);
}

void Subscriptions::cancel(AccountState& account, const Jid& contact, Subscription before) {
    const Jid& own = account.bare();
    if (before.to || before.pending_out)
        hub_.route(Stanza::presence(StanzaType::unsubscribe, own, contact));
    if (before.from) hub_.presence().hide(account, contact);
    if (before.from || before.pending_in)
        hub_.route(Stanza::presence(StanzaType::unsubscribed, own, contact));
}

void Subscriptions::receive(AccountState& account, const Stanza& stanza) {
    const Jid contact = stanza.from().bare();
    const Verb verb = verb_of(stanza.type());
    RosterItem* item = account.roster.find(contact.str());
    const Subscription before = item != nullptr ? item->subscription : Subscription{};
    const SubscriptionStep step = step_inbound(before, verb);
    if (step.next.pending_in && !before.pending_in && count_pending(account.roster) >= max_pending)
        return;  // §3.1.3: nobody fills the memory with requests
    if (step.answer) {
        Stanza answer = Stanza::presence(type_of(step.verb), account.bare(), contact);
        if (!stanza.id().empty()) answer.set_id(stanza.id());
        if (step.hides) hub_.presence().hide(account, contact);
        hub_.route(std::move(answer));
    }
    // §3.1.3: requests go to those who can be asked; §3.1.6, 3.2.3, 3.3.3: news go to those who
    // know the roster, and before the push.
    if (step.route)
        for (Session* session : account.sessions()) {
            const bool takes =
                verb == Verb::subscribe ? session->is_available() : session->is_interested;
            if (takes) session->deliver(stanza);
        }
    if (step.next != before) {
        if (item == nullptr) item = &account.roster.put(contact);
        item->subscription = step.next;
        remember(account, *item, stanza);
        // An item that was only waited for is listed once its contact sees us: it was pre-approved.
        if (step.next.from || step.next.to) item->is_listed = true;
        if (step.push && item->is_listed)
            hub_.roster().changed(account, *item);
        else
            hub_.roster().noted(account, *item);
    }
    if (step.announces) hub_.presence().show(account, contact);
}

/// Keeps the whole request until it is answered (xmpp.md A18), without what is too large.
void Subscriptions::remember(AccountState& account, RosterItem& item, const Stanza& stanza) {
    if (!item.subscription.pending_in) {
        item.request.reset();
        return;
    }
    if (item.request || stanza.type() != StanzaType::subscribe) return;
    Stanza request = stanza;
    request.set_to(account.bare());
    std::string text = to_text(request);
    if (text.size() > max_request_bytes) text = to_text(bare_request(request));
    item.request = std::make_unique<std::string>(std::move(text));
}

}  // namespace sallyport::server
