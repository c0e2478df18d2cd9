// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "gateway/port/http.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::sms {

/// More fields than any provider sends: what has more is refused before it costs anything.
inline constexpr std::size_t max_form_fields = 2000;

/// Fields of an application/x-www-form-urlencoded body or query, decoded, in order. Error: a bad
/// escape, or too many fields.
Result<port::HttpFields> parse_form(std::string_view text);

/// The query of a URL or target, without "?" and fragment; empty when there is none.
std::string_view query_of(std::string_view url);

/// The first field of exactly that name, or null.
const std::string* find_field(const port::HttpFields& fields, std::string_view name);

/// True when the media type of a Content-Type header is `type` ("application/json"), parameters and
/// case aside.
bool has_media_type(const port::HttpFields& headers, std::string_view type);

}  // namespace sallyport::sms
