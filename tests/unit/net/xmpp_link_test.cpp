// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/xmpp_link.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/net/link_end.hpp"
#include "tests/unit/net/xmpp_link_world.hpp"

namespace sallyport::test::xmpp_link {
namespace {

using net::LinkFault;
using net::LinkState;
using std::chrono::seconds;

TEST(XmppLink, shakes_hands_and_carries_stanzas_both_ways) {
    World world;
    world.start();
    ASSERT_EQ(world.link->state(), LinkState::up);
    EXPECT_EQ(world.ups, 1);
    EXPECT_EQ(world.link->incarnation(), 1u);
    EXPECT_TRUE(world.link->send(ours("1")).value());
    EXPECT_TRUE(world.link->send(ours("2")).value());
    EXPECT_TRUE(world.host().stanzas.empty()) << "nothing runs within send()";
    world.loop.settle();
    ASSERT_EQ(world.host().stanzas.size(), 2u);
    EXPECT_EQ(world.host().stanzas[1].id(), "2");
    world.host().send(text("alice@example.org/phone", "+15551234567@sms.example.org", "3", "yo"));
    world.loop.settle();
    ASSERT_EQ(world.stanzas.size(), 1u);
    EXPECT_EQ(world.stanzas[0].id(), "3");
}

TEST(XmppLink, refuses_what_the_egress_guard_refuses_and_lives_on) {
    World world;
    world.start();
    const auto foreign = world.link->send(text("eve@evil.example", "alice@example.org", "1", "hi"));
    ASSERT_FALSE(foreign.has_value());
    EXPECT_TRUE(world.link->send(ours("2")).value());
    world.loop.settle();
    ASSERT_EQ(world.host().stanzas.size(), 1u);
}

TEST(XmppLink, takes_nothing_while_it_is_not_up) {
    World world;
    EXPECT_FALSE(world.link->send(ours("1")).value());
    EXPECT_FALSE(world.link->is_writable());
    world.is_deaf = true;
    world.start();
    EXPECT_FALSE(world.link->send(ours("1")).value());
}

TEST(XmppLink, is_loud_and_slow_when_the_secret_is_wrong) {
    World world;
    world.host_secret = "other";
    world.start();
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].reason, "not-authorized");
    EXPECT_TRUE(world.downs[0].needs_operator());
    EXPECT_GE(world.downs[0].retry_in, seconds(5));
    EXPECT_EQ(world.link->state(), LinkState::waiting);
    world.loop.advance(seconds(4));
    EXPECT_EQ(world.hosts.size(), 1u);
    world.loop.advance(seconds(2));
    EXPECT_EQ(world.hosts.size(), 2u);
    ASSERT_EQ(world.downs.size(), 2u);
    EXPECT_GE(world.downs[1].retry_in, seconds(10));
}

TEST(XmppLink, comes_up_at_once_with_a_mended_secret) {
    World world;
    world.host_secret = "new";
    world.start();
    EXPECT_EQ(world.ups, 0);
    world.link->set_secret(config::Secret("new"));
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.ups, 1);
}

TEST(XmppLink, reconnects_after_the_host_went_away) {
    World world;
    world.start();
    world.hosts.clear();  // as a killed host
    world.loop.settle();
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].fault, LinkFault::lost);
    EXPECT_EQ(world.downs[0].retry_in, seconds(1));
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.ups, 2);
    EXPECT_EQ(world.link->incarnation(), 2u);
    EXPECT_EQ(world.link->reconnects(), 1u);
}

TEST(XmppLink, waits_longer_and_longer_for_an_unreachable_host) {
    World world;
    for (int i = 0; i < 3; ++i)
        world.unreachable.push_back(net::make_error(net::Fault::dns, "no address"));
    world.start();
    world.loop.advance(seconds(1));
    world.loop.advance(seconds(2));
    ASSERT_EQ(world.downs.size(), 3u);
    EXPECT_EQ(world.downs[2].fault, LinkFault::unreachable);
    EXPECT_EQ(world.downs[2].reason, "dns");
    EXPECT_EQ(world.downs[2].retry_in, seconds(4));
    world.loop.advance(seconds(4));
    EXPECT_EQ(world.ups, 1);
}

TEST(XmppLink, gives_up_on_a_host_that_never_answers_and_tries_again) {
    World world;
    world.is_deaf = true;
    world.start();
    world.loop.advance(seconds(30));
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].reason, "handshake-timeout");
    world.is_deaf = false;
    world.loop.advance(seconds(5));
    EXPECT_EQ(world.ups, 1);
}

TEST(XmppLink, writes_a_space_into_silence) {
    World world;
    world.start();
    auto& host = *world.host().pump;
    static_cast<void>(host.take_was_read());
    world.loop.advance(seconds(59));
    EXPECT_FALSE(host.take_was_read());
    world.loop.advance(seconds(2));
    EXPECT_TRUE(host.take_was_read());
    EXPECT_TRUE(world.host().stanzas.empty());
    EXPECT_TRUE(world.host().ended.empty());
}

TEST(XmppLink, stops_with_everything_sent_and_a_goodbye) {
    World world;
    world.start();
    bool stopped = false;
    EXPECT_TRUE(world.link->send(ours("last")).value());
    world.link->stop([&] { stopped = true; });
    EXPECT_FALSE(stopped);
    EXPECT_FALSE(world.link->send(ours("later")).value());
    world.loop.settle();
    EXPECT_TRUE(stopped);
    EXPECT_EQ(world.link->state(), LinkState::stopped);
    ASSERT_EQ(world.host().stanzas.size(), 1u);
    EXPECT_EQ(world.host().ended, "closed");
    ASSERT_EQ(world.downs.size(), 1u);
    EXPECT_EQ(world.downs[0].fault, LinkFault::stopped);
    world.loop.advance(std::chrono::hours(1));
    EXPECT_EQ(world.hosts.size(), 1u) << "it does not come back";
}

TEST(XmppLink, does_not_wait_for_ever_for_the_goodbye_of_the_host) {
    World world;
    world.start();
    world.host().pump->stream().set_reading(false);
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    EXPECT_FALSE(stopped);
    world.loop.advance(seconds(5));
    world.loop.advance(seconds(2));
    EXPECT_TRUE(stopped);
}

TEST(XmppLink, stops_while_it_waits_to_reconnect) {
    World world;
    world.unreachable.push_back(net::make_error(net::Fault::connect));
    world.start();
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    EXPECT_TRUE(stopped);
    world.loop.advance(std::chrono::hours(1));
    EXPECT_TRUE(world.hosts.empty());
}

TEST(XmppLink, tells_all_who_asked_it_to_stop) {
    for (const bool is_up : {true, false}) {
        World world;
        if (!is_up) world.unreachable.push_back(net::make_error(net::Fault::connect));
        world.start();
        expect_that_all_are_told(world);
    }
}

TEST(XmppLink, recovers_wherever_the_connection_breaks) {
    for (std::size_t fail_at = 1; fail_at < 40; ++fail_at) {
        World world;
        world.faults.fail_at = fail_at;
        world.faults.read_bytes = 50;
        world.start();
        const bool was_up = world.link->state() == LinkState::up;
        EXPECT_EQ(world.link->send(ours("1")).value(), was_up);
        world.loop.settle();
        world.faults = {};
        // The break may come only with the second stanza; then it takes another round.
        bool arrived = false;
        for (int round = 0; round < 3 && !arrived; ++round) {
            world.loop.advance(seconds(31));
            EXPECT_TRUE(world.link->send(ours("2")).value()) << "broken at operation " << fail_at;
            world.loop.settle();
            arrived = !world.host().stanzas.empty() && world.host().stanzas.back().id() == "2";
        }
        EXPECT_TRUE(arrived) << "broken at operation " << fail_at;
    }
}

TEST(XmppLink, may_be_destroyed_at_any_time_in_silence) {
    World world;
    world.start();
    EXPECT_TRUE(world.link->send(ours("1")).value());
    world.link.reset();
    world.loop.settle();
    EXPECT_TRUE(world.downs.empty());
    EXPECT_EQ(world.loop.timers.size(), 0u) << "a deadline was left behind";
}

}  // namespace
}  // namespace sallyport::test::xmpp_link
