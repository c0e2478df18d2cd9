// SPDX-License-Identifier: Apache-2.0
// A user takes the gateway out of their roster, and comes back or not: gateway.md §2.5e.
#include <gtest/gtest.h>

#include "gateway/core/services.hpp"
#include "tests/support/core_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using xmpp::Stanza;
using xmpp::StanzaType;

struct PauseTest : ::testing::Test {
    CoreWorld world;
    std::vector<Stanza> sent;

    PauseTest() {
        world.link_up();
        world.add_account(alice, "+15550001111");
        feed(StanzaType::subscribe);
        feed(StanzaType::subscribed);
    }
    void feed(StanzaType type) {
        world.receive(presence(type, gate));
        sent = world.take();
    }
    void say(std::string_view words) {
        world.receive(chat(gate, words));
        sent = world.take();
    }
    bool is_suspended() { return world.account(alice)->suspended; }
    bool is_suspended_on_disk() { return world.read(store::Registrations{}).rows.at(0).suspended; }
};

TEST_F(PauseTest, removing_the_gateway_pauses_and_tells_how_to_go_on) {
    feed(StanzaType::unsubscribe);
    EXPECT_TRUE(is_suspended());
    EXPECT_TRUE(is_suspended_on_disk());
    EXPECT_NE(find_presence(sent, StanzaType::unavailable, gate, alice), nullptr);
    EXPECT_EQ(find_presence(sent, StanzaType::subscribe, gate, alice), nullptr);
    ASSERT_EQ(bodies(sent).size(), 1U);
    EXPECT_NE(bodies(sent)[0].find("\"resume\""), std::string::npos);
    EXPECT_NE(bodies(sent)[0].find("7 days"), std::string::npos);
}

TEST_F(PauseTest, the_other_half_of_a_removal_says_nothing_more) {
    world.core->handle(world.domain, presence(StanzaType::unsubscribe, gate));
    world.core->handle(world.domain, presence(StanzaType::unsubscribed, gate));
    EXPECT_EQ(bodies(world.take()).size(), 1U);
    feed(StanzaType::unsubscribe);
    EXPECT_TRUE(sent.empty());
}

TEST_F(PauseTest, a_server_that_answers_unsubscribed_to_our_probe_pauses_too) {
    feed(StanzaType::unsubscribed);
    EXPECT_TRUE(is_suspended());
}

TEST_F(PauseTest, adding_the_gateway_again_resumes) {
    feed(StanzaType::unsubscribe);
    feed(StanzaType::subscribe);
    EXPECT_FALSE(is_suspended());
    EXPECT_FALSE(is_suspended_on_disk());
    EXPECT_NE(find_presence(sent, StanzaType::subscribed, gate, alice), nullptr);
    EXPECT_NE(find_presence(sent, StanzaType::subscribe, gate, alice), nullptr);
    EXPECT_EQ(
        bodies(sent), std::vector<std::string>{"Welcome back to SMS. Your number is +15550001111."}
    );
}

TEST_F(PauseTest, the_words_resume_and_register_resume) {
    for (std::string_view word : {"resume", "register"}) {
        feed(StanzaType::unsubscribe);
        say(word);
        EXPECT_FALSE(is_suspended()) << word;
        EXPECT_EQ(bodies(sent).size(), 1U) << word;
    }
}

TEST_F(PauseTest, after_seven_days_the_registration_ends) {
    feed(StanzaType::unsubscribe);
    world.link_down();
    world.advance(24h * 7 - 1h);
    EXPECT_NE(world.account(alice), nullptr);
    world.advance(2h);
    EXPECT_EQ(world.account(alice), nullptr);
    EXPECT_TRUE(world.domain.accounts.is_resting("+15550001111"));
    world.link_up();
    EXPECT_EQ(
        bodies(world.take()),
        std::vector<std::string>{"Your registration with SMS was paused for 7 days and has ended."}
    );
}

TEST_F(PauseTest, who_came_back_stays) {
    feed(StanzaType::unsubscribe);
    feed(StanzaType::subscribe);
    world.link_down();
    world.advance(24h * 8);
    EXPECT_NE(world.account(alice), nullptr);
}

TEST_F(PauseTest, who_was_suspended_by_the_operator_cannot_resume) {
    world.core->services().membership.set_suspended(
        world.domain, *world.account(alice), true, [](Result<>) {}
    );
    world.settle();
    say("resume");
    EXPECT_TRUE(is_suspended());
    ASSERT_EQ(bodies(sent).size(), 1U);
    EXPECT_NE(bodies(sent)[0].find("operator"), std::string::npos);
    feed(StanzaType::subscribe);
    EXPECT_TRUE(is_suspended());
}

TEST_F(PauseTest, a_paused_user_is_shown_nothing) {
    feed(StanzaType::unsubscribe);
    world.receive(presence(StanzaType::available, gate, phone));
    EXPECT_TRUE(world.take().empty());
}

}  // namespace
}  // namespace sallyport::test
