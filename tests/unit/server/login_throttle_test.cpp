// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/login_throttle.hpp"

#include <gtest/gtest.h>

namespace sallyport::server {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view home = "192.0.2.1";
constexpr std::string_view attacker = "198.51.100.7";

struct Throttle : testing::Test {
    void try_wrong(int times, std::string_view peer, std::string_view user) {
        for (int i = 0; i < times; ++i) throttle.wrong(peer, user, now);
    }
    bool banned(std::string_view peer, std::string_view user) {
        return throttle.is_banned(peer, user, now);
    }

    LoginThrottle throttle;
    TimePoint now{1000h};
};

TEST(AddressGroup, ipv6_counts_by_network_and_this_machine_not_at_all) {
    EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:2:ffff::9"));
    EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
    EXPECT_EQ(address_group("fe80::1%eth0"), address_group("fe80::2"));
    for (const char* here : {"127.0.0.1", "127.9.9.9", "::1", "unix"})
        EXPECT_FALSE(address_group(here)) << here;
}

TEST_F(Throttle, twenty_wrong_passwords_of_an_address_shut_it_out_for_an_hour) {
    for (int i = 0; i < LoginThrottle::max_wrong - 1; ++i)
        throttle.wrong(attacker, "user" + std::to_string(i), now);
    EXPECT_FALSE(banned(attacker, "alice"));
    throttle.wrong(attacker, "another", now);
    EXPECT_TRUE(banned(attacker, "alice"));
    EXPECT_FALSE(banned(home, "alice"));
    now += 59min;
    EXPECT_TRUE(banned(attacker, "alice"));
    now += 1min;
    EXPECT_FALSE(banned(attacker, "alice"));
}

TEST_F(Throttle, wrong_passwords_over_more_than_an_hour_do_not_add_up) {
    try_wrong(LoginThrottle::max_wrong - 1, attacker, "alice");
    now += 1h;
    try_wrong(LoginThrottle::max_wrong - 1, attacker, "alice");
    EXPECT_FALSE(banned(attacker, "alice"));
}

TEST_F(Throttle, many_addresses_that_try_one_account_are_shut_out_together) {
    for (int i = 0; i < LoginThrottle::max_wrong; ++i)
        throttle.wrong("198.51.100." + std::to_string(i), "alice", now);
    EXPECT_TRUE(banned("203.0.113.1", "alice"));
    EXPECT_FALSE(banned("203.0.113.1", "bob"));
}

TEST_F(Throttle, an_account_is_not_shut_out_from_where_it_logged_in_before) {
    throttle.right(home, "alice");
    try_wrong(LoginThrottle::max_wrong, "203.0.113.9", "alice");
    EXPECT_TRUE(banned("203.0.113.1", "alice"));
    EXPECT_FALSE(banned(home, "alice"));
}

TEST_F(Throttle, from_this_machine_only_accounts_are_counted) {
    for (int i = 0; i < 100; ++i) throttle.wrong("127.0.0.1", "u" + std::to_string(i), now);
    EXPECT_FALSE(banned("127.0.0.1", "alice"));
    try_wrong(LoginThrottle::max_wrong, "127.0.0.1", "alice");
    EXPECT_TRUE(banned("127.0.0.1", "alice"));
}

TEST_F(Throttle, an_account_is_shut_behind_a_proxy_even_if_somebody_logged_in_there_before) {
    throttle.right("127.0.0.1", "alice");
    try_wrong(LoginThrottle::max_wrong, "127.0.0.1", "alice");
    EXPECT_TRUE(banned("127.0.0.1", "alice"));
}

TEST_F(Throttle, it_forgets_rather_than_grow) {
    for (std::size_t i = 0; i < LoginThrottle::max_entries + 10; ++i)
        throttle.wrong("127.0.0.1", "name" + std::to_string(i), now);
    try_wrong(LoginThrottle::max_wrong, "127.0.0.1", "alice");
    EXPECT_TRUE(banned("127.0.0.1", "alice"));
}

}  // namespace
}  // namespace sallyport::server
