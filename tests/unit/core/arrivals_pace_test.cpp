// SPDX-License-Identifier: Apache-2.0
// `limits.user` and `limits.peer` inbound: what is over them comes later, in order, and is never
// dropped.
#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

const std::string somebody = "+15551234567";
const std::string another = "+15557654321";

struct InboundLimits : ::testing::Test {
    CoreWorld world;
    std::size_t stored = 0;

    InboundLimits() {
        world.add_account(alice, "+15550001111");
        world.domain.user_limit.set_rate(config::Rate{60, 60s});
        world.domain.peer_limit.set_rate(config::Rate{20, 60s});
        world.link_up();
        world.take();
    }
    void arrive(const std::string& peer, const std::string& text) {
        port::MessageReceived message(port::Address(peer), "+15550001111", {}, text);
        world.core->arrivals().accept(
            world.domain,
            std::move(message),
            [this](const Result<port::Accepted>& accepted) {
                stored += accepted && *accepted == port::Accepted::stored;
            }
        );
    }
    /// "FIRST" up to "LAST", at once.
    void arrive(const std::string& peer, int first, int last) {
        for (int i = first; i <= last; ++i) arrive(peer, std::to_string(i));
        world.settle();
    }
    static std::vector<std::string> numbers(int first, int last) {
        std::vector<std::string> found;
        for (int i = first; i <= last; ++i) found.push_back(std::to_string(i));
        return found;
    }
    std::vector<std::string> shown() { return bodies(world.take()); }
    std::vector<std::string> shown_after(std::chrono::seconds wait) {
        world.advance(wait);
        return shown();
    }
};

TEST_F(InboundLimits, texts_over_the_rate_of_a_peer_come_later_and_in_order) {
    arrive(somebody, 1, 30);
    EXPECT_EQ(stored, 30U) << "the network is acknowledged at once";
    EXPECT_EQ(shown(), numbers(1, 20));
    EXPECT_TRUE(shown_after(2s).empty());
    EXPECT_EQ(shown_after(1s), numbers(21, 21));
    EXPECT_EQ(shown_after(27s), numbers(22, 30));
    EXPECT_TRUE(shown_after(10min).empty()) << "nothing twice";
    EXPECT_EQ(world.read(store::Counts{}).inbox_waiting[world.domain.name], 0U);
}

TEST_F(InboundLimits, nothing_overtakes_what_waits_in_its_conversation) {
    arrive(somebody, 1, 25);
    EXPECT_EQ(shown(), numbers(1, 20));
    world.advance(2900ms);
    arrive(somebody, 26, 26);
    world.time.move(100ms);  // there is a token, and nobody has looked yet
    arrive(somebody, 27, 27);
    EXPECT_EQ(shown_after(1min), numbers(21, 27));
}

TEST_F(InboundLimits, other_peers_do_not_wait) {
    arrive(somebody, 1, 500);
    EXPECT_EQ(shown(), numbers(1, 20));
    arrive(another, "hello");
    EXPECT_EQ(shown(), std::vector<std::string>{"hello"});
}

TEST_F(InboundLimits, a_user_is_not_flooded_by_many_peers) {
    for (int i = 1; i <= 70; ++i) arrive("+1555000" + std::to_string(1000 + i), std::to_string(i));
    world.settle();
    EXPECT_EQ(shown(), numbers(1, 60));
    EXPECT_EQ(shown_after(10s), numbers(61, 70));
}

TEST_F(InboundLimits, may_be_off) {
    world.domain.user_limit.set_rate({});
    world.domain.peer_limit.set_rate({});
    arrive(somebody, 1, 300);
    EXPECT_EQ(shown(), numbers(1, 300));
}

TEST_F(InboundLimits, what_came_slowly_while_the_host_was_away_is_shown_at_once) {
    world.link_down();
    for (int i = 1; i <= 100; ++i) {
        arrive(somebody, std::to_string(i));
        world.advance(3s);
    }
    world.link_up();
    EXPECT_EQ(shown(), numbers(1, 100));
}

TEST_F(InboundLimits, what_is_shown_again_after_a_reconnect_is_not_counted_twice) {
    arrive(somebody, 1, 30);
    world.link_down();  // nothing was proved
    world.link_up();
    std::vector<std::string> expected = numbers(1, 20);
    for (const auto& again : numbers(1, 20)) expected.push_back(again);
    EXPECT_EQ(shown(), expected);
    EXPECT_EQ(shown_after(30s), numbers(21, 30));
}

}  // namespace
}  // namespace sallyport::test
