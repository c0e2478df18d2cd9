// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "xmpp/core/text.hpp"

namespace sallyport {
namespace {

constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char hex_digits[] = "0123456789abcdef";

constexpr std::array<signed char, 256> make_base64_values() {
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 64; ++i)
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<signed char>(i);
    return values;
}
constexpr auto base64_values = make_base64_values();

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The byte that two hexadecimal digits at `at` stand for, or -1.
int hex_pair(std::string_view text, std::size_t at) {
    if (at + 2 > text.size()) return -1;
    int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// RFC 3986 §2.3.
bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        unsigned group = byte_at(bytes, i) << 16;
        if (count > 1) group |= byte_at(bytes, i + 1) << 8;
        if (count > 2) group |= byte_at(bytes, i + 2);
        out += base64_digits[group >> 18];
        out += base64_digits[(group >> 12) & 63];
        out += count > 1 ? base64_digits[(group >> 6) & 63] : '=';
        out += count > 2 ? base64_digits[group & 63] : '=';
    }
    return out;
}

Result<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return Error("base64: length is no multiple of four");
    std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    unsigned group = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool pad = i >= text.size() - padding;
        int value = pad ? 0 : base64_values[static_cast<unsigned char>(text[i])];
        if (value < 0) return Error("base64: character outside the alphabet");
        group = (group << 6) | static_cast<unsigned>(value);
        if (i % 4 != 3) continue;
        out += static_cast<char>(group >> 16);
        out += static_cast<char>(group >> 8);
        out += static_cast<char>(group);
        group = 0;
    }
    std::string_view tail = std::string_view(out).substr(out.size() - padding);
    // RFC 4648 §3.5: bits under the padding must be zero, so that each value has one spelling.
    if (tail.find_first_not_of('\0') != tail.npos)
        return Error("base64: bits set under the padding");
    out.resize(out.size() - padding);
    return out;
}

std::string hex_encode(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out += hex_digits[byte_at(bytes, i) >> 4];
        out += hex_digits[byte_at(bytes, i) & 15];
    }
    return out;
}

Result<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return Error("hex: odd number of digits");
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int value = hex_pair(text, i);
        if (value < 0) return Error("hex: not a digit");
        out += static_cast<char>(value);
    }
    return out;
}

std::string percent_encode(std::string_view bytes) {
    std::string out;
    for (char c : bytes) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += "0123456789ABCDEF"[byte >> 4];
        out += "0123456789ABCDEF"[byte & 15];
    }
    return out;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            int value = hex_pair(text, i + 1);
            if (value < 0) return Error("percent-encoding: % without two digits");
            out += static_cast<char>(value);
            i += 2;
        }
    }
    return out;
}

}  // namespace sallyport
