// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/receipts.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

std::optional<std::string> id_of(const Element* element) {
    std::string_view id = element ? element->attribute("id").value_or("") : std::string_view{};
    if (id.empty()) return std::nullopt;
    return std::string(id);
}

Element with_id(std::string_view name, std::string_view ns, std::string_view id) {
    Element element(name, ns);
    element.set("id", id);
    return element;
}

}  // namespace

bool wants_receipt(const Element& message) {
    return message.child("request", ns::receipts) != nullptr;
}

std::optional<std::string> received_id(const Element& message) {
    return id_of(message.child("received", ns::receipts));
}

Element build_receipt_request() {
    return Element("request", ns::receipts);
}

Element build_received(std::string_view id) {
    return with_id("received", ns::receipts, id);
}

bool is_markable(const Element& message) {
    return message.child("markable", ns::markers) != nullptr;
}

std::optional<std::string> displayed_id(const Element& message) {
    return id_of(message.child("displayed", ns::markers));
}

Element build_markable() {
    return Element("markable", ns::markers);
}

Element build_displayed(std::string_view id) {
    return with_id("displayed", ns::markers, id);
}

}  // namespace sallyport::xmpp
