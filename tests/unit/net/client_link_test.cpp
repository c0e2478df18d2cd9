// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_link.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/tls.hpp"
#include "tests/unit/net/client_link_world.hpp"
#include "tests/unit/net/link_end.hpp"

namespace sallyport::test::client_link {
namespace {

using net::LinkState;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ClientLink, finds_its_server_logs_in_and_carries_stanzas_both_ways) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    ASSERT_EQ(world.link->state(), LinkState::up);
    EXPECT_EQ(world.looked_up, std::vector<std::string>{"example.org"});
    EXPECT_EQ(world.tried[0].tls_name, "example.org") << "never what DNS said";
    EXPECT_EQ(world.tried[0].tls, nullptr) << "STARTTLS";
    EXPECT_TRUE(world.link->send(text("m1")).value());
    world.loop.settle();
    EXPECT_TRUE(world.host().was_told("id='m1'"));
    world.host().stream->write(
        "<message from='romeo@example.net/x' id='r1'><body>yo</body></message>"
    );
    world.loop.settle();
    ASSERT_EQ(world.stanzas.size(), 1U);
    EXPECT_EQ(world.stanzas[0].id(), "r1");
}

TEST(ClientLink, begins_with_tls_where_dns_says_so) {
    World world;
    world.dns = std::vector<Target>{{"a.example.net", 443, true}};
    world.scripts["a.example.net"] = login_steps + session_steps;
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    ASSERT_NE(world.tried[0].tls, nullptr);
    std::string hello;
    ASSERT_TRUE(world.tried[0].tls->make_session(world.tried[0].tls_name)->start(hello));
    EXPECT_NE(hello.find("example.org"), std::string::npos) << "SNI: the domain, not its host";
    EXPECT_NE(hello.find("\x0bxmpp-client"), std::string::npos) << "ALPN (XEP-0368 §3)";
}

TEST(ClientLink, logs_in_by_its_certificate) {
    const Folder folder;
    const Certificate own(folder, "juliet");
    const net::ClientPlace place{"example.org", {}, {}, {}, {}};
    World world(place, net::TlsIdentity{own.chain, own.key});
    const Step offer{
        "<stream:stream",
        header("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL"
               "</mechanism><mechanism>PLAIN</mechanism></mechanisms>")};
    const Step by_certificate{
        "mechanism='EXTERNAL'>=</auth>", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"};
    world.scripts["a.example.net"] =
        before_tls + Script{offer, by_certificate, login_steps.back()} + session_steps;
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    World without(place);
    without.scripts = world.scripts;
    without.start();
    EXPECT_TRUE(without.host().was_told("mechanism='PLAIN'"));
}

TEST(ClientLink, names_the_certificate_that_it_cannot_read) {
    const Folder folder;
    World world(
        {"example.org", {}, {}, {}, {}},
        net::TlsIdentity{folder / "absent.pem", folder / "absent.key"}
    );
    world.scripts["a.example.net"] = all();
    world.start();
    ASSERT_EQ(world.downs.size(), 1U);
    EXPECT_EQ(world.downs[0].reason, "tls");
    EXPECT_NE(world.downs[0].detail.find("absent.pem"), std::string::npos);
}

TEST(ClientLink, goes_where_the_operator_says_and_expects_whom_the_operator_says) {
    World world({"ya.example", "push.example.net", std::uint16_t{5223}, true, "cert.example"});
    world.scripts["push.example.net"] = login_steps + session_steps;
    world.start();
    EXPECT_EQ(world.link->state(), LinkState::up);
    EXPECT_TRUE(world.looked_up.empty());
    EXPECT_EQ(world.tried[0].address.port, 5223);
    EXPECT_EQ(world.tried[0].tls_name, "cert.example");
    EXPECT_NE(world.tried[0].tls, nullptr);
}

TEST(ClientLink, takes_no_more_than_its_queue_holds) {
    World world;
    world.management = {100'000, 1U << 30U, seconds(60)};
    world.scripts["a.example.net"] = all();
    world.start();
    world.host().stream->set_reading(false);
    const std::string body(100'000, 'x');
    int taken = 0;
    while (taken < 100 && world.link->send(text("m", body)).value()) ++taken;
    EXPECT_GT(taken, 5);
    EXPECT_LT(taken, 20);
    world.loop.settle();
    EXPECT_EQ(world.writable, 0);
    world.host().stream->set_reading(true);
    world.loop.settle();
    EXPECT_EQ(world.writable, 1);
}

TEST(ClientLink, stops_within_its_grace_whatever_the_server_does) {
    World world;
    world.scripts["a.example.net"] = all();
    world.start();
    bool stopped = false;
    world.link->stop([&] { stopped = true; });
    world.loop.settle();
    world.loop.advance(seconds(8));
    EXPECT_TRUE(stopped);
}

TEST(ClientLink, tells_all_who_asked_it_to_stop) {
    for (const bool is_up : {true, false}) {
        World world;
        if (is_up) world.scripts["a.example.net"] = all();
        expect_that_all_are_told(world.start());
    }
}

TEST(ClientLink, may_be_destroyed_at_any_time_in_silence) {
    for (const std::size_t steps : {0U, 1U, 3U, 7U}) {
        World world;
        Script script = all();
        script.resize(std::min<std::size_t>(steps, script.size()));
        world.scripts["a.example.net"] = script;
        world.start();
        world.link.reset();
        world.loop.settle();
        EXPECT_TRUE(world.downs.empty());
        EXPECT_EQ(world.loop.timers.size(), 0U) << "a deadline was left behind";
    }
}

TEST(ClientLink, recovers_wherever_the_connection_breaks) {
    for (std::size_t fail_at = 1; fail_at < 60; ++fail_at) {
        World world;
        world.scripts["a.example.net"] = all();
        world.faults.fail_at = fail_at;
        world.faults.read_bytes = 50;
        world.start();
        world.faults = {};
        world.scripts["a.example.net"] =
            world.ups > 0 ? before_tls + login_steps + Script{forgotten} + session_steps : all();
        for (int round = 0; round < 3 && world.link->state() != LinkState::up; ++round)
            world.loop.advance(minutes(10));
        EXPECT_TRUE(world.link->send(text("m1")).value()) << "broken at operation " << fail_at;
    }
}

}  // namespace
}  // namespace sallyport::test::client_link
