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

/// A session that the server would have resumed at b.example.net (XEP-0198 §3).
Script located() {
    return before_tls + login_steps +
           Script{
               session_steps[0],
               {"<enable",
                "<enabled xmlns='urn:xmpp:sm:3' id='sm1' resume='true' "
                "location='b.example.net:5299'/>"}};
}

TEST(ClientLink, resumes_where_the_server_would_have_it) {
    World world;
    world.scripts["a.example.net"] = world.scripts["b.example.net"] = located();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{resumed});
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.resumptions, 1);
    EXPECT_EQ(world.tried.back().address.host, "b.example.net");
    EXPECT_EQ(world.tried.back().address.port, 5299);
    EXPECT_EQ(world.tried.back().tls_name, "example.org") << "it is still the domain's server";
    EXPECT_EQ(world.looked_up.size(), 1U);
}

TEST(ClientLink, resumes_anywhere_when_that_place_does_not_answer) {
    World world;
    world.scripts["a.example.net"] = located();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{resumed});
    world.loop.advance(minutes(1));
    ASSERT_EQ(world.tried.size(), 3U);
    EXPECT_EQ(world.tried[1].address.host, "b.example.net");
    EXPECT_EQ(world.tried[2].address.host, "a.example.net");
    EXPECT_EQ(world.downs.size(), 1U) << "one attempt";
    EXPECT_EQ(world.resumptions, 1);
}

TEST(ClientLink, resumes_where_the_operator_says) {
    World world({"example.org", "a.example.net", {}, {}, {}});
    world.scripts["a.example.net"] = world.scripts["b.example.net"] = located();
    world.start();
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    world.lose(before_tls + login_steps + Script{resumed});
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.resumptions, 1);
    EXPECT_EQ(world.tried.back().address.host, "a.example.net");
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
