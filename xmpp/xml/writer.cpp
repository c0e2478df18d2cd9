// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xml/writer.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

// What stands for a byte: nothing (written as it is), an entity, or a mark that the text needs a
// closer look.
enum Byte : unsigned char {
    plain,
    amp,
    lt,
    gt,
    quot,
    apos,
    tab,
    line_feed,
    carriage_return,
    doubtful
};

constexpr std::array<std::string_view, 9> entities{
    "", "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#9;", "&#10;", "&#13;"};

constexpr std::array<Byte, 256> make_table(bool attribute) {
    std::array<Byte, 256> table{};
    for (std::size_t i = 0; i < 0x20; ++i) table[i] = doubtful;
    // U+FFFE, U+FFFF and every malformed sequence start at or above this byte or are seen by
    // is_xml_text.
    for (std::size_t i = 0x80; i < 0x100; ++i) table[i] = doubtful;
    table['&'] = amp, table['<'] = lt, table['>'] = gt, table['"'] = quot, table['\''] = apos;
    // A reader turns a bare CR into LF, and inside attributes all three into spaces (XML 1.0 §2.11,
    // §3.3.3).
    table['\t'] = attribute ? tab : plain;
    table['\n'] = attribute ? line_feed : plain;
    table['\r'] = carriage_return;
    return table;
}

constexpr auto content_table = make_table(false);
constexpr auto attribute_table = make_table(true);

// Whether 16 bytes are printable ASCII without the five: a loop that compilers turn into a few
// vector instructions.
bool is_plain_block(const char* bytes) {
    unsigned char other = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        auto c = static_cast<unsigned char>(bytes[i]);
        other |= static_cast<unsigned char>(
            (c < 0x20) | (c >= 0x80) | (c == '&') | (c == '<') | (c == '>') | (c == '"') |
            (c == '\'')
        );
    }
    return other == 0;
}

// Where, from `at` on, the first byte stands that the table does not call plain.
std::size_t find_special(
    std::string_view text, std::size_t at, const std::array<Byte, 256>& table
) {
    while (at + 16 <= text.size() && is_plain_block(text.data() + at)) at += 16;
    while (at < text.size() && table[static_cast<unsigned char>(text[at])] == plain) ++at;
    return at;
}

// REQUIRES: `text` is XML text.
void escape_sound(std::string& out, std::string_view text, const std::array<Byte, 256>& table) {
    std::size_t start = 0;
    for (std::size_t at = find_special(text, 0, table); at < text.size();
         at = find_special(text, at + 1, table)) {
        Byte as = table[static_cast<unsigned char>(text[at])];
        if (as == doubtful) continue;
        out.append(text.substr(start, at - start)).append(entities[as]);
        start = at + 1;
    }
    out.append(text.substr(start));
}

void escape(std::string& out, std::string_view text, const std::array<Byte, 256>& table) {
    std::size_t at = find_special(text, 0, table);
    if (at == text.size())
        out.append(text);
    else if (is_xml_text(text.substr(at)))
        escape_sound(out, text, table);
    else
        escape_sound(out, to_xml_text(text), table);
}

void write_attribute(std::string& out, std::string_view name, std::string_view value) {
    out += ' ';
    out.append(name).append("='");
    escape(out, value, attribute_table);
    out += '\'';
}

struct Scope {
    std::string_view parent_ns;  // in force on the wire
    std::string_view client_as;  // what jabber:client is written as
};

void write_element(std::string& out, const Element& element, const Scope& scope);

void write_nodes(std::string& out, const Element& element, const Scope& scope) {
    for (const Element::Node& node : element.nodes()) {
        if (const auto* child = std::get_if<Element>(&node))
            write_element(out, *child, scope);
        else
            escape(out, std::get<std::string>(node), content_table);
    }
}

void write_element(std::string& out, const Element& element, const Scope& scope) {
    bool client = element.ns() == ns::client;
    std::string_view ns = client ? scope.client_as : element.ns();
    out += '<';
    out.append(element.name());
    if (ns != scope.parent_ns) write_attribute(out, "xmlns", ns);
    for (const Element::Attribute& a : element.attributes()) write_attribute(out, a.name, a.value);
    if (element.nodes().empty()) {
        out += "/>";
        return;
    }
    out += '>';
    // Below a foreign element (XEP-0297 forwarding) a stanza is no part of this stream and keeps
    // its own namespace.
    write_nodes(out, element, {ns, client ? scope.client_as : ns::client});
    out += "</";
    out.append(element.name());
    out += '>';
}

}  // namespace

void write(
    std::string& out, const Element& element, std::string_view parent_ns, std::string_view stanza_ns
) {
    write_element(out, element, {parent_ns, stanza_ns.empty() ? ns::client : stanza_ns});
}

std::string to_xml(const Element& element, std::string_view parent_ns) {
    std::string out;
    write(out, element, parent_ns);
    return out;
}

void write_escaped(std::string& out, std::string_view text) {
    escape(out, text, attribute_table);
}

}  // namespace sallyport::xmpp
