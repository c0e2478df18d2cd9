// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0203: when a message was really sent; `from` is the domain that says so.
Element build_delay(std::chrono::sys_time<std::chrono::milliseconds> sent_at, std::string_view from);

}  // namespace sallyport::xmpp
