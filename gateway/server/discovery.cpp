// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/discovery.hpp"

#include <utility>

#include "config/config.hpp"
#include "gateway/core/core.hpp"
#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::StanzaError;
using xmpp::StanzaType;

bool names_a_node(const Request& request) {
    return !request.payload().attribute("node").value_or("").empty();
}

Handled nothing_there() {
    return StanzaError(Condition::item_not_found);
}

Handled nobody_there() {
    return StanzaError(Condition::service_unavailable);
}

}  // namespace

bool shows_itself(const Request& request) {
    const xmpp::Jid& who = request.iq.from();
    const AccountState& account = *request.account;
    return who.bare_view() == account.bare().str() || request.hub.is_transport(who) ||
           account.roster.shares_with(who.bare_view());
}

std::vector<Row> Discovery::rows() {
    const Handler server = [this](Request& r) { return info_of_server(r); };
    const Handler account = [this](Request& r) { return info_of_account(r); };
    const Handler items = [this](Request& r) { return items_of_server(r); };
    const Handler nothing = [this](Request& r) { return items_of_account(r); };

    return {
        {Addressee::server, StanzaType::get, ns::disco_info, server, ns::disco_info},
        {Addressee::server, StanzaType::get, ns::disco_items, items, ns::disco_items},
        {Addressee::own, StanzaType::get, ns::disco_info, account, ns::disco_info},
        {Addressee::own, StanzaType::get, ns::disco_items, nothing, ns::disco_items},
        {Addressee::account, StanzaType::get, ns::disco_info, account},
        {Addressee::account, StanzaType::get, ns::disco_items, nothing},
    };
}

xmpp::DiscoInfo Discovery::server_info() const {
    xmpp::DiscoInfo info;
    info.identities.emplace_back("server", "im", "Sallyport");
    info.features = hub_.services().features(Addressee::server);
    info.forms = hub_.services().forms();
    const auto& admins = hub_.world().config->admins;
    if (!admins.empty()) {  // XEP-0157
        xmpp::Form form(xmpp::FormType::result);
        form.add_value("FORM_TYPE", "http://jabber.org/network/serverinfo");
        auto& field = form.add("admin-addresses", xmpp::FieldType::list_multi);
        for (const xmpp::Jid& admin : admins) field.values.push_back("xmpp:" + admin.str());
        info.forms.push_back(std::move(form));
    }
    return info;
}

Handled Discovery::info_of_server(Request& request) {
    if (names_a_node(request)) {
        // XEP-0115 §6.2: our own hash may be asked for as a node.
        const std::string_view node = *request.payload().attribute("node");
        xmpp::DiscoInfo info = server_info();
        if (!node.ends_with('#' + xmpp::caps_hash(info))) return nothing_there();
        info.node = node;
        request.answer(xmpp::build_disco_info(info));
        return {};
    }
    request.answer(xmpp::build_disco_info(server_info()));
    return {};
}

Handled Discovery::info_of_account(Request& request) {
    if (!shows_itself(request)) return nobody_there();
    if (names_a_node(request)) return nothing_there();
    xmpp::DiscoInfo info;
    info.identities.emplace_back("account", "registered");
    info.features = hub_.services().features(Addressee::own);
    request.answer(xmpp::build_disco_info(info));
    return {};
}

Handled Discovery::items_of_server(Request& request) {
    std::vector<xmpp::DiscoItem> items;
    if (!names_a_node(request))
        for (const xmpp::Jid& jid : hub_.neighbours()) {
            core::Domain* domain = hub_.core() ? hub_.core()->find(jid.domain()) : nullptr;
            items.push_back({jid.str(), {}, domain != nullptr ? domain->title : std::string()});
        }
    request.answer(xmpp::build_disco_items(items, request.payload().attribute("node").value_or(""))
    );
    return {};
}

Handled Discovery::items_of_account(Request& request) {
    if (!shows_itself(request)) return nobody_there();
    request.answer(xmpp::build_disco_items({}, request.payload().attribute("node").value_or("")));
    return {};
}

}  // namespace sallyport::server
