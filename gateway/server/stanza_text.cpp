// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/stanza_text.hpp"

#include <utility>
#include <variant>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/reader.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::server {
namespace {

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

}  // namespace

std::string to_text(const xmpp::Element& element) {
    return xmpp::to_xml(element, xmpp::ns::client);
}

std::string to_text(const xmpp::Stanza& stanza) {
    return to_text(stanza.element());
}

std::optional<xmpp::Element> parse_element(std::string_view text) {
    xmpp::XmlReader reader;
    reader.feed(header);
    reader.feed(text);
    if (reader.fault() || !reader.next()) return std::nullopt;
    auto event = reader.next();
    auto* element = event ? std::get_if<xmpp::Element>(&*event) : nullptr;
    if (element == nullptr || reader.next()) return std::nullopt;
    return std::move(*element);
}

std::optional<xmpp::Stanza> parse_stanza(std::string_view text) {
    auto element = parse_element(text);
    if (!element) return std::nullopt;
    auto stanza = xmpp::Stanza::from_element(std::move(*element));
    if (!stanza) return std::nullopt;
    return std::move(*stanza);
}

}  // namespace sallyport::server
