// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_disco.hpp"

#include <algorithm>
#include <map>

#include "gateway/core/service_tools.hpp"
#include "gateway/translate/presence.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::core {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::DiscoInfo;
using xmpp::DiscoItem;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

/// Types under which clients know a network beside its registered one: Cheogram shows an e-mail
/// keyboard for "email" (§2.11).
const std::map<std::string, std::string, std::less<>> second_types{{"smtp", "email"}};

struct Able {
    bool port::Capabilities::*flag;
    std::string_view feature;
};
/// What contacts announce when their network can do it.
constexpr Able able[] = {
    {&port::Capabilities::receipts, ns::receipts},
    {&port::Capabilities::corrections, ns::correct},
    {&port::Capabilities::retractions, ns::retract},
    {&port::Capabilities::reactions, ns::reactions},
    {&port::Capabilities::typing, ns::chat_states},
    {&port::Capabilities::attachments, ns::oob},
};

/// XEP-0157: whom to write to when the gateway misbehaves.
xmpp::Form contact_addresses(const std::vector<xmpp::Jid>& admins) {
    xmpp::Form form(xmpp::FormType::result);
    form.add_value("FORM_TYPE", "http://jabber.org/network/serverinfo", xmpp::FieldType::hidden);
    auto& field = form.add("admin-addresses", xmpp::FieldType::list_multi);
    for (const xmpp::Jid& admin : admins) field.values.push_back("xmpp:" + admin.str());
    return form;
}

std::string_view node_of(const Request& request) {
    return request.stanza.payload().attribute("node").value_or(std::string_view{});
}

}  // namespace

ServiceDisco::ServiceDisco(World& world, Router& router) : world_(world), router_(router) {
    const auto add = [&](To to, std::string_view ns, Handled (ServiceDisco::*handler)(Request&)) {
        router.add(
            {to, StanzaKind::iq, StanzaType::get, ns},
            [this, handler](Request& r) { return (this->*handler)(r); },
            ns
        );
    };
    add(To::domain, ns::disco_info, &ServiceDisco::info_of_domain);
    add(To::domain, ns::disco_items, &ServiceDisco::items_of_domain);
    add(To::contact, ns::disco_info, &ServiceDisco::info_of_contact);
    add(To::contact, ns::disco_items, &ServiceDisco::items_of_contact);
    for (To to : {To::domain, To::contact}) router.announce(to, ns::caps);
    router.announce(To::domain, "jid\\20escaping");
}

DiscoInfo ServiceDisco::info(const Domain& domain, To to) const {
    const port::Capabilities can = domain.transport->capabilities();
    DiscoInfo info;
    info.features = router_.features(to);
    if (to == To::contact) {
        // Clients look for `account` to tell a contact from a room, and for `client` to tell what
        // it is (§2.11).
        info.identities = {{"account", "registered"}, {"client", can.contact_type}};
        for (const Able& row : able)
            if (can.*row.flag) info.features.emplace_back(row.feature);
        return info;
    }
    info.identities = {{"gateway", can.gateway_type, domain.title}};
    if (auto second = second_types.find(can.gateway_type); second != second_types.end())
        info.identities.emplace_back("gateway", second->second, domain.title);
    if (!world_.config->admins.empty())
        info.forms.push_back(contact_addresses(world_.config->admins));
    return info;
}

std::string ServiceDisco::caps(const Domain& domain, To to) {
    std::string& hash = hashes_[{domain.name, to}];
    if (hash.empty()) hash = xmpp::caps_hash(info(domain, to));
    return hash;
}

Handled ServiceDisco::answer_info(Request& request, To to) {
    DiscoInfo found = info(request.domain, to);
    const std::string_view node = node_of(request);
    // A client asks for the node that a presence named; a hash of yesterday's features is no longer
    // known (XEP-0115 §6.2).
    if (!node.empty() && node != std::string(translate::caps_node) + "#" + xmpp::caps_hash(found))
        return StanzaError(Condition::item_not_found);
    found.node = node;
    return answer(world_, request.domain, request.stanza, xmpp::build_disco_info(found));
}

std::vector<DiscoItem> ServiceDisco::commands(const Request& request) const {
    return commands_ ? commands_(request) : std::vector<DiscoItem>{};
}

Handled ServiceDisco::info_of_domain(Request& request) {
    const std::string_view node = node_of(request);
    std::vector<DiscoItem> listed = commands(request);
    if (node == ns::commands && commands_)
        listed = {{request.domain.name, std::string(ns::commands), "Commands"}};
    auto at = std::find_if(listed.begin(), listed.end(), [&](const DiscoItem& item) {
        return item.node == node;
    });
    if (at == listed.end()) return answer_info(request, To::domain);
    DiscoInfo found;  // XEP-0050 §2.2
    found.node = node;
    found.identities = {
        {"automation", node == ns::commands ? "command-list" : "command-node", at->name}};
    found.features = {std::string(ns::commands), std::string(ns::data_forms)};
    return answer(world_, request.domain, request.stanza, xmpp::build_disco_info(found));
}

Handled ServiceDisco::info_of_contact(Request& request) {
    if (auto contact = contact_of(request); !contact) return contact.error();
    return answer_info(request, To::contact);
}

Handled ServiceDisco::items_of_domain(Request& request) {
    const std::string_view node = node_of(request);
    if (node == ns::commands && commands_)
        return answer(
            world_, request.domain, request.stanza, xmpp::build_disco_items(commands(request), node)
        );
    if (!node.empty()) return StanzaError(Condition::item_not_found);
    std::vector<DiscoItem> items;
    if (commands_) items.push_back({request.domain.name, std::string(ns::commands), "Commands"});
    return answer(world_, request.domain, request.stanza, xmpp::build_disco_items(items));
}

Handled ServiceDisco::items_of_contact(Request& request) {
    if (auto contact = contact_of(request); !contact) return contact.error();
    const std::string_view node = node_of(request);
    // Asking a contact for its commands is not an error: it has none (XEP-0050 §2.2).
    if (!node.empty() && node != ns::commands) return StanzaError(Condition::item_not_found);
    return answer(world_, request.domain, request.stanza, xmpp::build_disco_items({}, node));
}

}  // namespace sallyport::core
