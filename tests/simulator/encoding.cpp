// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/encoding.hpp"

#include <algorithm>
#include <cstdint>

#include <openssl/evp.h>

namespace simulator {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t point) {
    auto add = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | (point >> 6));
        add(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        add(0xE0 | (point >> 12));
        add(0x80 | ((point >> 6) & 0x3F));
        add(0x80 | (point & 0x3F));
    } else {
        add(0xF0 | (point >> 18));
        add(0x80 | ((point >> 12) & 0x3F));
        add(0x80 | ((point >> 6) & 0x3F));
        add(0x80 | (point & 0x3F));
    }
}

/// Code points of valid UTF-8; the length in UTF-16 units is what UCS-2 segments count.
std::vector<std::uint32_t> code_points(std::string_view utf8) {
    std::vector<std::uint32_t> points;
    for (char c : utf8) {
        auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) != 0x80) {
            std::uint32_t lead = byte < 0x80   ? byte
                                 : byte < 0xE0 ? byte & 0x1F
                                 : byte < 0xF0 ? byte & 0x0F
                                               : byte & 0x07;
            points.push_back(lead);
        } else if (!points.empty()) {
            points.back() = (points.back() << 6) | (byte & 0x3FU);
        }
    }
    return points;
}

/// Septets of one character in GSM 03.38 (§6.2.1, extension table §6.2.1.1), or 0 when it has none.
int gsm_septets(std::uint32_t point) {
    constexpr std::u32string_view extended = U"\f^{}\\[~]|€";
    constexpr std::u32string_view special =
        U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
    if (extended.find(static_cast<char32_t>(point)) != std::u32string_view::npos) return 2;
    bool is_word = (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') ||
                   (point >= 'a' && point <= 'z');
    return is_word || special.find(static_cast<char32_t>(point)) != std::u32string_view::npos ? 1
                                                                                              : 0;
}

int pieces(int length, int single, int joined) {
    return length <= single ? 1 : (length + joined - 1) / joined;
}

}  // namespace

std::string field(const Fields& fields, std::string_view name) {
    auto at = std::ranges::find(fields, name, &Fields::value_type::first);
    return at == fields.end() ? std::string() : at->second;
}

bool has_field(const Fields& fields, std::string_view name) {
    return std::ranges::find(fields, name, &Fields::value_type::first) != fields.end();
}

std::vector<std::string> all_fields(const Fields& fields, std::string_view name) {
    std::vector<std::string> found;
    for (const auto& [key, value] : fields) {
        if (key == name) found.push_back(value);
    }
    return found;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        out += {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
    }
    return out;
}

std::string form_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (text[i] == '%' && high >= 0 && low >= 0) {
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

Fields parse_form(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) continue;
        std::size_t equals = std::min(pair.find('='), pair.size());
        std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
        fields.emplace_back(form_decode(pair.substr(0, equals)), form_decode(value));
    }
    return fields;
}

std::string build_form(const Fields& fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out.push_back('&');
        out += percent_encode(name) + "=" + percent_encode(value);
    }
    return out;
}

std::string base64_encode(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::string base64_decode(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return {};
    std::string out(text.size() / 4 * 3, '\0');
    int length = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    if (length < 0) return {};
    std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    out.resize(static_cast<std::size_t>(length) - padding);
    return out;
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        out.push_back("0123456789abcdef"[byte >> 4]);
        out.push_back("0123456789abcdef"[byte & 15]);
    }
    return out;
}

std::string utf16be_to_utf8(std::string_view bytes) {
    std::string out;
    auto unit_at = [bytes](std::size_t i) {
        auto high = static_cast<unsigned char>(bytes[i]);
        auto low = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<std::uint32_t>(high << 8 | low);
    };
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        std::uint32_t unit = unit_at(i);
        bool is_pair = unit >= 0xD800 && unit < 0xDC00 && i + 3 < bytes.size();
        if (is_pair) {
            unit = 0x10000 + ((unit - 0xD800) << 10) + (unit_at(i + 2) - 0xDC00);
            i += 2;
        }
        append_utf8(out, unit);
    }
    return out;
}

std::string utf8_to_utf16be(std::string_view utf8) {
    std::string out;
    auto add = [&out](std::uint32_t unit) {
        out += {static_cast<char>(unit >> 8), static_cast<char>(unit & 0xFF)};
    };
    for (std::uint32_t point : code_points(utf8)) {
        if (point >= 0x10000) add(0xD800 + ((point - 0x10000) >> 10));
        add(point >= 0x10000 ? 0xDC00 + ((point - 0x10000) & 0x3FF) : point);
    }
    return out;
}

std::string latin1_to_utf8(std::string_view bytes) {
    std::string out;
    for (char c : bytes) append_utf8(out, static_cast<unsigned char>(c));
    return out;
}

bool has_gsm_alphabet(std::string_view utf8) {
    return std::ranges::all_of(code_points(utf8), [](std::uint32_t point) {
        return gsm_septets(point) > 0;
    });
}

int count_segments(std::string_view utf8) {
    int septets = 0;
    int units = 0;
    for (std::uint32_t point : code_points(utf8)) {
        septets += gsm_septets(point);
        units += point >= 0x10000 ? 2 : 1;
    }
    return has_gsm_alphabet(utf8) ? pieces(septets, 160, 153) : pieces(units, 70, 67);
}

}  // namespace simulator
