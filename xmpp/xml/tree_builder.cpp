// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xml/tree_builder.hpp"

#undef NDEBUG  // a parser of foreign bytes keeps its assertions in every build
#include <cassert>
#include <utility>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

constexpr std::string_view xml_lang = "http://www.w3.org/XML/1998/namespace\xFFlang";

struct Name {
    std::string_view ns;
    std::string_view local;
};

Name split(std::string_view name) {
    std::size_t at = name.find(TreeBuilder::separator);
    if (at == name.npos) return {{}, name};
    return {name.substr(0, at), name.substr(at + 1)};
}

std::size_t count(const char** attributes) {
    std::size_t i = 0;
    while (attributes[i]) i += 2;
    return i / 2;
}

void set_attributes(Element& element, const char** attributes) {
    element.reserve_attributes(count(attributes));
    for (; *attributes; attributes += 2) {
        std::string_view name = attributes[0];
        if (name == xml_lang)
            element.append_attribute("xml:lang", attributes[1]);
        else if (name.find(TreeBuilder::separator) == name.npos)
            element.append_attribute(name, attributes[1]);
    }
}

bool is_space(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == text.npos;
}

}  // namespace

void TreeBuilder::fail(XmlFault fault, std::string detail) {
    if (fault_) return;
    fault_ = fault;
    detail_ = std::move(detail);
}

void TreeBuilder::declare_namespace(const char* prefix, const char* uri) {
    if (declared_.size() >= limits_.namespaces)
        return fail(XmlFault::policy_violation, "too many namespace declarations on one element");
    declared_.emplace_back(prefix ? prefix : "", uri ? uri : "");
}

bool TreeBuilder::within_limits(const char** attributes, std::size_t token_bytes) {
    if (token_bytes > limits_.token_bytes)
        fail(XmlFault::policy_violation, "a tag is too long");
    else if (count(attributes) > limits_.attributes)
        fail(XmlFault::policy_violation, "too many attributes on one element");
    else if (depth_ > limits_.depth)
        fail(XmlFault::policy_violation, "elements are nested too deeply");
    else if (depth_ > 1 && elements_ >= limits_.elements)
        fail(XmlFault::policy_violation, "too many elements in one stanza");
    return !fault_;
}

std::string_view TreeBuilder::alias(std::string_view ns) const {
    return !content_ns_.empty() && ns == content_ns_ ? ns::client : ns;
}

void TreeBuilder::open(
    const char* name, const char** attributes, std::size_t begin, std::size_t end
) {
    if (!within_limits(attributes, end - begin)) return;
    Name parts = split(name);
    if (depth_ == 0) {
        open_stream(parts.local, parts.ns, attributes);
    } else {
        if (depth_ == 1)
            open_stanza(parts.local, alias(parts.ns), begin);
        else
            path_.push_back(&path_.back()->add(parts.local, alias(parts.ns)));
        ++elements_;
        set_attributes(*path_.back(), attributes);
        check_size(end);
    }
    declared_.clear();
    ++depth_;
}

void TreeBuilder::open_stream(std::string_view name, std::string_view ns, const char** attributes) {
    StreamOpened opened;
    opened.header = Element(name, ns);
    set_attributes(opened.header, attributes);
    for (auto& [prefix, uri] : declared_) {
        if (prefix.empty())
            opened.default_ns = uri;
        else
            opened.prefixes.emplace_back(prefix, uri);
    }
    if (opened.default_ns == ns::component || opened.default_ns == ns::server)
        content_ns_ = opened.default_ns;
    events_.emplace_back(std::move(opened));
}

void TreeBuilder::open_stanza(std::string_view name, std::string_view ns, std::size_t begin) {
    stanza_ = Element(name, ns);
    stanza_.reserve_nodes(4);
    stanza_begin_ = begin;
    elements_ = 0;
    path_.assign(1, &stanza_);
}

void TreeBuilder::close(std::size_t end) {
    assert(depth_ > 0);
    if (--depth_ == 0) {
        closed_ = true;
        events_.emplace_back(StreamClosed{});
        return;
    }
    path_.pop_back();
    if (depth_ > 1) return;
    ++depth_;
    check_size(end);
    --depth_;
    if (!fault_) events_.emplace_back(std::move(stanza_));
}

void TreeBuilder::text(std::string_view text, std::size_t end) {
    if (depth_ > 1) {
        path_.back()->add_text(text);
        return check_size(end);
    }
    if (!is_space(text)) fail(XmlFault::bad_format, "text between stanzas");
}

void TreeBuilder::check_size(std::size_t end) {
    if (depth_ > 1 && end - stanza_begin_ > limits_.stanza_bytes)
        fail(XmlFault::policy_violation, "a stanza is too long");
}

void TreeBuilder::shrink() {
    assert(between_stanzas() && !has_events());
    stanza_ = Element();
    decltype(declared_)().swap(declared_);
    decltype(path_)().swap(path_);
    decltype(events_)().swap(events_);
}

std::optional<XmlEvent> TreeBuilder::next() {
    if (!has_events()) return std::nullopt;
    XmlEvent event = std::move(events_[head_++]);
    if (!has_events()) {
        events_.clear();
        head_ = 0;
    }
    return event;
}

}  // namespace sallyport::xmpp
