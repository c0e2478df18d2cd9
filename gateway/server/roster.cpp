// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/roster.hpp"

#include <algorithm>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

auto place(auto& items, std::string_view bare) {
    return std::lower_bound(
        items.begin(),
        items.end(),
        bare,
        [](const RosterItem& item, std::string_view key) { return item.jid.str() < key; }
    );
}

}  // namespace

xmpp::Element RosterItem::to_element() const {
    xmpp::Element item("item", xmpp::ns::roster);
    item.set("jid", jid.str());
    if (!is_listed) return std::move(item.set("subscription", "remove"));
    item.set("subscription", subscription.word());
    if (!name.empty()) item.set("name", name);
    if (subscription.pending_out) item.set("ask", "subscribe");
    if (subscription.approved) item.set("approved", "true");
    for (const std::string& group : groups) item.add("group", xmpp::ns::roster).add_text(group);
    return item;
}

RosterItem RosterItem::draft() const {
    RosterItem copy;
    copy.jid = jid;
    copy.name = name;
    copy.groups = groups;
    copy.subscription = subscription;
    copy.is_listed = is_listed;
    copy.version = version;
    if (request) copy.request = std::make_unique<std::string>(*request);
    return copy;
}

RosterItem Roster::draft(const xmpp::Jid& bare) const {
    if (const RosterItem* item = find(bare.str())) return item->draft();
    RosterItem item;
    item.jid = bare;
    return item;
}

const RosterItem* Roster::find(std::string_view bare) const {
    const auto at = place(items_, bare);
    return at != items_.end() && at->jid.str() == bare ? &*at : nullptr;
}

RosterItem* Roster::find(std::string_view bare) {
    return const_cast<RosterItem*>(std::as_const(*this).find(bare));
}

RosterItem& Roster::put(const xmpp::Jid& bare) {
    const auto at = place(items_, bare.str());
    if (at != items_.end() && at->jid == bare) return *at;
    RosterItem item;
    item.jid = bare;
    return *items_.insert(at, std::move(item));
}

void Roster::erase(std::string_view bare) {
    const auto at = place(items_, bare);
    if (at != items_.end() && at->jid.str() == bare) items_.erase(at);
}

}  // namespace sallyport::server
