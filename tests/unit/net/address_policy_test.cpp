// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/address_policy.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace sallyport::test {
namespace {

net::AddressBytes bytes(const std::string& text) {
    sockaddr_storage storage{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        storage.ss_family = AF_INET;
    } else {
        EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
        storage.ss_family = AF_INET6;
    }
    return net::address_bytes(reinterpret_cast<const sockaddr&>(storage));
}

TEST(AddressPolicy, knows_public_addresses) {
    for (const char* text :
         {"1.1.1.1",
          "8.8.8.8",
          "172.15.0.1",
          "172.32.0.1",
          "100.63.255.255",
          "223.255.255.255",
          "2606:4700::1111",
          "2a00:1450:4001::1",
          "::ffff:8.8.8.8"})
        EXPECT_TRUE(net::is_public(bytes(text))) << text;
}

TEST(AddressPolicy, knows_all_others) {
    for (const char* text :
         {"0.0.0.0",
          "10.1.2.3",
          "100.64.0.1",
          "127.0.0.1",
          "127.255.255.255",
          "169.254.169.254",
          "172.16.0.1",
          "172.31.255.255",
          "192.0.0.1",
          "192.0.2.1",
          "192.88.99.1",
          "192.168.1.1",
          "198.18.0.1",
          "198.51.100.1",
          "203.0.113.1",
          "224.0.0.1",
          "240.0.0.1",
          "255.255.255.255",  // IPv4
          "::",
          "::1",
          "fe80::1",
          "fc00::1",
          "fd12::1",
          "ff02::1",
          "2001:db8::1",
          "2001::1",
          "2002:7f00:1::",
          "3fff::1",
          "64:ff9b::7f00:1",
          "::ffff:127.0.0.1",
          "::ffff:10.0.0.1",
          "::127.0.0.1"})
        EXPECT_FALSE(net::is_public(bytes(text))) << text;
}

TEST(AddressPolicy, takes_plain_http_from_trusted_networks_only) {
    const std::vector<std::string> trusted{"10.0.0.0/8", "fd00::/8", "nonsense"};
    const net::FetchPolicy policy(trusted);
    EXPECT_TRUE(policy.allows(bytes("8.8.8.8"), true));
    EXPECT_FALSE(policy.allows(bytes("8.8.8.8"), false));
    EXPECT_TRUE(policy.allows(bytes("10.1.1.1"), false));
    EXPECT_TRUE(policy.allows(bytes("fd00::1"), true));
    EXPECT_FALSE(policy.allows(bytes("192.168.1.1"), true));
}

}  // namespace
}  // namespace sallyport::test
