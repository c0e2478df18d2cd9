// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/stanza.hpp"

/// Stanzas as the store keeps them: XML in jabber:client.
namespace sallyport::server {

std::string to_text(const xmpp::Stanza& stanza);
std::string to_text(const xmpp::Element& element);
/// Nothing when it is not one stanza.
std::optional<xmpp::Stanza> parse_stanza(std::string_view text);
/// Nothing when it is not one element.
std::optional<xmpp::Element> parse_element(std::string_view text);

}  // namespace sallyport::server
