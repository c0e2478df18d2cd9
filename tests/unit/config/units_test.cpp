// SPDX-License-Identifier: Apache-2.0
#include "config/units.hpp"

#include <gtest/gtest.h>

namespace sallyport::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, is_a_number_with_a_unit) {
    EXPECT_EQ(parse_duration("250ms").value(), 250ms);
    EXPECT_EQ(parse_duration("30s").value(), 30s);
    EXPECT_EQ(parse_duration("5m").value(), 5min);
    EXPECT_EQ(parse_duration("10h").value(), 10h);
    EXPECT_EQ(parse_duration("7d").value(), 168h);
    EXPECT_EQ(parse_duration("2w").value(), 336h);
    EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(Duration, without_unit_or_number_is_refused) {
    for (std::string_view text :
         {"30", "s", "", "-5s", "5 parsecs", "1.5h", "99999999999999999999s", "9999999w"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Duration, prints_with_the_largest_exact_unit) {
    EXPECT_EQ(to_text(90s), "90s");
    EXPECT_EQ(to_text(120s), "2m");
    EXPECT_EQ(to_text(336h), "2w");
    EXPECT_EQ(to_text(0ms), "0s");
}

TEST(Size, is_a_number_with_a_unit) {
    EXPECT_EQ(parse_bytes("512B").value(), 512U);
    EXPECT_EQ(parse_bytes("256KiB").value(), 262144U);
    EXPECT_EQ(parse_bytes("10MiB").value(), 10485760U);
    EXPECT_EQ(parse_bytes("1MB").value(), 1000000U);
    for (std::string_view text : {"10", "MiB", "10mib", "99999999999999GiB"}) {
        EXPECT_FALSE(parse_bytes(text)) << text;
    }
}

TEST(Rate, is_a_count_per_unit) {
    EXPECT_EQ(parse_rate("60/m").value(), (Rate{60, 1min}));
    EXPECT_EQ(parse_rate("1/s").value(), (Rate{1, 1s}));
    EXPECT_EQ(to_text(parse_rate("5000/d").value()), "5000/d");
    for (std::string_view text : {"60", "/m", "0/m", "60/", "60/fortnight", "-1/s"}) {
        EXPECT_FALSE(parse_rate(text)) << text;
    }
}

TEST(Endpoint, has_three_spellings) {
    auto tcp = parse_endpoint("Host.example.org:5347").value();
    EXPECT_EQ(tcp.host, "host.example.org");
    EXPECT_EQ(tcp.port, 5347);
    auto v6 = parse_endpoint("[::1]:80").value();
    EXPECT_EQ(v6.host, "::1");
    EXPECT_EQ(v6.to_string(), "[::1]:80");
    auto local = parse_endpoint("unix:/run/x.sock").value();
    EXPECT_TRUE(local.is_unix());
    EXPECT_EQ(local.to_string(), "unix:/run/x.sock");
}

TEST(Endpoint, with_missing_or_bad_parts_is_refused) {
    for (std::string_view text :
         {"host",
          ":80",
          "host:",
          "host:65536",
          "host:x",
          "::1:80",
          "[nope]:80",
          "[127.0.0.1]:80",
          "unix:relative",
          "a b:80",
          "http://h:80"}) {
        EXPECT_FALSE(parse_endpoint(text)) << text;
    }
}

TEST(Endpoint, knows_loopback) {
    for (std::string_view text :
         {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/x"}) {
        EXPECT_TRUE(parse_endpoint(text)->is_loopback()) << text;
    }
    for (std::string_view text :
         {"0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.org:1", "128.0.0.1:1"}) {
        EXPECT_FALSE(parse_endpoint(text)->is_loopback()) << text;
    }
}

TEST(Cidr, contains_its_own_addresses_only) {
    auto ten = parse_cidr("10.0.0.0/8").value();
    EXPECT_TRUE(ten.contains(parse_cidr("10.200.3.4").value().address));
    EXPECT_FALSE(ten.contains(parse_cidr("11.0.0.1").value().address));
    auto local = parse_cidr("fd00::/8").value();
    EXPECT_TRUE(local.contains(parse_cidr("fd12::1").value().address));
    EXPECT_FALSE(local.contains(parse_cidr("fe80::1").value().address));
    EXPECT_FALSE(ten.contains(parse_cidr("::1").value().address));
    for (std::string_view text :
         {"10.0.0.0/33", "10.0.0/8", "example.org", "::/129", "10.0.0.0/", ""}) {
        EXPECT_FALSE(parse_cidr(text)) << text;
    }
}

TEST(Number, is_e164_or_a_short_code) {
    EXPECT_EQ(parse_number("+15551234567").value(), "+15551234567");
    EXPECT_EQ(parse_number("12345").value(), "12345");
    for (std::string_view text :
         {"15551234567",
          "+0551234567",
          "+1 555 1234567",
          "+1555123456789012",
          "+12345",
          "12",
          ""}) {
        EXPECT_FALSE(parse_number(text)) << text;
    }
}

}  // namespace
}  // namespace sallyport::config
