// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0461 replies and XEP-0428 fallbacks.
struct Reply {
    std::string id;
    std::string to;
};
std::optional<Reply> parse_reply(const Element& message);
Element build_reply(std::string_view id, std::string_view to);

/// `body` without the ranges that stand there for clients that do not know one of the namespaces
/// `known`. Ranges are in code points; a fallback without a range makes the whole body one. Ranges
/// that make no sense are ignored.
std::string strip_fallback(
    const Element& message, std::string_view body, std::initializer_list<std::string_view> known
);
/// Says that the body's code points [start, end) are there for clients that do not know `for_ns`.
Element build_fallback(std::string_view for_ns, std::size_t start, std::size_t end);

}  // namespace sallyport::xmpp
