// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"

/// How providers spell texts and times.
namespace sallyport::sms {

std::string utf8_to_utf16be(std::string_view text);  ///< no byte order mark
std::string utf8_to_latin1(std::string_view text);   ///< "?" for what is not in ISO 8859-1
std::string utf16be_to_utf8(std::string_view bytes
);  ///< U+FFFD for lone surrogates and an odd last byte
std::string latin1_to_utf8(std::string_view bytes);

void append_utf8(std::string& out, char32_t character);
void append_percent_encoded(
    std::string& out, std::string_view text
);  ///< RFC 3986: all but unreserved
void append_json_string(
    std::string& out, std::string_view text
);  ///< with its quotes; REQUIRES UTF-8

/// RFC 3339 (also with a blank for "T", or no zone = UTC), RFC 2822, or Unix seconds or
/// milliseconds.
std::optional<WallTime> parse_time(std::string_view text);
std::string format_date(WallTime time);     ///< "2026-11-20", UTC
std::string format_rfc3339(WallTime time);  ///< "2026-11-20T17:00:00Z"

}  // namespace sallyport::sms
