// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

/// The small values of the configuration, each with its spelling. Errors of parse_* are sentences
/// for the operator.
namespace sallyport::config {

/// "60/m": so many per period.
struct Rate {
    unsigned count = 1;
    std::chrono::milliseconds per = std::chrono::seconds(1);
    friend bool operator==(const Rate&, const Rate&) = default;
};

/// "host:port", "[v6]:port" or "unix:/path".
struct Endpoint {
    std::string host;            ///< name or address without brackets; empty for a Unix socket
    std::uint16_t port = 0;      ///< 0 is allowed in a listener only (any free port)
    std::filesystem::path path;  ///< of the Unix socket, else empty

    bool is_unix() const { return !path.empty(); }
    bool is_loopback() const;  ///< 127.0.0.0/8, ::1, localhost or a Unix socket
    std::string to_string() const;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// How we speak TLS to a host: off | on | {ca: FILE}.
struct Tls {
    enum class Mode { off, on };
    Mode mode = Mode::off;
    std::optional<std::filesystem::path> ca;  ///< trust these issuers instead of the system's
    friend bool operator==(const Tls&, const Tls&) = default;
};

/// "10.0.0.0/8", "::1": a range of addresses.
struct Cidr {
    std::array<std::uint8_t, 16> address{};  ///< network order; IPv4 as ::ffff:a.b.c.d
    unsigned prefix = 128;                   ///< bits of the 128 that count
    std::string text;                        ///< as written

    /// `other`: an address in the same 16-byte form.
    bool contains(const std::array<std::uint8_t, 16>& other) const;
    friend bool operator==(const Cidr&, const Cidr&) = default;
};

/// What a provider takes. Absent = no limit known.
struct ProviderLimits {
    std::optional<unsigned> text;                   ///< characters of one text
    std::optional<unsigned> segments;               ///< SMS segments of one text
    std::optional<unsigned> media;                  ///< pictures of one message
    std::optional<std::uint64_t> media_size_bytes;  ///< of all pictures together
    std::optional<std::chrono::seconds> ttl;        ///< longest validity it can be asked for
    std::optional<Rate> per_number;                 ///< messages of one of our numbers
    std::optional<Rate> per_account;                ///< messages of all our numbers together
    friend bool operator==(const ProviderLimits&, const ProviderLimits&) = default;
};

Result<std::chrono::milliseconds> parse_duration(std::string_view text
);  ///< 250ms 30s 5m 10h 7d 2w; the unit is required
Result<std::uint64_t> parse_bytes(std::string_view text
);  ///< 512B 256KiB 10MiB 1GiB, kB MB GB decimal; the unit is required
Result<Rate> parse_rate(std::string_view text);  ///< 1/s 60/m 1000/h 5000/d
Result<Endpoint> parse_endpoint(std::string_view text);
Result<Cidr> parse_cidr(std::string_view text);
Result<unsigned> parse_count(std::string_view text);  ///< a decimal number, up to 4294967295
/// "+" and 7 to 15 digits (E.164), or a short code of 3 to 6 digits; the canonical spelling is
/// returned.
Result<std::string> parse_number(std::string_view text);

std::string to_text(std::chrono::milliseconds duration);  ///< "30s", the largest unit that is exact
std::string to_text(const Rate& rate);

}  // namespace sallyport::config
