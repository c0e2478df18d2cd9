// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// Appends `element` as XML. An element whose namespace equals its parent's gets no xmlns;
/// `parent_ns` is the one in force outside, on the wire. With `stanza_ns`, the element and those of
/// its descendants that are in jabber:client without a foreign element between are written in that
/// namespace: on a component stream stanzas inherit jabber:component:accept (XEP-0114), while a
/// forwarded stanza keeps jabber:client. Escapes & < > " ' and the white space that a reader would
/// change. REQUIRES: names are XML names; text that is no XML text (is_xml_text) is written with
/// U+FFFD in place.
void write(
    std::string& out,
    const Element& element,
    std::string_view parent_ns,
    std::string_view stanza_ns = {}
);
std::string to_xml(const Element& element, std::string_view parent_ns = {});
/// Appends text escaped for content and for attribute values alike.
void write_escaped(std::string& out, std::string_view text);

}  // namespace sallyport::xmpp
