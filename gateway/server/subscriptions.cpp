// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/subscriptions.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
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

bool is_subscription(StanzaType type) {
    return type == StanzaType::subscribe || type == StanzaType::subscribed ||
           type == StanzaType::unsubscribe || type == StanzaType::unsubscribed;
}

void Subscriptions::send(Session& session, Stanza stanza) {
    AccountState& account = session.account();
    const Jid contact = stanza.to();
    RosterItem draft = account.roster.draft(contact);
    const Subscription before = draft.subscription;
    const SubscriptionStep step = step_outbound(before, verb_of(stanza.type()));
    if (step.next == before) return conclude_sent(&session, account, std::move(stanza), step);
    if (account.roster.find(contact.str()) == nullptr && RosterService::is_full(account))
        return hub_.bounce(
            stanza, StanzaError(Condition::resource_constraint, "The roster is full.")
        );
    draft.subscription = step.next;
    if (!step.next.pending_in) draft.request.reset();
    if (step.push) draft.is_listed = true;
    hub_.roster().put(
        account,
        std::move(draft),
        step.push ? RosterBook::Seen::yes : RosterBook::Seen::no,
        [this, &session, resource = session.full().resource(), stanza, step](
            AccountState& state, const Result<>& written
        ) {
            if (!written) return hub_.bounce(stanza, unwritten(written.error()));
            Session* sender = state.find(resource);
            conclude_sent(sender == &session ? sender : nullptr, state, stanza, step);
        },
        // While they may still see us (§3.2.2).
        step.hides ? [this, contact](AccountState& state) { hub_.presence().hide(state, contact); }
                   : RosterBook::Before()
    );
}

/// What follows from a stanza of the account, now that it is safe. `session` may have gone.
void Subscriptions::conclude_sent(
    Session* session, AccountState& account, Stanza stanza, const SubscriptionStep& step
) {
    const Jid contact = stanza.to();
    if (step.route && session != nullptr)
        hub_.emit(*session, std::move(stanza), Author::client);
    else if (step.route)
        hub_.route(std::move(stanza));
    if (step.push) hub_.roster().push_all(account, contact);
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
    RosterItem draft = account.roster.draft(contact);
    const Subscription before = draft.subscription;
    const SubscriptionStep step = step_inbound(before, verb_of(stanza.type()));
    if (step.next == before) return conclude_received(account, stanza, step);
    const bool is_request = step.next.pending_in && !before.pending_in;
    if (is_request) {
        const std::size_t pending = count_pending(account.roster);
        if (pending >= max_pending) return;  // §3.1.3: nobody fills the memory with requests
        // As many as there is room for may be on their way: then it is counted when they are there.
        if (pending + account.changes() >= max_pending)
            return hub_.with_account(account.bare(), [this, stanza](AccountState* later) {
                if (later != nullptr) receive(*later, stanza);
            });
    }
    draft.subscription = step.next;
    remember(account, draft, stanza);
    // An item that was only waited for is listed once its contact sees us: it was pre-approved.
    if (step.next.from || step.next.to) draft.is_listed = true;
    const bool is_seen = step.push && draft.is_listed;
    hub_.roster().put(
        account,
        std::move(draft),
        is_seen ? RosterBook::Seen::yes : RosterBook::Seen::no,
        [this, stanza, step](AccountState& state, const Result<>& written) {
            if (!written) return hub_.bounce(stanza, unwritten(written.error()));
            conclude_received(state, stanza, step);
        },
        step.hides ? [this, contact](AccountState& state) { hub_.presence().hide(state, contact); }
                   : RosterBook::Before()
    );
}

/// What follows from a stanza of a contact, now that it is safe.
void Subscriptions::conclude_received(
    AccountState& account, const Stanza& stanza, const SubscriptionStep& step
) {
    const Jid contact = stanza.from().bare();
    if (step.answer) {
        Stanza answer = Stanza::presence(type_of(step.verb), account.bare(), contact);
        if (!stanza.id().empty()) answer.set_id(stanza.id());
        hub_.route(std::move(answer));
    }
    // §3.1.3: requests go to those who can be asked; §3.1.6, 3.2.3, 3.3.3: news go to those who
    // know the roster, and before the push.
    const bool is_request = stanza.type() == StanzaType::subscribe;
    for (Session* session : account.sessions()) {
        const bool takes = is_request ? session->is_available() : session->is_interested;
        if (step.route && takes) session->deliver(stanza);
    }
    const RosterItem* item = account.roster.find(contact.str());
    if (step.push && item != nullptr && item->is_listed) hub_.roster().push_all(account, contact);
    if (step.announces) hub_.presence().show(account, contact);
}

/// Keeps the whole request until it is answered (xmpp.md A18), without what is too large.
void Subscriptions::remember(const AccountState& account, RosterItem& item, const Stanza& stanza) {
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
