// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0308: the id of the message that this one replaces.
std::optional<std::string> corrected_id(const Element& message);
Element build_correction(std::string_view id);

}  // namespace sallyport::xmpp
