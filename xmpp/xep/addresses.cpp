// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/addresses.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::xmpp {
namespace {

std::string attribute(const Element& element, std::string_view name) {
    return std::string(element.attribute(name).value_or(""));
}

ExtendedAddress parse_address(const Element& element) {
    ExtendedAddress address;
    address.type = attribute(element, "type");
    address.jid = attribute(element, "jid");
    address.uri = attribute(element, "uri");
    address.description = attribute(element, "desc");
    address.delivered = is_true(element.attribute("delivered").value_or(""));
    return address;
}

}  // namespace

std::vector<ExtendedAddress> parse_addresses(const Element& stanza) {
    std::vector<ExtendedAddress> found;
    const Element* list = stanza.child("addresses", ns::address);
    if (!list) return found;
    list->for_each([&](const Element& child) {
        if (child.is("address", ns::address) && child.attribute("type"))
            found.push_back(parse_address(child));
    });
    return found;
}

Element build_addresses(const std::vector<ExtendedAddress>& addresses) {
    Element list("addresses", ns::address);
    for (const ExtendedAddress& address : addresses) {
        Element& element = list.add("address", ns::address);
        element.set("type", address.type);
        if (!address.jid.empty()) element.set("jid", address.jid);
        if (!address.uri.empty()) element.set("uri", address.uri);
        if (!address.description.empty()) element.set("desc", address.description);
        if (address.delivered) element.set("delivered", "true");
    }
    return list;
}

}  // namespace sallyport::xmpp
