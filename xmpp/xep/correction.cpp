// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/correction.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {

std::optional<std::string> corrected_id(const Element& message) {
    const Element* replace = message.child("replace", ns::correct);
    if (!replace) return std::nullopt;
    return std::string(replace->attribute("id").value_or(""));
}

Element build_correction(std::string_view id) {
    Element element("replace", ns::correct);
    element.set("id", id);
    return element;
}

}  // namespace sallyport::xmpp
