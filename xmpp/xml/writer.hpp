// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// Appends `element` as XML. An element whose namespace equals its parent's gets no xmlns; `parent_ns` is the one in force
/// outside. Elements of jabber:client are written in `stanza_ns` when given: on a component stream stanzas inherit
/// jabber:component:accept. Escapes & < > " ' ; REQUIRES: all text passed is XML text (is_xml_text); else U+FFFD is written.
void write(std::string& out, const Element& element, std::string_view parent_ns, std::string_view stanza_ns = {});
std::string to_xml(const Element& element, std::string_view parent_ns = {});
/// Appends text escaped for content and for attribute values alike.
void write_escaped(std::string& out, std::string_view text);

}  // namespace sallyport::xmpp
