// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/text_coding.hpp"

#include <array>

namespace sallyport::sms {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

/// Steps over one UTF-8 character; U+FFFD and one byte when it is broken.
char32_t next_utf8(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80    ? 1
                               : lead >= 0xF0 ? 4
                               : lead >= 0xE0 ? 3
                               : lead >= 0xC2 ? 2
                                              : 0;
    if (length == 0 || at + length > text.size()) return ++at, U'\uFFFD';
    if (length == 1) return static_cast<unsigned char>(text[at++]);
    char32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[at + i]);
        if ((byte & 0xC0U) != 0x80U) return ++at, U'\uFFFD';
        code = (code << 6U) | (byte & 0x3FU);
    }
    at += length;
    return code;
}

void append_unit(std::string& out, char32_t unit) {
    out.push_back(static_cast<char>((unit >> 8U) & 0xFFU));
    out.push_back(static_cast<char>(unit & 0xFFU));
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = U'\uFFFD';
    if (c < 0x80) {
        out.push_back(static_cast<char>(c));
        return;
    }
    const unsigned length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    constexpr std::array<unsigned, 5> lead{0, 0, 0xC0, 0xE0, 0xF0};
    out.push_back(static_cast<char>(lead[length] | (c >> (6 * (length - 1)))));
    for (unsigned i = length - 1; i-- > 0;)
        out.push_back(static_cast<char>(0x80U | ((c >> (6 * i)) & 0x3FU)));
}

std::string utf8_to_utf16be(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_utf8(text, at);
        if (c > 0xFFFF) {
            append_unit(out, 0xD800 + ((c - 0x10000) >> 10U));
            append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FFU));
        } else {
            append_unit(out, c);
        }
    }
    return out;
}

std::string utf8_to_latin1(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_utf8(text, at);
        out.push_back(c < 0x100 ? static_cast<char>(c) : '?');
    }
    return out;
}

std::string utf16be_to_utf8(std::string_view bytes) {
    const auto unit = [&](std::size_t at) -> char32_t {
        if (at + 1 >= bytes.size()) return 0xFFFD;
        return (static_cast<unsigned char>(bytes[at]) * 256U) +
               static_cast<unsigned char>(bytes[at + 1]);
    };
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 2) {
        char32_t c = unit(at);
        const char32_t low = at + 3 < bytes.size() ? unit(at + 2) : 0;
        if (c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
            at += 2;
        }
        append_utf8(out, c);
    }
    return out;
}

std::string latin1_to_utf8(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) append_utf8(out, static_cast<unsigned char>(c));
    return out;
}

void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(hex_digits[byte >> 4U]);
            out.push_back(hex_digits[byte & 15U]);
        }
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20) {
            out.append("\\u00");
            out.push_back(hex_digits[byte >> 4U]);
            out.push_back(hex_digits[byte & 15U]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace sallyport::sms
