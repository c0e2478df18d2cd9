// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/address_policy.hpp"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>

namespace sallyport::net {
namespace {

// https://www.iana.org/assignments/iana-ipv4-special-registry, RFC 5771 (multicast), RFC 1112
// (reserved)
constexpr std::array ipv4_not_public{
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
};
// Only 2000::/3 is global unicast; out of it: IETF protocols with Teredo, documentation, 6to4.
constexpr std::array ipv6_not_public{"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};
constexpr std::array ipv6_public{"2000::/3"};
constexpr std::array ipv4_mapped{"::ffff:0.0.0.0/96"};

template <std::size_t N>
std::vector<config::Cidr> ranges(const std::array<const char*, N>& texts) {
    std::vector<config::Cidr> out;
    for (const char* text : texts) {
        auto range = config::parse_cidr(text);
        if (range) out.push_back(std::move(*range));
    }
    return out;
}

bool is_in(const std::vector<config::Cidr>& ranges, const AddressBytes& address) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const config::Cidr& range) {
        return range.contains(address);
    });
}

}  // namespace

AddressBytes address_bytes(const sockaddr& address) {
    AddressBytes bytes{};
    if (address.sa_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &v4.sin_addr, 4);
    } else if (address.sa_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        std::memcpy(bytes.data(), &v6.sin6_addr, 16);
    }
    return bytes;
}

bool is_public(const AddressBytes& address) {
    static const auto v4_refused = ranges(ipv4_not_public);
    static const auto v6_refused = ranges(ipv6_not_public);
    static const auto v6_allowed = ranges(ipv6_public);
    static const auto mapped = ranges(ipv4_mapped);
    if (is_in(mapped, address)) return !is_in(v4_refused, address);
    return is_in(v6_allowed, address) && !is_in(v6_refused, address);
}

FetchPolicy::FetchPolicy(std::span<const std::string> trusted_networks) {
    for (const std::string& text : trusted_networks) {
        auto range = config::parse_cidr(text);
        if (range) trusted_.push_back(std::move(*range));
    }
}

bool FetchPolicy::allows(const AddressBytes& address, bool encrypted) const {
    return (encrypted && is_public(address)) || is_in(trusted_, address);
}

}  // namespace sallyport::net
