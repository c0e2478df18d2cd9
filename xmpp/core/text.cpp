// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/text.hpp"

#include <cstring>

#include <openssl/crypto.h>

#include "xmpp/core/utf8.hpp"

namespace sallyport {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

// XML 1.0 §2.2 Char.
bool is_xml_char(char32_t c) {
    if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
    return c != 0xFFFE && c != 0xFFFF;
}

// How many bytes from `at` on are ASCII and, if `printable`, no control characters. Eight at a
// time.
std::size_t plain_run(std::string_view text, std::size_t at, bool printable) {
    std::size_t start = at;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        constexpr std::uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
        // With no high bit set, subtracting 0x20 from each byte borrows a high bit exactly where a
        // control stands.
        if ((word & high) != 0 || (printable && ((word - 0x20 * ones) & high) != 0)) break;
    }
    while (at < text.size()) {
        auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x80 || (printable && c < 0x20)) break;
        ++at;
    }
    return at - start;
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    std::size_t at = 0;
    while ((at += plain_run(bytes, at, false)) < bytes.size())
        if (!decode_utf8(bytes, at)) return false;
    return true;
}

bool is_xml_text(std::string_view text) {
    std::size_t at = 0;
    while ((at += plain_run(text, at, true)) < text.size()) {
        std::optional<char32_t> c = decode_utf8(text, at);
        if (!c || !is_xml_char(*c)) return false;
    }
    return true;
}

std::string to_xml_text(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    std::size_t at = 0;
    while (at < bytes.size()) {
        std::size_t run = plain_run(bytes, at, true);
        out.append(bytes.substr(at, run));
        at += run;
        if (at >= bytes.size()) break;
        std::size_t before = at;
        std::optional<char32_t> c = decode_utf8(bytes, at);
        if (c && is_xml_char(*c)) {
            out.append(bytes.substr(before, at - before));
            continue;
        }
        if (!c) at = before + 1;
        out.append(replacement);
    }
    return out;
}

std::string truncate_characters(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size(); ++count) {
        if (count == characters) return std::string(text.substr(0, at)).append(ellipsis);
        if (!decode_utf8(text, at)) ++at;
    }
    return std::string(text);
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count)
        if (!decode_utf8(text, at)) ++at;
    return count;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

bool iequals_ascii(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

}  // namespace sallyport
