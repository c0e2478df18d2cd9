// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/segments.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sallyport::sms {

namespace {

struct Limits {
    std::size_t single;
    std::size_t part;
};
constexpr Limits gsm_limits{160, 153};
constexpr Limits ucs2_limits{70, 67};

/// One code point; 0xFFFD and one byte on broken UTF-8.
char32_t next_character(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const std::size_t length = lead < 0x80    ? 1
                               : lead >= 0xF0 ? 4
                               : lead >= 0xE0 ? 3
                               : lead >= 0xC2 ? 2
                                              : 0;
    if (length == 1) return byte(at++);
    if (length == 0 || at + length > text.size()) return ++at, U'\uFFFD';
    char32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80U) return ++at, U'\uFFFD';
        code = (code << 6U) | (byte(at + i) & 0x3FU);
    }
    at += length;
    return code;
}

/// Septets of each ASCII character: 0 = not in the alphabet.
constexpr std::array<std::uint8_t, 128> ascii_septets() {
    std::array<std::uint8_t, 128> table{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) table[c] = 1;
    table['`'] = 0;
    for (const char c : {'\n', '\r'}) table[static_cast<unsigned char>(c)] = 1;
    for (const char c : {'\f', '^', '{', '}', '\\', '[', '~', ']', '|'})
        table[static_cast<unsigned char>(c)] = 2;
    return table;
}
constexpr auto ascii = ascii_septets();

/// The alphabet's characters beyond ASCII, sorted.
constexpr std::array<char32_t, 34> beyond_ascii = [] {
    std::array<char32_t, 34> set{U'£', U'¥', U'è', U'é', U'ù', U'ì', U'ò', U'Ç', U'Ø',
                                 U'ø', U'Å', U'å', U'Δ', U'Φ', U'Γ', U'Λ', U'Ω', U'Π',
                                 U'Ψ', U'Σ', U'Θ', U'Ξ', U'Æ', U'æ', U'ß', U'É', U'¤',
                                 U'¡', U'Ä', U'Ö', U'Ñ', U'Ü', U'§', U'¿'};
    std::sort(set.begin(), set.end());
    return set;
}();

unsigned gsm_septets(char32_t c) {
    if (c < 128) return ascii[c];
    if (c == U'€') return 2;
    if (c == U'ä' || c == U'ö' || c == U'ñ' || c == U'ü' || c == U'à') return 1;
    return std::binary_search(beyond_ascii.begin(), beyond_ascii.end(), c) ? 1 : 0;
}

template <class Width>
SegmentCount pack(std::string_view text, Limits limits, Width width) {
    SegmentCount count;
    std::size_t in_part = 0;
    std::size_t parts = 1;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t units = width(next_character(text, at));
        ++count.characters;
        count.units += units;
        if (in_part + units > limits.part) {
            ++parts;
            in_part = 0;
        }
        in_part += units;
    }
    count.segments = count.units == 0 ? 0 : count.units <= limits.single ? 1 : parts;
    return count;
}

}  // namespace

bool is_gsm(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        if (gsm_septets(next_character(text, at)) == 0) return false;
    }
    return true;
}

SegmentCount count_segments(std::string_view text) {
    if (is_gsm(text)) return pack(text, gsm_limits, [](char32_t c) { return gsm_septets(c); });
    auto count = pack(text, ucs2_limits, [](char32_t c) { return c > 0xFFFF ? 2U : 1U; });
    count.is_unicode = true;
    return count;
}

std::optional<std::string> too_long(
    std::string_view text,
    std::optional<std::size_t> segments,
    std::optional<std::size_t> characters
) {
    const auto count = count_segments(text);
    if (segments && count.segments > *segments) {
        return "This text needs " + std::to_string(count.segments) + " SMS segments (" +
               std::to_string(count.characters) + " characters, " +
               (count.is_unicode ? "Unicode" : "GSM alphabet") + "); at most " +
               std::to_string(*segments) + (*segments == 1 ? " is sent." : " are sent.");
    }
    if (characters && count.characters > *characters) {
        return "This text has " + std::to_string(count.characters) + " characters (" +
               std::to_string(count.segments) + " SMS segments); at most " +
               std::to_string(*characters) + " characters are sent.";
    }
    return std::nullopt;
}

}  // namespace sallyport::sms
