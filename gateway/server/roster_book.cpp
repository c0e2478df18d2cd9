// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/roster_book.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::server {
namespace {

using xmpp::Stanza;

/// An item of which nothing is left that anybody must know.
bool is_nothing(const RosterItem& item) {
    return !item.is_listed && item.version == 0 && item.subscription.is_nothing();
}

bool is_removed(const RosterItem& item) {
    return !item.is_listed && item.subscription.is_nothing() && item.version > 0;
}

store::Subscription stored(const Subscription& now) {
    if (now.to) return now.from ? store::Subscription::both : store::Subscription::to;
    return now.from ? store::Subscription::from : store::Subscription::none;
}

store::RosterRow row_of(const RosterItem& item) {
    store::RosterRow row;
    row.jid = item.jid.str();
    row.name = item.name;
    row.subscription = stored(item.subscription);
    row.ask = item.subscription.pending_out;
    row.approved = item.subscription.approved;
    row.is_listed = item.is_listed;
    row.groups = item.groups;
    row.ver = static_cast<std::int64_t>(item.version);
    return row;
}

/// What the disk must know of one item.
void describe(const RosterItem& item, store::ChangeRoster& op, WallTime now) {
    const bool only_asks = item.version == 0 && !item.is_listed;
    Subscription rest = item.subscription;
    rest.pending_in = false;
    if (only_asks && rest.is_nothing())
        op.erase.push_back(item.jid.str());
    else
        op.put.push_back(row_of(item));
    if (item.request)
        op.put_pending.push_back({item.jid.str(), *item.request, now});
    else
        op.erase_pending.push_back(item.jid.str());
}

/// The roster becomes what was written.
void apply(Roster& roster, RosterItem draft, const store::ChangeRoster& op) {
    const std::string contact = draft.jid.str();
    for (const std::string& bare : op.erase)
        if (bare != contact) roster.erase(bare);
    for (const store::RosterRow& row : op.put)
        if (row.jid != contact) roster.erased = static_cast<std::uint64_t>(row.ver);  // the mark
    roster.version = std::max(roster.version, static_cast<std::uint64_t>(op.ver));
    if (is_nothing(draft)) return roster.erase(contact);
    RosterItem& item = roster.put(draft.jid);
    item = std::move(draft);
}

std::uint64_t next_version(Roster& roster) {
    return roster.numbered = std::max(roster.numbered, roster.version) + 1;
}

}  // namespace

std::string RosterBook::version_text(const AccountState& account, std::uint64_t version) {
    return std::to_string(account.number()) + '-' + std::to_string(version);
}

void RosterBook::put(AccountState& account, RosterItem draft, Seen seen, Done done, Before before) {
    store::ChangeRoster op;
    op.ver = static_cast<std::int64_t>(account.roster.version);
    if (seen == Seen::yes) {
        draft.version = next_version(account.roster);
        op.ver = static_cast<std::int64_t>(draft.version);
    }
    write(account, std::move(draft), std::move(op), std::move(done), std::move(before));
}

void RosterBook::remove(AccountState& account, const RosterItem& item, Done done) {
    RosterItem draft;
    draft.jid = item.jid;
    draft.version = next_version(account.roster);
    store::ChangeRoster op;
    op.ver = static_cast<std::int64_t>(draft.version);
    forget_removed(account, op);
    write(account, std::move(draft), std::move(op), std::move(done), {});
}

/// Forgets the removed, when one more would be too many. `op.ver` is the version of that one, which
/// all who are here are told.
void RosterBook::forget_removed(const AccountState& account, store::ChangeRoster& op) {
    const auto& items = account.roster.items();
    const auto count =
        static_cast<std::size_t>(std::count_if(items.begin(), items.end(), is_removed));
    if (count < max_removed) return;
    for (const RosterItem& item : items) {
        const std::string bare = item.jid.str();
        // One that is coming back at this moment is none of them any more.
        if (is_removed(item) && !account.is_changing(bare)) op.erase.push_back(bare);
    }
    // Kept under the account's own address, which is never on its own roster.
    store::RosterRow mark;
    mark.jid = account.bare().str();
    mark.is_listed = false;
    mark.ver = op.ver;
    op.put.push_back(std::move(mark));
}

void RosterBook::write(
    AccountState& account, RosterItem draft, store::ChangeRoster op, Done done, Before before
) {
    op.account = account.number();
    describe(draft, op, hub_.world().time.wall());
    const std::string subject = draft.jid.str();
    // Shared, because functions are copied and items are not.
    const auto kept = std::make_shared<std::pair<RosterItem, store::ChangeRoster>>(
        std::move(draft), std::move(op)
    );
    hub_.changes().write(
        account,
        subject,
        store::ChangeRoster(kept->second),
        [kept, done = std::move(done), before = std::move(before)](
            AccountState& state, const Result<store::ChangeRoster::Answer>& answer
        ) {
            if (!answer) return done(state, answer.error());
            if (!answer->found) return done(state, Error("the account is gone"));
            if (before) before(state);
            apply(state.roster, std::move(kept->first), kept->second);
            done(state, {});
        }
    );
}

void RosterBook::push(const AccountState& account, const RosterItem& item, Session& session) const {
    // From the account itself, which needs no saying; clients check it (xmpp.md B9).
    Stanza push = Stanza::iq(xmpp::StanzaType::set, {}, session.full(), "push-" + random_id(6));
    xmpp::Element& query = push.element().add("query", xmpp::ns::roster);
    query.set("ver", version_text(account, item.version));
    query.add(item.to_element());
    session.deliver(push);
}

void RosterBook::push_all(const AccountState& account, const xmpp::Jid& contact) const {
    const RosterItem* item = account.roster.find(contact.str());
    if (item == nullptr) return;
    for (Session* session : account.sessions())
        if (session->is_interested) push(account, *item, *session);
}

}  // namespace sallyport::server
