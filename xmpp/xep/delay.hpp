// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0203: when a stanza was first sent, and who says so.
struct Delay {
    std::chrono::sys_time<std::chrono::milliseconds> stamp;
    std::string from;
    std::string reason;
};
Element build_delay(
    std::chrono::sys_time<std::chrono::milliseconds> stamp,
    std::string_view from,
    std::string_view reason = {}
);
/// The first readable one.
std::optional<Delay> parse_delay(const Element& stanza);

}  // namespace sallyport::xmpp
