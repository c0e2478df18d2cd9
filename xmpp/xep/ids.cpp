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

}  // namespace sallyport::xmpp
