// SPDX-License-Identifier: Apache-2.0
#include "config/units.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include <arpa/inet.h>

#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 6> duration_units{{
    {"ms", 1},
    {"s", 1'000},
    {"m", 60'000},
    {"h", 3'600'000},
    {"d", 86'400'000},
    {"w", 604'800'000},
}};
constexpr std::array<Unit, 8> byte_units{{
    {"B", 1},
    {"kB", 1'000},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"KiB", 1ULL << 10},
    {"MiB", 1ULL << 20},
    {"GiB", 1ULL << 30},
}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// "30s" -> 30 * factor of "s"; nothing when number or unit is missing, or the product is over
/// `max`.
std::optional<std::uint64_t> parse_with_unit(
    std::string_view text, std::span<const Unit> units, std::uint64_t max
) {
    auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    auto digits = static_cast<std::size_t>(end - text.begin());
    auto number = parse_decimal<std::uint64_t>(text.substr(0, digits));
    std::string_view name = trim(text.substr(digits));
    auto unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
    if (!number || unit == units.end() || *number > max / unit->factor) return {};
    return *number * unit->factor;
}

std::optional<std::array<std::uint8_t, 16>> parse_ip(const std::string& text, bool& is_v4) {
    std::array<std::uint8_t, 16> bytes{};
    is_v4 = ::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1;
    if (is_v4) {
        bytes[10] = bytes[11] = 0xFF;
        return bytes;
    }
    bytes = {};
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
    return {};
}

Error endpoint_error() {
    return Error("an address is host:port, [v6]:port or unix:/path");
}

Result<Endpoint> parse_tcp(std::string_view host, std::string_view port) {
    auto number = parse_decimal<std::uint16_t>(port);
    if (host.empty() || !number) return endpoint_error();
    Endpoint endpoint;
    endpoint.host = lower_ascii(host);
    endpoint.port = *number;
    return endpoint;
}

bool is_host_name(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '.' || c == '_';
    });
}

}  // namespace

bool Endpoint::is_loopback() const {
    if (is_unix() || host == "localhost" || host.ends_with(".localhost")) return true;
    bool is_v4 = false;
    auto ip = parse_ip(host, is_v4);
    if (!ip) return false;
    std::array<std::uint8_t, 16> v6_loopback{};
    v6_loopback[15] = 1;
    return is_v4 ? (*ip)[12] == 127 : *ip == v6_loopback;
}

std::string Endpoint::to_string() const {
    if (is_unix()) return "unix:" + path.string();
    bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool Cidr::contains(const std::array<std::uint8_t, 16>& other) const {
    for (unsigned bit = 0; bit < prefix; ++bit) {
        unsigned mask = 0x80U >> (bit % 8);
        if (((address[bit / 8] ^ other[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    // A hundred years: nothing configured here is meant to overflow a clock.
    constexpr std::uint64_t max = 100ULL * 366 * 86'400'000;
    auto value = parse_with_unit(text, duration_units, max);
    if (!value) return Error("a duration is a number with a unit: 250ms, 30s, 5m, 12h, 7d, 2w");
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
    auto value = parse_with_unit(text, byte_units, std::numeric_limits<std::int64_t>::max());
    if (!value) return Error("a size is a number with a unit: 512B, 256KiB, 10MiB, 1MB");
    return *value;
}

Result<Rate> parse_rate(std::string_view text) {
    auto slash = text.find('/');
    Error bad("a rate is a number per unit: 1/s, 60/m, 1000/h, 5000/d");
    if (slash == std::string_view::npos) return bad;
    auto count = parse_decimal<unsigned>(trim(text.substr(0, slash)));
    auto per = parse_with_unit(
        "1" + std::string(trim(text.substr(slash + 1))), duration_units, UINT64_MAX
    );
    if (!count || *count == 0 || !per) return bad;
    return Rate{*count, std::chrono::milliseconds(static_cast<std::int64_t>(*per))};
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    if (text.starts_with("unix:")) {
        std::string_view path = text.substr(5);
        // sun_path holds 107 bytes and a zero.
        if (!path.starts_with('/') || path.size() > 107) return endpoint_error();
        Endpoint endpoint;
        endpoint.path = path;
        return endpoint;
    }
    auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return Error("the port is missing: " + endpoint_error().detail);
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        bool is_v4 = false;
        if (!parse_ip(std::string(host), is_v4) || is_v4) return endpoint_error();
    } else if (!is_host_name(host)) {
        return endpoint_error();
    }
    return parse_tcp(host, text.substr(colon + 1));
}

Result<Cidr> parse_cidr(std::string_view text) {
    Error bad("a range of addresses is written 10.0.0.0/8 or fd00::/8");
    auto slash = text.find('/');
    bool is_v4 = false;
    auto ip = parse_ip(std::string(text.substr(0, slash)), is_v4);
    if (!ip) return bad;
    unsigned bits = is_v4 ? 32 : 128;
    unsigned prefix = bits;
    if (slash != std::string_view::npos) {
        auto number = parse_decimal<unsigned>(text.substr(slash + 1));
        if (!number || *number > bits) return bad;
        prefix = *number;
    }
    return Cidr{*ip, is_v4 ? prefix + 96 : prefix, std::string(text)};
}

Result<unsigned> parse_count(std::string_view text) {
    auto value = parse_decimal<unsigned>(text);
    if (!value) return Error("a whole number belongs here");
    return *value;
}

Result<std::string> parse_number(std::string_view text) {
    std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    bool is_e164 = text.starts_with('+') && all_digits(digits) && digits.size() >= 7 &&
                   digits.size() <= 15 && digits[0] != '0';
    bool is_short_code =
        !text.starts_with('+') && all_digits(digits) && digits.size() >= 3 && digits.size() <= 6;
    if (is_e164 || is_short_code) return std::string(text);
    return Error("a number is written +15551234567 (E.164), or is a short code of 3 to 6 digits");
}

std::string to_text(std::chrono::milliseconds duration) {
    auto count = static_cast<std::uint64_t>(duration.count());
    for (auto unit = duration_units.rbegin(); unit != duration_units.rend(); ++unit) {
        if (count != 0 && count % unit->factor == 0) {
            return std::to_string(count / unit->factor) + std::string(unit->name);
        }
    }
    return "0s";
}

std::string to_text(const Rate& rate) {
    std::string per = to_text(rate.per);
    return std::to_string(rate.count) + "/" + (per.starts_with("1") ? per.substr(1) : per);
}

}  // namespace sallyport::config
