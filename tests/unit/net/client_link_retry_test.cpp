// SPDX-License-Identifier: Apache-2.0
// Where a client's link looks for its server, and when it tries again. RFC 6120 §3.2, §3.3,
// §4.9.3.19.
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

TEST(ClientLink, tries_target_after_target_before_it_waits) {
    World world;
    world.dns = std::vector<Target>{
        {"gone.example.net", 5222, false},
        {"refuses.example.net", 5222, false},
        {"a.example.net", 5222, false}};
    world.scripts["a.example.net"] = all();
    world.scripts["refuses.example.net"] = {
        before_tls[0],
        {"<starttls", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"}};
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    EXPECT_EQ(world.tried.size(), 3U);
    EXPECT_TRUE(world.downs.empty());
}

TEST(ClientLink, waits_longer_and_longer_and_asks_dns_anew) {
    World world;
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::unreachable);
    EXPECT_EQ(world.downs[0].reason, "connect");
    EXPECT_LE(world.downs[0].retry_in, seconds(60)) << "RFC 6120 §3.3";
    world.loop.advance(seconds(60));
    ASSERT_EQ(world.downs.size(), 2U);
    EXPECT_GT(world.downs[1].retry_in, world.downs[0].retry_in);
    EXPECT_EQ(world.looked_up.size(), 2U);
    world.scripts["a.example.net"] = all();
    world.loop.advance(minutes(2));
    EXPECT_EQ(world.ups, 1);
}

TEST(ClientLink, does_not_come_back_at_the_same_time_as_all_others) {
    World early, late;
    early.random = 0;
    late.random = 0.999;
    const auto first = early.start().downs.at(0).retry_in;
    const auto last = late.start().downs.at(0).retry_in;
    EXPECT_GT(first, seconds(0));
    EXPECT_LT(first, seconds(2));
    EXPECT_GT(last, seconds(58));
}

TEST(ClientLink, never_tries_a_wrong_password_twice) {
    World world;
    world.dns = std::vector<Target>{{"a.example.net", 5222, false}, {"b.example.net", 5222, false}};
    world.scripts["a.example.net"] = world.scripts["b.example.net"] = refusing();
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "sasl-not-authorized");
    EXPECT_TRUE(world.downs[0].needs_operator());
    EXPECT_EQ(world.downs[0].retry_in.count(), 0);
    world.loop.advance(std::chrono::hours(24));
    EXPECT_EQ(world.tried.size(), 1U);
    EXPECT_EQ(world.link->state(), LinkState::waiting);
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.looked_up.size(), 2U) << "DNS is asked anew";
}

TEST(ClientLink, logs_in_with_a_changed_secret_when_told) {
    World world;
    world.scripts["a.example.net"] = refusing();
    world.start();
    world.password = "new";
    world.scripts["a.example.net"] = all();
    world.scripts["a.example.net"][3].heard = ">AGp1bGlldABuZXc=<";  // NUL juliet NUL new
    world.link->retry_now();
    world.loop.settle();
    EXPECT_EQ(world.ups, 1);
}

TEST(ClientLink, does_not_fight_over_its_place) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->write(
        stream_error("<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    );
    world.loop.settle();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::conflict);
    world.loop.advance(std::chrono::hours(24));
    EXPECT_EQ(world.tried.size(), 1U);
}

// RFC 6120 §4.9.3.16: after changed credentials, say; a token of before stands for nothing.
TEST(ClientLink, comes_back_with_its_password_after_a_reset) {
    World world;
    world.also = [](xmpp::ClientOptions& login) {
        login.secrets.fast_token = "token";
        login.secrets.fast_mechanism = "HT-SHA-256-NONE";
        login.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    };
    const std::string offer =
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>"
        "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline>"
        "</authentication>";
    world.scripts["a.example.net"] =
        before_tls + Script{
                         {"<stream:stream", header(offer)},
                         {"<authenticate",
                          stream_error("<reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")}};
    world.start();
    EXPECT_TRUE(world.host().was_told("mechanism='HT-SHA-256-NONE'"));
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "reset");
    world.loop.advance(minutes(1));
    EXPECT_TRUE(world.host().was_told("mechanism='PLAIN'"));
}

TEST(ClientLink, leaves_a_server_alone_that_shuts_down) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->write(
        stream_error("<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    );
    world.loop.settle();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].fault, LinkFault::busy);
    EXPECT_GE(world.downs[0].retry_in, seconds(60));
    world.scripts["a.example.net"] = before_tls + login_steps + Script{forgotten} + session_steps;
    world.loop.advance(minutes(3));
    EXPECT_EQ(world.ups, 2);
}

TEST(ClientLink, stops_where_the_domain_has_no_service) {
    World world;
    world.dns = std::vector<Target>();
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "no-service");
    EXPECT_EQ(world.downs[0].retry_in.count(), 0);
    EXPECT_TRUE(world.tried.empty());
}

TEST(ClientLink, is_loud_and_patient_about_a_bad_certificate) {
    World world;
    world.refusal = net::Fault::certificate;
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "tls-certificate");
    EXPECT_TRUE(world.downs[0].needs_operator());
    EXPECT_GE(world.downs[0].retry_in, minutes(1));
}

TEST(ClientLink, follows_a_server_that_it_knows_to_another_host) {
    World world;
    world.scripts["a.example.net"] =
        before_tls + Script{{"<stream:stream", opened + other_host("b.example.net:5299")}};
    world.scripts["b.example.net"] = all();
    world.start();
    EXPECT_EQ(world.ups, 1);
    EXPECT_EQ(world.tried.back().address.port, 5299);
    EXPECT_EQ(world.tried.back().tls_name, "example.org") << "it is still the domain's server";
    EXPECT_TRUE(world.downs.empty());
}

TEST(ClientLink, follows_nobody_in_the_clear) {
    World world;
    world.scripts["a.example.net"] = {{"<stream:stream", opened + other_host("evil.example.net")}};
    world.scripts["evil.example.net"] = all();
    world.start();
    EXPECT_EQ(world.tried.size(), 1U);
    EXPECT_EQ(world.downs.size(), 1U);
}

TEST(ClientLink, is_not_sent_in_circles) {
    World world;
    world.scripts["a.example.net"] =
        before_tls + Script{{"<stream:stream", opened + other_host("a.example.net")}};
    world.start();
    EXPECT_EQ(world.tried.size(), 4U);
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "see-other-host");
    EXPECT_GT(world.downs[0].retry_in.count(), 0);
}

}  // namespace
}  // namespace sallyport::test::client_link
