// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulator {

/// Names with values, in the order of the wire; a name may come more than once.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// The first value of `name`, or "" when there is none.
[[nodiscard]] std::string field(const Fields& fields, std::string_view name);
[[nodiscard]] bool has_field(const Fields& fields, std::string_view name);
[[nodiscard]] std::vector<std::string> all_fields(const Fields& fields, std::string_view name);

/// RFC 3986 §2.1: everything but unreserved characters is escaped.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// application/x-www-form-urlencoded: `+` is a space. A lone `%` stays as it is.
[[nodiscard]] std::string form_decode(std::string_view text);
[[nodiscard]] Fields parse_form(std::string_view text);
[[nodiscard]] std::string build_form(const Fields& fields);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// What is not base64 gives "".
[[nodiscard]] std::string base64_decode(std::string_view text);
[[nodiscard]] std::string hex(std::string_view bytes);

[[nodiscard]] std::string utf16be_to_utf8(std::string_view bytes);
[[nodiscard]] std::string utf8_to_utf16be(std::string_view utf8);
[[nodiscard]] std::string latin1_to_utf8(std::string_view bytes);

/// Can the text be written in GSM 03.38's alphabet with its extension?
[[nodiscard]] bool has_gsm_alphabet(std::string_view utf8);

/// How many SMS the text takes: 160 or 153 characters of GSM 03.38, 70 or 67 of UCS-2.
[[nodiscard]] int count_segments(std::string_view utf8);

}  // namespace simulator
