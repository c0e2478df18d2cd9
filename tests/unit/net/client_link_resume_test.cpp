// SPDX-License-Identifier: Apache-2.0
// What becomes of a session, and of what was sent in it, when the connection breaks. XEP-0198.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/net/client_link_world.hpp"

namespace sallyport::test::client_link {
namespace {

using net::LinkFault;
using net::LinkState;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ClientLink, goes_on_with_its_session_after_a_break) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    for (const char* id : {"m1", "m2"}) EXPECT_TRUE(world.link->send(text(id)).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{resumed});
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::lost);
    EXPECT_FALSE(world.link->send(text("m3")).value());
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.resumptions, 1);
    EXPECT_FALSE(world.host().was_told("id='m1'")) << "it had arrived";
    EXPECT_TRUE(world.host().was_told("id='m2'"));
    EXPECT_TRUE(world.left_over.empty());
}

TEST(ClientLink, says_what_may_be_lost_when_its_session_is_gone) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    for (const char* id : {"m1", "m2"}) EXPECT_TRUE(world.link->send(text(id)).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{forgotten} + session_steps);
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.ups, 2);
    EXPECT_EQ(world.resumptions, 0);
    EXPECT_EQ(world.left_over, (std::vector<std::string>{"m1", "m2"}));
}

TEST(ClientLink, keeps_its_session_over_attempts_that_fail) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.lose({{"<stream:stream", "<stream:stream xmlns='nonsense'>"}});
    world.loop.advance(minutes(1));
    ASSERT_EQ(world.downs.size(), 2U);
    world.scripts["a.example.net"] = before_tls + login_steps + Script{resumed};
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.resumptions, 1);
}

TEST(ClientLink, takes_no_more_than_may_be_unacknowledged) {
    World world;
    world.management.stanzas = 2;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    EXPECT_TRUE(world.link->send(text("m2")).value());
    EXPECT_FALSE(world.link->send(text("m3")).value());
    world.loop.settle();
    EXPECT_EQ(world.writable, 0);
    world.host().stream->write("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    world.loop.settle();
    EXPECT_EQ(world.writable, 1);
    EXPECT_TRUE(world.link->send(text("m3")).value());
}

TEST(ClientLink, says_goodbye_and_what_is_left_over) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    EXPECT_TRUE(world.host().was_told("</stream:stream>"));
    EXPECT_FALSE(stopped);
    world.host().stream->write("</stream:stream>");
    world.loop.settle();
    world.loop.advance(seconds(3));
    EXPECT_TRUE(stopped);
    EXPECT_EQ(world.left_over, std::vector<std::string>{"m1"});
    EXPECT_EQ(world.link->state(), LinkState::stopped);
    EXPECT_EQ(world.downs.back().fault, LinkFault::stopped);
}

TEST(ClientLink, says_what_is_left_over_of_a_stream_that_has_just_ended) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.host().stream->write(
        stream_error("<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    );
    world.loop.settle();
    ASSERT_EQ(world.link->state(), LinkState::waiting);
    world.link->stop([] {});
    world.loop.settle();
    EXPECT_EQ(world.left_over, std::vector<std::string>{"m1"});
}

}  // namespace
}  // namespace sallyport::test::client_link
