// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::xmpp {

/// XEP-0082 date and time in UTC: "2026-11-20T17:30:00Z", with milliseconds when there are any.
std::string build_datetime(std::chrono::sys_time<std::chrono::milliseconds> time);
/// Reads the DateTime profile, any offset, any fraction (cut to milliseconds). Nothing when it is
/// none.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_datetime(std::string_view text
);

/// XEP-0082 time zone, "+02:00"; UTC is "Z".
std::string build_zone(std::chrono::minutes offset);

}  // namespace sallyport::xmpp
