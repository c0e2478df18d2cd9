// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport {

bool is_utf8(std::string_view bytes);
/// True when every code point may stand in an XML 1.0 document (and the bytes are UTF-8).
bool is_xml_text(std::string_view text);
/// A copy with bad UTF-8 and characters that XML forbids replaced by U+FFFD.
std::string to_xml_text(std::string_view bytes);
/// The first `characters` code points, never cutting inside one; with "…" appended when something
/// was cut.
std::string truncate_characters(std::string_view text, std::size_t characters);
std::size_t count_characters(std::string_view text);

std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);  ///< strict RFC 4648, padding required
std::string hex_encode(std::string_view bytes);            ///< lower case
Result<std::string> hex_decode(std::string_view text);
std::string percent_encode(std::string_view bytes);  ///< RFC 3986: all but unreserved
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Compares in time that depends on the lengths alone.
bool equal_constant_time(std::string_view a, std::string_view b);

std::string_view trim(std::string_view text);  ///< ASCII white space
std::string lower_ascii(std::string_view text);
bool iequals_ascii(std::string_view a, std::string_view b);

}  // namespace sallyport
