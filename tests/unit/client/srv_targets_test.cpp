// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/srv_targets.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

std::uint32_t lowest(std::uint32_t) {
    return 0;
}
std::uint32_t highest(std::uint32_t bound) {
    return bound - 1;
}

TEST(SrvTargets, go_by_priority) {
    auto targets = order_targets(
        {{20, 0, 5222, "b.example.org."}, {10, 0, 5222, "a.example.org"}}, {}, "example.org", lowest
    );
    std::vector<Target> expected{{"a.example.org", 5222, false}, {"b.example.org", 5222, false}};
    EXPECT_EQ(targets, expected);
}

// XEP-0368 §3: one list.
TEST(SrvTargets, mix_direct_tls_with_starttls) {
    auto targets = order_targets(
        {{5, 0, 5222, "plain"}, {30, 0, 5222, "last"}},
        {{10, 0, 443, "direct"}},
        "example.org",
        lowest
    );
    std::vector<Target> expected{
        {"plain", 5222, false}, {"direct", 443, true}, {"last", 5222, false}};
    EXPECT_EQ(targets, expected);
}

TEST(SrvTargets, are_the_domain_itself_only_without_records) {
    std::vector<Target> expected{{"example.org", 5222, false}};
    EXPECT_EQ(order_targets({}, {}, "example.org", lowest), expected);
    EXPECT_EQ(order_targets({{0, 0, 1, "x"}}, {}, "example.org", lowest).size(), 1U);
}

TEST(SrvTargets, are_none_when_the_domain_says_so) {
    EXPECT_TRUE(order_targets({{0, 0, 0, "."}}, {}, "example.org", lowest).empty());
    EXPECT_TRUE(order_targets({{0, 0, 0, "."}}, {{0, 0, 0, "."}}, "example.org", lowest).empty());
    std::vector<Target> expected{{"direct", 443, true}};
    EXPECT_EQ(
        order_targets({{0, 0, 0, "."}}, {{0, 0, 443, "direct"}}, "example.org", lowest), expected
    );
}

TEST(SrvTargets, keep_all_whatever_chance_says) {
    std::vector<SrvRecord> records{{1, 0, 1, "a"}, {1, 5, 2, "b"}, {1, 95, 3, "c"}};
    EXPECT_EQ(order_targets(records, {}, "x", lowest).size(), 3U);
    EXPECT_EQ(order_targets(records, {}, "x", highest).size(), 3U);
    EXPECT_EQ(order_targets(records, {}, "x", highest).front().host, "c");
}

TEST(SrvTargets, share_by_weight) {
    std::mt19937 generator(20261125);
    auto random = [&](std::uint32_t bound) {
        return static_cast<std::uint32_t>(generator() % bound);
    };
    std::map<std::string, int> first;
    for (int i = 0; i < 10'000; ++i)
        ++first[order_targets({{1, 25, 1, "a"}, {1, 75, 2, "b"}}, {}, "x", random).front().host];
    EXPECT_NEAR(first["b"], 7'500, 200);
}

TEST(ClientPlace, is_five_settings) {
    ClientPlace google{"google.com", "talk.google.com", {}, {}, {}};
    EXPECT_EQ(*google.fixed(), (Target{"talk.google.com", 5222, false}));
    EXPECT_EQ(google.certificate_name(), "google.com");
    ClientPlace yandex{"ya.ru", "push.xmpp.yandex.ru", 443, true, "push.xmpp.yandex.ru"};
    EXPECT_EQ(*yandex.fixed(), (Target{"push.xmpp.yandex.ru", 443, true}));
    EXPECT_EQ(yandex.certificate_name(), "push.xmpp.yandex.ru");
    EXPECT_FALSE((ClientPlace{"example.org", {}, {}, {}, {}}).fixed());
    EXPECT_EQ(*(ClientPlace{"example.org", "x", {}, true, {}}).fixed(), (Target{"x", 5223, true}));
}

TEST(OtherHost, is_read) {
    EXPECT_EQ(*parse_other_host("other.example.org"), (Target{"other.example.org", 5222, false}));
    EXPECT_EQ(
        *parse_other_host("other.example.org:5333"), (Target{"other.example.org", 5333, false})
    );
    EXPECT_EQ(*parse_other_host("[2001:db8::1]:5333"), (Target{"2001:db8::1", 5333, false}));
    EXPECT_EQ(*parse_other_host("[2001:db8::1]"), (Target{"2001:db8::1", 5222, false}));
    EXPECT_EQ(*parse_other_host("2001:db8::1"), (Target{"2001:db8::1", 5222, false}));
    for (const char* bad : {"", ":5222", "a:0", "a:99999", "a:x", "[::1", "[::1]x", "a b", "u@a"})
        EXPECT_FALSE(parse_other_host(bad)) << bad;
}

}  // namespace
}  // namespace sallyport::net
