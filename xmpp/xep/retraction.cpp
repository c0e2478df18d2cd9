// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/retraction.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {

std::optional<std::string> retracted_id(const Element& message) {
    if (const Element* retract = message.child("retract", ns::retract))
        return std::string(retract->attribute("id").value_or(""));
    const Element* apply = message.child("apply-to", ns::fasten);
    if (apply && apply->child("retract", ns::retract0))
        return std::string(apply->attribute("id").value_or(""));
    if (message.child("retract", ns::retract0)) return std::string();
    return std::nullopt;
}

Element build_retraction(std::string_view id) {
    Element element("retract", ns::retract);
    element.set("id", id);
    return element;
}

std::optional<Reactions> parse_reactions(const Element& message) {
    const Element* element = message.child("reactions", ns::reactions);
    if (!element) return std::nullopt;
    Reactions reactions;
    reactions.id = element->attribute("id").value_or("");
    element->for_each([&](const Element& child) {
        if (child.is("reaction", ns::reactions)) reactions.emojis.push_back(child.text());
    });
    return reactions;
}

Element build_reactions(const Reactions& reactions) {
    Element element("reactions", ns::reactions);
    element.set("id", reactions.id);
    for (const std::string& emoji : reactions.emojis)
        element.add("reaction", ns::reactions).add_text(emoji);
    return element;
}

}  // namespace sallyport::xmpp
