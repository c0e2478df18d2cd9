// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/roster_book.hpp"

#include <algorithm>
#include <utility>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::server {
namespace {

using xmpp::Stanza;

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

}  // namespace

std::string RosterBook::version_text(const AccountState& account, std::uint64_t version) {
    return std::to_string(account.number()) + '-' + std::to_string(version);
}

void RosterBook::changed(AccountState& account, RosterItem& item) {
    item.version = ++account.roster.version;
    write(account, item, {});
    push_all(account, item);
}

void RosterBook::noted(AccountState& account, RosterItem& item) {
    write(account, item, {});
    if (!item.is_listed && item.subscription.is_nothing() && item.version == 0)
        account.roster.erase(std::string(item.jid.str()));
}

void RosterBook::remove(AccountState& account, RosterItem& item) {
    item.is_listed = false;
    item.name.clear();
    item.groups.clear();
    item.subscription = {};
    item.request.reset();
    item.version = ++account.roster.version;
    push_all(account, item);
    store::ChangeRoster op;
    const std::string bare = item.jid.str();
    forget_removed(account, op);
    // The item is looked for again: forgetting may have moved it.
    if (const RosterItem* still = account.roster.find(bare)) write(account, *still, std::move(op));
}

void RosterBook::forget_removed(AccountState& account, store::ChangeRoster& op) const {
    auto& items = account.roster.items();
    const auto count =
        static_cast<std::size_t>(std::count_if(items.begin(), items.end(), is_removed));
    if (count <= max_removed) return;
    const std::uint64_t last = account.roster.version;  // this one is told to all who are here
    for (const RosterItem& item : items)
        if (is_removed(item) && item.version < last) op.erase.push_back(item.jid.str());
    std::erase_if(items, [last](const RosterItem& item) {
        return is_removed(item) && item.version < last;
    });
    account.roster.erased = last;
    // Kept under the account's own address, which is never on its own roster.
    store::RosterRow mark;
    mark.jid = account.bare().str();
    mark.is_listed = false;
    mark.ver = static_cast<std::int64_t>(last);
    op.put.push_back(std::move(mark));
}

void RosterBook::write(const AccountState& account, const RosterItem& item, store::ChangeRoster op)
    const {
    op.account = account.number();
    op.ver = static_cast<std::int64_t>(account.roster.version);
    const bool only_asks = item.version == 0 && !item.is_listed;
    Subscription rest = item.subscription;
    rest.pending_in = false;
    if (only_asks && rest.is_nothing())
        op.erase.push_back(item.jid.str());
    else
        op.put.push_back(row_of(item));
    if (item.request)
        op.put_pending.push_back({item.jid.str(), *item.request, hub_.world().time.wall()});
    else
        op.erase_pending.push_back(item.jid.str());
    const Log& log = hub_.world().log;
    hub_.world().store.write(
        std::move(op),
        [&log, user = account.bare().str()](Result<store::ChangeRoster::Answer> answer) {
            if (!answer)
                log.error(
                    "roster.unwritten",
                    {{"user", Personal{user}}, {"why", answer.error().to_string()}}
                );
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

void RosterBook::push_all(const AccountState& account, const RosterItem& item) const {
    for (Session* session : account.sessions())
        if (session->is_interested) push(account, item, *session);
}

}  // namespace sallyport::server
