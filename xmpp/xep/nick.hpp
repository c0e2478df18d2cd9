// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0172.
std::optional<std::string> parse_nick(const Element& stanza);
Element build_nick(std::string_view nick);

}  // namespace sallyport::xmpp
