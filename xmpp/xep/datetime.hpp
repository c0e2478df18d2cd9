// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::xmpp {

/// XEP-0082 DateTime in UTC, "2026-11-20T17:30:00Z", with milliseconds when there are any.
std::string build_datetime(std::chrono::system_clock::time_point time);
/// Any zone and any number of fractional digits; years 1970 to 9999. Nothing when it is no
/// DateTime.
std::optional<std::chrono::system_clock::time_point> parse_datetime(std::string_view text);
/// XEP-0082 time zone, "+02:00"; UTC is "Z".
std::string build_zone(std::chrono::minutes offset);

}  // namespace sallyport::xmpp
