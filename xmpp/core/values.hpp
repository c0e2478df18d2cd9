// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace sallyport {

/// The whole text as a decimal number; nothing when it is anything else: empty, with white space or
/// a plus sign, past the range of T, or with a minus sign although T has none. Leading zeros count
/// for nothing.
template <std::integral T>
std::optional<T> parse_decimal(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// xs:boolean (XML Schema part 2 §3.2.2): "true" and "1" are true; anything else, as absence,
/// false.
inline bool is_true(std::string_view text) {
    return text == "true" || text == "1";
}

}  // namespace sallyport
