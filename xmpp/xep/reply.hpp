// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0461: this message answers the one with that id, which `to` sent.
Element build_reply(std::string_view id, std::string_view to);
std::optional<std::string> replied_id(const Element& message);

/// XEP-0428: the body without the parts that are fallbacks for one of these namespaces. Ranges count characters (code points);
/// a fallback without a range stands for the whole body. Ranges outside the body are ignored.
std::string strip_fallback(const Element& message, std::string_view body, std::initializer_list<std::string_view> for_namespaces);

}  // namespace sallyport::xmpp
