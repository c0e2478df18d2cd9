// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/ids.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {

Element build_origin_id(std::string_view id) {
    Element element("origin-id", ns::stanza_id);
    element.set("id", id);
    return element;
}

std::optional<std::string> origin_id(const Element& message) {
    const Element* origin = message.child("origin-id", ns::stanza_id);
    if (!origin) return std::nullopt;
    auto id = origin->attribute("id");
    if (!id || id->empty()) return std::nullopt;
    return std::string(*id);
}

std::optional<std::string> stanza_id(const Element& message, std::string_view by) {
    std::optional<std::string> found;
    message.for_each([&](const Element& child) {
        if (found || !child.is("stanza-id", ns::stanza_id) || child.attribute("by") != by) return;
        std::string_view id = child.attribute("id").value_or("");
        if (!id.empty()) found = id;
    });
    return found;
}

Element build_stanza_id(std::string_view id, std::string_view by) {
    Element element("stanza-id", ns::stanza_id);
    element.set("id", id).set("by", by);
    return element;
}

void strip_stanza_ids(Element& message, std::string_view by) {
    std::erase_if(message.nodes(), [&](const Element::Node& node) {
        const auto* child = std::get_if<Element>(&node);
        return child && child->is("stanza-id", ns::stanza_id) && child->attribute("by") == by;
    });
}

}  // namespace sallyport::xmpp
