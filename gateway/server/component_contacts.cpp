// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/component_contacts.hpp"

#include <map>
#include <memory>
#include <utility>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

using xmpp::Element;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaType;

constexpr std::string_view self_code = "110";
constexpr std::string_view shutdown_code = "332";

enum class Kind { contact, self_in_room, other_in_room };

/// XEP-0045 §7.2.2: an occupant's presence says so, and one's own says that too.
Kind kind_of(const Stanza& presence) {
    const Element* room = presence.element().child("x", xmpp::ns::muc_user);
    if (room == nullptr) return Kind::contact;
    Kind kind = Kind::other_in_room;
    room->for_each([&kind](const Element& child) {
        if (child.name() == "status" && child.attribute("code") == self_code)
            kind = Kind::self_in_room;
    });
    return kind;
}

Element build_shutdown() {
    Element room("x", xmpp::ns::muc_user);
    room.add("item", xmpp::ns::muc_user).set("affiliation", "none").set("role", "none");
    for (const std::string_view code : {self_code, shutdown_code})
        room.add("status", xmpp::ns::muc_user).set("code", code);
    return room;
}

}  // namespace

struct ComponentContacts::Seen final : ServiceData {
    /// Who, and by which resource, "" = by all.
    using Key = std::pair<Jid, std::string>;
    std::map<Key, Kind> people;

    void erase(const Jid& who, std::string_view resource) {
        auto at = people.lower_bound(Key(who, {}));
        while (at != people.end() && at->first.first == who) {
            const bool is_meant = resource.empty() || at->first.second == resource;
            at = is_meant ? people.erase(at) : std::next(at);
        }
    }
};

ComponentContacts::ComponentContacts(Hub& hub) : hub_(hub), slot_(hub.services().make_slot()) {}

void ComponentContacts::note(AccountState& account, const Stanza& presence) {
    if (!hub_.is_component(presence.from())) return;
    auto* seen = account.data<Seen>(slot_);
    const std::string resource(presence.to().resource());
    if (presence.type() != StanzaType::available) {
        if (seen != nullptr) seen->erase(presence.from(), resource);
        return;
    }
    const Kind kind = kind_of(presence);
    if (kind == Kind::other_in_room) return;
    if (seen == nullptr) {
        account.put_data(slot_, std::make_unique<Seen>());
        seen = account.data<Seen>(slot_);
    }
    if (seen->people.size() < max_seen)
        seen->people.try_emplace(Seen::Key(presence.from(), resource), kind);
}

void ComponentContacts::forget(AccountState& account, std::string_view resource) {
    auto* seen = account.data<Seen>(slot_);
    if (seen == nullptr) return;
    const bool is_last = !account.has_available();
    std::erase_if(seen->people, [&](const auto& one) {
        const std::string& by = one.first.second;
        return by.empty() ? is_last : by == resource;
    });
    if (seen->people.empty()) account.put_data(slot_, nullptr);
}

void ComponentContacts::lose(const Jid& domain) {
    const auto is_there = [&domain](const Jid& jid) { return jid.domain() == domain.domain(); };
    hub_.accounts().for_each([&](AccountState& account) {
        if (auto* seen = account.data<Seen>(slot_)) tell(account, *seen, domain.domain());
        for (Session* session : account.sessions()) std::erase_if(session->directed, is_there);
    });
}

void ComponentContacts::tell(AccountState& account, Seen& seen, std::string_view domain) {
    for (auto at = seen.people.begin(); at != seen.people.end();) {
        const auto& [who, resource] = at->first;
        const auto to = account.bare().with_resource(resource);
        if (who.domain() != domain || !to) {
            ++at;
            continue;
        }
        Stanza gone = Stanza::presence(StanzaType::unavailable, who, *to);
        if (at->second == Kind::self_in_room) gone.element().add(build_shutdown());
        hub_.route(std::move(gone));
        at = seen.people.erase(at);
    }
}

}  // namespace sallyport::server
