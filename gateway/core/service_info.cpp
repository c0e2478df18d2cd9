// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_info.hpp"

#include "gateway/core/service_tools.hpp"
#include "gateway/translate/contact.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::core {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::Element;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

}  // namespace

ServiceInfo::ServiceInfo(World& world, Router& router) : world_(world), started_(world.time.now()) {
    for (To to : {To::domain, To::contact}) {
        add(router, to, ns::ping, &ServiceInfo::ping);
        add(router, to, ns::version, &ServiceInfo::version);
        add(router, to, ns::time, &ServiceInfo::time);
        // Nobody here has an avatar, a device list or a vCard 4, and clients wait for the answer
        // (gateway.md §2.0(3)).
        for (std::string_view absent : {ns::pubsub, ns::vcard4})
            router.add({to, StanzaKind::iq, StanzaType::get, absent}, [](Request&) -> Handled {
                return StanzaError(Condition::item_not_found);
            });
    }
    add(router, To::domain, ns::last, &ServiceInfo::last_of_domain);
    add(router, To::contact, ns::last, &ServiceInfo::last_of_contact);
    add(router, To::domain, ns::vcard_temp, &ServiceInfo::vcard_of_domain);
    add(router, To::contact, ns::vcard_temp, &ServiceInfo::vcard_of_contact);
}

void ServiceInfo::add(
    Router& router, To to, std::string_view ns, Handled (ServiceInfo::*handler)(Request&)
) {
    auto handle = [this, to, handler](Request& request) -> Handled {
        if (to == To::contact) {
            if (auto contact = contact_of(request); !contact) return contact.error();
        }
        return (this->*handler)(request);
    };
    router.add({to, StanzaKind::iq, StanzaType::get, ns}, std::move(handle), ns);
}

Handled ServiceInfo::ping(Request& request) {
    return answer(world_, request.domain, request.stanza);
}

Handled ServiceInfo::version(Request& request) {
    Element query("query", ns::version);
    query.add("name", ns::version).add_text("Sallyport");
    query.add("version", ns::version).add_text(SALLYPORT_VERSION);
    return answer(world_, request.domain, request.stanza, std::move(query));
}

Handled ServiceInfo::last_of_domain(Request& request) {
    const auto up = std::chrono::duration_cast<std::chrono::seconds>(world_.time.now() - started_);
    Element query("query", ns::last);
    query.set("seconds", std::to_string(up.count()));
    return answer(world_, request.domain, request.stanza, std::move(query));
}

Handled ServiceInfo::last_of_contact(Request& request) {
    Element query("query", ns::last);
    query.set("seconds", "0");
    return answer(world_, request.domain, request.stanza, std::move(query));
}

Handled ServiceInfo::time(Request& request) {
    Element time("time", ns::time);
    time.add("tzo", ns::time).add_text("+00:00");
    time.add("utc", ns::time).add_text(xmpp::build_datetime(world_.time.wall()));
    return answer(world_, request.domain, request.stanza, std::move(time));
}

Handled ServiceInfo::vcard_of_domain(Request& request) {
    xmpp::VCard card;
    card.full_name = request.domain.title;
    card.description = "Gateway to " + request.domain.title;
    return answer(world_, request.domain, request.stanza, xmpp::build_vcard(card));
}

Handled ServiceInfo::vcard_of_contact(Request& request) {
    const auto contact = contact_of(request);
    if (!contact) return contact.error();
    const auto info = request.domain.transport->contact(*contact);
    return answer(
        world_, request.domain, request.stanza, xmpp::build_vcard(translate::to_vcard(info))
    );
}

}  // namespace sallyport::core
