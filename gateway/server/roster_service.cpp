// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/roster_service.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Element;
using xmpp::Jid;
using xmpp::StanzaError;
using xmpp::StanzaType;

/// The number within a version of ours; nothing when it is of another account, or nobody's.
std::optional<std::uint64_t> version_in(const AccountState& account, std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    if (text.substr(0, dash) != std::to_string(account.number())) return std::nullopt;
    return parse_decimal<std::uint64_t>(text.substr(dash + 1));
}

/// What changed since `version`, in the order of the changes; nothing when that cannot be told, or
/// is no shorter than the whole roster.
std::optional<std::vector<const RosterItem*>> changes_since(
    const Roster& roster, std::optional<std::uint64_t> version
) {
    if (!version || *version > roster.version || *version < roster.erased) return std::nullopt;
    std::vector<const RosterItem*> changed;
    std::size_t listed = 0;
    for (const RosterItem& item : roster.items()) {
        if (item.is_listed) ++listed;
        if (item.version > *version) changed.push_back(&item);
    }
    if (!changed.empty() && changed.size() >= listed) return std::nullopt;
    std::sort(changed.begin(), changed.end(), [](const RosterItem* a, const RosterItem* b) {
        return a->version < b->version;
    });
    return changed;
}

/// The groups of an item of a roster set (§2.3.3).
boost::system::result<std::vector<std::string>, StanzaError> groups_of(const Element& item) {
    std::vector<std::string> groups;
    std::optional<StanzaError> fault;
    item.for_each([&](const Element& child) {
        if (!child.is("group", xmpp::ns::roster)) return;
        std::string name = child.text();
        if (name.empty() || name.size() > RosterService::max_name_bytes)
            fault = StanzaError(Condition::not_acceptable, "A group needs a name of good length.");
        if (std::find(groups.begin(), groups.end(), name) != groups.end())
            fault = StanzaError(Condition::bad_request, "A group is named twice.");
        groups.push_back(std::move(name));
    });
    if (fault) return *fault;
    if (groups.size() > RosterService::max_groups)
        return StanzaError(Condition::not_acceptable, "Too many groups.");
    return groups;
}

Handled refuse_stranger(Request&) {
    return StanzaError(Condition::forbidden);
}

}  // namespace

std::vector<Row> RosterService::rows() {
    return {
        {Addressee::own, StanzaType::get, xmpp::ns::roster, [this](Request& r) { return get(r); }},
        {Addressee::own, StanzaType::set, xmpp::ns::roster, [this](Request& r) { return set(r); }},
        // §2.3.3: only the account's own resources. Also of accounts that do not exist.
        {Addressee::account, StanzaType::get, xmpp::ns::roster, refuse_stranger},
        {Addressee::account, StanzaType::set, xmpp::ns::roster, refuse_stranger},
    };
}

Handled RosterService::get(Request& request) {
    if (request.session == nullptr) return StanzaError(Condition::forbidden);
    const AccountState& account = *request.account;
    const Roster& roster = account.roster;
    request.session->is_interested = true;
    const auto known = request.payload().attribute("ver");
    const auto changed = known ? changes_since(roster, version_in(account, *known)) : std::nullopt;
    if (changed) {  // §2.6.3
        request.answer();
        for (const RosterItem* item : *changed)
            hub_.roster().push(account, *item, *request.session);
        return {};
    }
    Element query("query", xmpp::ns::roster);
    query.set("ver", RosterBook::version_text(account, roster.version));
    for (const RosterItem& item : roster.items())
        if (item.is_listed) query.add(item.to_element());
    request.answer(std::move(query));
    return {};
}

Handled RosterService::set(Request& request) {
    if (request.session == nullptr) return StanzaError(Condition::forbidden);
    const Element* item = request.payload().child("item", xmpp::ns::roster);
    std::size_t children = 0;
    request.payload().for_each([&children](const Element&) { ++children; });
    if (item == nullptr || children != 1)
        return StanzaError(Condition::bad_request, "A roster set holds one item.");
    const auto contact = Jid::parse(item->attribute("jid").value_or(""));
    if (!contact) return StanzaError(Condition::jid_malformed, "The contact's address is no JID.");
    const Jid bare = contact->bare();
    if (bare == request.account->bare())
        return StanzaError(Condition::not_allowed, "Nobody is a contact of their own.");
    if (item->attribute("subscription") == "remove") return remove(request, bare);
    return put(request, bare, *item);
}

Handled RosterService::put(Request& request, const Jid& contact, const Element& item) {
    AccountState& account = *request.account;
    const std::string_view name = item.attribute("name").value_or("");
    if (name.size() > max_name_bytes)
        return StanzaError(Condition::not_acceptable, "The name is too long.");
    auto groups = groups_of(item);
    if (!groups) return groups.error();
    const bool is_new = account.roster.find(contact.str()) == nullptr;
    if (is_new && is_full(account))
        return StanzaError(Condition::resource_constraint, "The roster is full.");
    RosterItem draft = account.roster.draft(contact);
    draft.name = name;
    draft.groups = *std::move(groups);
    draft.is_listed = true;
    hub_.roster().put(
        account,
        std::move(draft),
        RosterBook::Seen::yes,
        [this, contact, iq = request.iq](AccountState& state, const Result<>& written) {
            answer(iq, written);
            if (written) hub_.roster().push_all(state, contact);
        }
    );
    return {};
}

Handled RosterService::remove(Request& request, const Jid& contact) {
    AccountState& account = *request.account;
    const RosterItem* item = account.roster.find(contact.str());
    if (item == nullptr || !item->is_listed)
        return StanzaError(Condition::item_not_found, "This contact is not on the roster.");
    hub_.roster().remove(
        account,
        *item,
        [this, contact, before = item->subscription, iq = request.iq](
            AccountState& state, const Result<>& written
        ) {
            answer(iq, written);
            if (!written) return;
            hub_.roster().push_all(state, contact);
            hub_.subscriptions().cancel(state, contact, before);
        }
    );
    return {};
}

void RosterService::answer(const xmpp::Stanza& iq, const Result<>& written) {
    if (!written) return hub_.bounce(iq, unwritten(written.error()));
    hub_.answer(iq.reply());
}

}  // namespace sallyport::server
