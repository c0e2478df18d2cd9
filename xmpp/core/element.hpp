// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport::xmpp {

/// An XML element as a value: a name in a namespace, attributes, and children (elements and text,
/// in order).
///
/// No parent pointers, no prefixes: namespaces are compared as URIs and the writer declares what is
/// needed. An attribute in a namespace is stored under "prefix-free" Clark notation only for
/// xml:lang, which is "xml:lang".
class Element {
  public:
    struct Attribute {
        std::string name;
        std::string value;
        friend bool operator==(const Attribute&, const Attribute&) = default;
    };
    using Node = std::variant<std::string, Element>;

    Element() = default;
    explicit Element(std::string_view name, std::string_view ns = {}) : name_(name), ns_(ns) {}

    /// Views live as long as the element is neither changed nor moved.
    std::string_view name() const { return name_; }
    std::string_view ns() const { return ns_; }
    bool is(std::string_view name, std::string_view ns) const { return name_ == name && ns_ == ns; }
    void set_ns(std::string_view ns) { ns_ = ns; }

    /// The attribute's value, or nothing. The view lives until the attribute changes.
    std::optional<std::string_view> attribute(std::string_view name) const;
    /// Sets or replaces; returns *this for chaining.
    Element& set(std::string_view name, std::string_view value);
    Element& unset(std::string_view name);
    /// Appends without looking for an earlier one. REQUIRES: the name is new (a parser has
    /// checked).
    void append_attribute(std::string_view name, std::string_view value) {
        attributes_.push_back({std::string(name), std::string(value)});
    }
    void reserve_attributes(std::size_t count) { attributes_.reserve(count); }
    void reserve_nodes(std::size_t count) { nodes_.reserve(count); }
    const std::vector<Attribute>& attributes() const { return attributes_; }

    /// Appends a child and returns *it*, so that grandchildren can be added. The reference lives
    /// until the next add.
    Element& add(Element child);
    Element& add(std::string_view name, std::string_view ns) { return add(Element(name, ns)); }
    /// Appends text (merged with text just before) and returns *this.
    Element& add_text(std::string_view text);

    /// The first child element of that name and namespace, or null.
    const Element* child(std::string_view name, std::string_view ns) const;
    /// The first child element of that namespace, whatever its name, or null.
    const Element* child_of(std::string_view ns) const;
    /// The first child element, or null.
    const Element* first_child() const;
    /// The text of the first child of that name and namespace; nothing when there is no such child.
    std::optional<std::string> child_text(std::string_view name, std::string_view ns) const;
    /// All direct text, joined.
    std::string text() const;
    const std::vector<Node>& nodes() const { return nodes_; }
    std::vector<Node>& nodes() { return nodes_; }

    /// Calls f(const Element&) for every child element in order.
    template <class F>
    void for_each(F&& f) const {
        for (const Node& node : nodes_)
            if (const auto* element = std::get_if<Element>(&node)) f(*element);
    }

    /// Equal content: the order of attributes does not matter, that of nodes does.
    friend bool operator==(const Element&, const Element&);

  private:
    std::string name_;
    std::string ns_;
    std::vector<Attribute> attributes_;
    std::vector<Node> nodes_;
};

}  // namespace sallyport::xmpp
