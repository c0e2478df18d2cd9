// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0359: the id that the sending client gave, stable over servers that rewrite `id`.
Element build_origin_id(std::string_view id);
std::optional<std::string> origin_id(const Element& message);

}  // namespace sallyport::xmpp
