// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0100 §4.5 jabber:iq:gateway: a person types a legacy address, the gateway says its JID.
Element build_prompt(std::string_view description, std::string_view prompt);
/// What was typed; nothing when the query has no <prompt/>.
std::optional<std::string> parse_prompt(const Element& query);
Element build_prompt_jid(std::string_view jid);

}  // namespace sallyport::xmpp
