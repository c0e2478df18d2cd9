// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/element.hpp"

#include <algorithm>

namespace sallyport::xmpp {

std::optional<std::string_view> Element::attribute(std::string_view name) const {
    for (const Attribute& attribute : attributes_)
        if (attribute.name == name) return attribute.value;
    return std::nullopt;
}

Element& Element::set(std::string_view name, std::string_view value) {
    for (Attribute& attribute : attributes_) {
        if (attribute.name != name) continue;
        attribute.value = value;
        return *this;
    }
    append_attribute(name, value);
    return *this;
}

Element& Element::unset(std::string_view name) {
    std::erase_if(attributes_, [&](const Attribute& a) { return a.name == name; });
    return *this;
}

Element& Element::add(Element child) {
    return std::get<Element>(nodes_.emplace_back(std::in_place_type<Element>, std::move(child)));
}

Element& Element::add_text(std::string_view text) {
    if (text.empty()) return *this;
    auto* last = nodes_.empty() ? nullptr : std::get_if<std::string>(&nodes_.back());
    if (last)
        last->append(text);
    else
        nodes_.emplace_back(std::in_place_type<std::string>, text);
    return *this;
}

const Element* Element::child(std::string_view name, std::string_view ns) const {
    for (const Node& node : nodes_) {
        const auto* element = std::get_if<Element>(&node);
        if (element && element->is(name, ns)) return element;
    }
    return nullptr;
}

const Element* Element::child_of(std::string_view ns) const {
    for (const Node& node : nodes_) {
        const auto* element = std::get_if<Element>(&node);
        if (element && element->ns_ == ns) return element;
    }
    return nullptr;
}

const Element* Element::first_child() const {
    for (const Node& node : nodes_)
        if (const auto* element = std::get_if<Element>(&node)) return element;
    return nullptr;
}

std::optional<std::string> Element::child_text(std::string_view name, std::string_view ns) const {
    const Element* found = child(name, ns);
    if (!found) return std::nullopt;
    return found->text();
}

std::string Element::text() const {
    std::string joined;
    for (const Node& node : nodes_)
        if (const auto* part = std::get_if<std::string>(&node)) joined += *part;
    return joined;
}

bool operator==(const Element& a, const Element& b) {
    if (a.name_ != b.name_ || a.ns_ != b.ns_ || a.nodes_ != b.nodes_) return false;
    return std::is_permutation(
        a.attributes_.begin(), a.attributes_.end(), b.attributes_.begin(), b.attributes_.end()
    );
}

}  // namespace sallyport::xmpp
