// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/subscription.hpp"

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sallyport::server {
namespace {

using V = SubscriptionVerb;

/// A state by the name that RFC 6121 A.1 gives it, in short: "N", "N+O", "N+I", "N+OI", "T", …
Subscription state(std::string_view name) {
    Subscription bits;
    bits.to = name[0] == 'T' || name[0] == 'B';
    bits.from = name[0] == 'F' || name[0] == 'B';
    bits.pending_out = name.substr(1).find('O') != std::string_view::npos;
    bits.pending_in = name.substr(1).find('I') != std::string_view::npos;
    bits.approved = name.substr(1).find('A') != std::string_view::npos;
    return bits;
}

std::string name_of(const Subscription& bits) {
    std::string name = bits.to ? (bits.from ? "B" : "T") : (bits.from ? "F" : "N");
    std::string more;
    if (bits.pending_out) more += 'O';
    if (bits.pending_in) more += 'I';
    if (bits.approved) more += 'A';
    return more.empty() ? name : name + '+' + more;
}

struct Case {
    V verb;
    std::string_view before;
    std::string_view after;
    bool passes;
};

std::string title(const testing::TestParamInfo<Case>& info) {
    constexpr std::array<std::string_view, 4> verbs{
        "subscribe", "subscribed", "unsubscribe", "unsubscribed"};
    std::string name(verbs[static_cast<std::size_t>(info.param.verb)]);
    name += '_' + std::string(info.param.before);
    for (char& c : name)
        if (c == '+') c = '_';
    return name;
}

class Outbound : public testing::TestWithParam<Case> {};
class Inbound : public testing::TestWithParam<Case> {};

TEST_P(Outbound, follows_appendix_a2) {
    const auto step = step_outbound(state(GetParam().before), GetParam().verb);
    EXPECT_EQ(name_of(step.next), GetParam().after);
    EXPECT_EQ(step.route, GetParam().passes);
}

TEST_P(Inbound, follows_appendix_a3) {
    const auto step = step_inbound(state(GetParam().before), GetParam().verb);
    EXPECT_EQ(name_of(step.next), GetParam().after);
    EXPECT_EQ(step.route, GetParam().passes);
}

INSTANTIATE_TEST_SUITE_P(
    Table2,
    Outbound,
    testing::Values(
        Case{V::subscribe, "N", "N+O", true},
        Case{V::subscribe, "N+O", "N+O", true},
        Case{V::subscribe, "N+I", "N+OI", true},
        Case{V::subscribe, "N+OI", "N+OI", true},
        Case{V::subscribe, "T", "T", true},
        Case{V::subscribe, "T+I", "T+I", true},
        Case{V::subscribe, "F", "F+O", true},
        Case{V::subscribe, "F+O", "F+O", true},
        Case{V::subscribe, "B", "B", true}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table3,
    Outbound,
    testing::Values(
        Case{V::unsubscribe, "N", "N", true},
        Case{V::unsubscribe, "N+O", "N", true},
        Case{V::unsubscribe, "N+I", "N+I", true},
        Case{V::unsubscribe, "N+OI", "N+I", true},
        Case{V::unsubscribe, "T", "N", true},
        Case{V::unsubscribe, "T+I", "N+I", true},
        Case{V::unsubscribe, "F", "F", true},
        Case{V::unsubscribe, "F+O", "F", true},
        Case{V::unsubscribe, "B", "F", true}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table4,
    Outbound,
    testing::Values(
        Case{V::subscribed, "N", "N+A", false},
        Case{V::subscribed, "N+O", "N+OA", false},
        Case{V::subscribed, "N+I", "F", true},
        Case{V::subscribed, "N+OI", "F+O", true},
        Case{V::subscribed, "T", "T+A", false},
        Case{V::subscribed, "T+I", "B", true},
        Case{V::subscribed, "F", "F", false},
        Case{V::subscribed, "F+O", "F+O", false},
        Case{V::subscribed, "B", "B", false}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table5,
    Outbound,
    testing::Values(
        Case{V::unsubscribed, "N", "N", false},
        Case{V::unsubscribed, "N+A", "N", false},
        Case{V::unsubscribed, "N+O", "N+O", false},
        Case{V::unsubscribed, "N+OA", "N+O", false},
        Case{V::unsubscribed, "N+I", "N", true},
        Case{V::unsubscribed, "N+OI", "N+O", true},
        Case{V::unsubscribed, "T", "T", false},
        Case{V::unsubscribed, "T+A", "T", false},
        Case{V::unsubscribed, "T+I", "T", true},
        Case{V::unsubscribed, "F", "N", true},
        Case{V::unsubscribed, "F+O", "N+O", true},
        Case{V::unsubscribed, "B", "T", true}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table6,
    Inbound,
    testing::Values(
        Case{V::subscribe, "N", "N+I", true},
        Case{V::subscribe, "N+O", "N+OI", true},
        Case{V::subscribe, "N+I", "N+I", false},
        Case{V::subscribe, "N+OI", "N+OI", false},
        Case{V::subscribe, "T", "T+I", true},
        Case{V::subscribe, "T+I", "T+I", false},
        Case{V::subscribe, "F", "F", false},
        Case{V::subscribe, "F+O", "F+O", false},
        Case{V::subscribe, "B", "B", false},
        Case{V::subscribe, "N+A", "F", false},
        Case{V::subscribe, "N+OA", "F+O", false},
        Case{V::subscribe, "T+A", "B", false}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table7,
    Inbound,
    testing::Values(
        Case{V::unsubscribe, "N", "N", false},
        Case{V::unsubscribe, "N+O", "N+O", false},
        Case{V::unsubscribe, "N+I", "N", true},
        Case{V::unsubscribe, "N+OI", "N+O", true},
        Case{V::unsubscribe, "T", "T", false},
        Case{V::unsubscribe, "T+I", "T", true},
        Case{V::unsubscribe, "F", "N", true},
        Case{V::unsubscribe, "F+O", "N+O", true},
        Case{V::unsubscribe, "B", "T", true}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table8,
    Inbound,
    testing::Values(
        Case{V::subscribed, "N", "N", false},
        Case{V::subscribed, "N+O", "T", true},
        Case{V::subscribed, "N+I", "N+I", false},
        Case{V::subscribed, "N+OI", "T+I", true},
        Case{V::subscribed, "T", "T", false},
        Case{V::subscribed, "T+I", "T+I", false},
        Case{V::subscribed, "F", "F", false},
        Case{V::subscribed, "F+O", "B", true},
        Case{V::subscribed, "B", "B", false}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Table9,
    Inbound,
    testing::Values(
        Case{V::unsubscribed, "N", "N", false},
        Case{V::unsubscribed, "N+O", "N", true},
        Case{V::unsubscribed, "N+I", "N+I", false},
        Case{V::unsubscribed, "N+OI", "N+I", true},
        Case{V::unsubscribed, "T", "N", true},
        Case{V::unsubscribed, "T+I", "N+I", true},
        Case{V::unsubscribed, "F", "F", false},
        Case{V::unsubscribed, "F+O", "F", true},
        Case{V::unsubscribed, "B", "F", true},
        Case{V::unsubscribed, "N+A", "N+A", false},
        Case{V::unsubscribed, "T+A", "N+A", true}
    ),
    title
);

TEST(Subscription, who_has_it_already_is_answered_for_the_user) {
    for (const char* name : {"F", "F+O", "B", "N+A"}) {
        const auto step = step_inbound(state(name), V::subscribe);
        EXPECT_TRUE(step.answer) << name;
        EXPECT_EQ(step.verb, V::subscribed) << name;
    }
    EXPECT_FALSE(step_inbound(state("N"), V::subscribe).answer);
    EXPECT_FALSE(step_inbound(state("T+I"), V::subscribe).answer);
}

TEST(Subscription, unsubscribe_that_changes_something_is_answered_with_unsubscribed) {
    const auto step = step_inbound(state("B"), V::unsubscribe);
    EXPECT_TRUE(step.answer);
    EXPECT_EQ(step.verb, V::unsubscribed);
    EXPECT_FALSE(step_inbound(state("T"), V::unsubscribe).answer);
}

TEST(Subscription, presence_begins_and_ends_with_from) {
    EXPECT_TRUE(step_outbound(state("N+I"), V::subscribed).announces);
    EXPECT_TRUE(step_inbound(state("N+A"), V::subscribe).announces);
    EXPECT_FALSE(step_outbound(state("B"), V::subscribed).announces);
    EXPECT_TRUE(step_outbound(state("B"), V::unsubscribed).hides);
    EXPECT_TRUE(step_inbound(state("F"), V::unsubscribe).hides);
    EXPECT_FALSE(step_outbound(state("N+I"), V::unsubscribed).hides);
}

TEST(Subscription, clients_are_not_pushed_what_they_cannot_see) {
    EXPECT_FALSE(step_inbound(state("N"), V::subscribe).push);
    EXPECT_FALSE(step_outbound(state("N+O"), V::subscribe).push);
    EXPECT_TRUE(step_outbound(state("N"), V::subscribe).push);
    EXPECT_TRUE(step_outbound(state("N"), V::subscribed).push);
    EXPECT_FALSE(step_inbound(state("N+I"), V::unsubscribe).push);
}

TEST(Subscription, words_are_the_rfcs) {
    EXPECT_EQ(state("N+OI").word(), "none");
    EXPECT_EQ(state("T+I").word(), "to");
    EXPECT_EQ(state("F+O").word(), "from");
    EXPECT_EQ(state("B").word(), "both");
}

}  // namespace
}  // namespace sallyport::server
