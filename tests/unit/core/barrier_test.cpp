// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/barrier.hpp"

#include <gtest/gtest.h>

namespace sallyport::core {
namespace {

using namespace std::chrono_literals;
const Barrier::Time start{1h};

TEST(Barrier, pings_250_ms_after_the_first_unproved_stanza) {
    Barrier barrier("b-");
    EXPECT_FALSE(barrier.deadline());
    barrier.sent(7, start);
    EXPECT_EQ(barrier.deadline(), start + 250ms);
    EXPECT_FALSE(barrier.ping(start + 249ms));
    EXPECT_TRUE(barrier.ping(start + 250ms));
    EXPECT_FALSE(barrier.deadline());
}

TEST(Barrier, pings_at_once_after_a_hundred_stanzas) {
    Barrier barrier("b-");
    for (int i = 0; i < 99; ++i) barrier.sent(i, start);
    EXPECT_FALSE(barrier.ping(start));
    barrier.sent(99, start);
    EXPECT_TRUE(barrier.ping(start));
}

TEST(Barrier, an_answer_proves_what_was_sent_before_its_ping_and_nothing_else) {
    Barrier barrier("b-");
    barrier.sent(1, start);
    barrier.sent(2, start);
    const auto id = barrier.ping(start + 250ms);
    ASSERT_TRUE(id);
    barrier.sent(3, start + 251ms);
    EXPECT_TRUE(barrier.answered("b-999").empty());
    EXPECT_EQ(barrier.answered(*id), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(barrier.unproved(), 1U);
    EXPECT_TRUE(barrier.answered(*id).empty()) << "the same answer twice proves nothing more";
}

TEST(Barrier, has_one_ping_outstanding_and_the_next_leaves_when_it_is_answered) {
    Barrier barrier("b-");
    barrier.sent(1, start);
    const auto first = barrier.ping(start + 250ms);
    for (int i = 0; i < 500; ++i) barrier.sent(10 + i, start + 251ms);
    EXPECT_FALSE(barrier.ping(start + 10s));
    EXPECT_EQ(barrier.waiting_since(), start + 250ms);
    barrier.answered(*first);
    EXPECT_TRUE(barrier.ping(start + 252ms));
    EXPECT_NE(barrier.ping(start + 252ms), first);
}

}  // namespace
}  // namespace sallyport::core
