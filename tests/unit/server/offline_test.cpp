// SPDX-License-Identifier: Apache-2.0
// XEP-0160, and what xmpp.md A20 says of it.
#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/delay.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using xmpp::Stanza;

TEST(Offline, keeps_chat_and_normal_until_a_resource_takes_messages) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "one"));
    world.send(*alice, text_to("bob@example.org", "two", "", "normal"));
    world.send(*alice, text_to("bob@example.org/gone", "three"));
    EXPECT_TRUE(alice->take().empty());
    auto bob = world.bind("bob", "desk");
    EXPECT_TRUE(bob->take().empty());
    world.send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), (Lines{"one", "two", "three"}));
    world.leave(bob);
    bob = world.bind("bob", "desk");
    world.send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), Lines{});
}

TEST(Offline, marks_messages_with_the_time_of_their_arrival) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    const WallTime sent = world.world.base.time.wall();
    world.send(*alice, text_to("bob@example.org", "one"));
    world.world.base.advance(1h);
    auto bob = world.bind("bob", "desk");
    world.send(*bob, "<presence/>");
    const auto got = bob->take();
    ASSERT_EQ(bodies(got), Lines{"one"});
    const auto delay = xmpp::parse_delay(got.back().element());
    ASSERT_TRUE(delay);
    EXPECT_EQ(delay->stamp, sent);
    EXPECT_EQ(delay->from, "example.org");
}

TEST(Offline, takes_off_delays_that_claim_to_be_ours) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone"), bob = world.log_in("bob", "desk");
    world.send(
        *alice,
        text_to(
            "bob@example.org",
            "old",
            "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2001-01-01T00:00:00Z'/>"
            "<delay xmlns='urn:xmpp:delay' from='elsewhere.example' stamp='2002-01-01T00:00:00Z'/>"
        )
    );
    const auto got = bob->take();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(xmpp::parse_delay(got[0].element())->from, "elsewhere.example");
}

TEST(Offline, waits_for_a_resource_of_non_negative_priority) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "one"));
    auto bob = world.log_in("bob", "robot", -1);
    EXPECT_TRUE(bodies(bob->take()).empty());
    world.send(*bob, presence_of(0));
    EXPECT_EQ(bodies(bob->take()), Lines{"one"});
}

TEST(Offline, gives_each_message_to_one_resource) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "one"));
    auto desk = world.bind("bob", "desk"), lap = world.bind("bob", "lap");
    world.world.hub.handle(*desk->session, stanza("<presence/>"));
    world.world.hub.handle(*lap->session, stanza("<presence/>"));
    world.world.settle();
    EXPECT_EQ(bodies(desk->take()).size() + bodies(lap->take()).size(), 1U);
}

TEST(Offline, does_not_keep_what_is_worth_nothing_later) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "news", "", "headline"));
    world.send(
        *alice,
        "<message type='chat' to='bob@example.org'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    );
    world.send(
        *alice,
        "<message type='chat' to='bob@example.org'><received xmlns='urn:xmpp:carbons:2'/></message>"
    );
    EXPECT_TRUE(alice->take().empty());
    auto bob = world.log_in("bob", "desk");
    EXPECT_TRUE(bob->take().empty());
}

TEST(Offline, keeps_receipts_which_have_no_text) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(
        *alice,
        "<message type='chat' to='bob@example.org'>"
        "<received xmlns='urn:xmpp:receipts' id='m'/></message>"
    );
    auto bob = world.bind("bob", "desk");
    world.send(*bob, "<presence/>");
    const auto got = bob->take();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_NE(got[1].element().child("received", xmpp::ns::receipts), nullptr);
}

TEST(Offline, tells_the_sender_of_messages_that_must_not_be_stored) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "secret", "<no-store xmlns='urn:xmpp:hints'/>"));
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
}

TEST(Offline, refuses_what_goes_over_the_limit) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    for (std::size_t i = 0; i < server::Offline::most; ++i)
        world.world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "text")));
    world.world.settle();
    EXPECT_TRUE(alice->take().empty());
    world.send(*alice, text_to("bob@example.org", "too much"));
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
}

TEST(Offline, tells_the_sender_when_the_disk_is_full) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "one"));  // bob is in memory now
    world.world.base.store.is_full = true;
    world.send(*alice, text_to("bob@example.org", "two"));
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
    world.world.base.store.is_full = false;
}

TEST(Offline, comes_before_what_is_sent_while_it_is_being_read) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "old"));
    auto bob = world.bind("bob", "desk");
    world.world.hub.handle(*bob->session, stanza("<presence/>"));
    world.world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "new")));
    world.world.settle();
    EXPECT_EQ(bodies(bob->take()), (Lines{"old", "new"}));
}

TEST(Offline, hands_over_what_was_being_stored_when_the_resource_came) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    auto bob = world.bind("bob", "desk");
    world.world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "just now")));
    world.world.hub.handle(*bob->session, stanza("<presence/>"));
    world.world.settle();
    EXPECT_EQ(bodies(bob->take()), Lines{"just now"});
}

TEST(Offline, is_found_by_who_was_not_in_memory_when_it_came) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, text_to("bob@example.org", "one"));
    world.world.hub.accounts().forget(jid("bob@example.org"));
    auto bob = world.bind("bob", "desk");
    world.send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), Lines{"one"});
}

TEST(Offline, is_not_looked_for_when_nothing_can_wait) {
    ServiceWorld world;
    auto bob = world.bind("bob", "desk");
    const std::size_t asked = world.world.base.store.asked;
    world.send(*bob, "<presence/>");
    EXPECT_EQ(world.world.base.store.asked, asked);
    auto alice = world.log_in("alice", "phone");
    world.leave(bob);
    world.send(*alice, text_to("bob@example.org", "one"));
    bob = world.bind("bob", "desk");
    world.send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), Lines{"one"});
    const std::size_t given = world.world.base.store.asked;
    world.leave(bob);
    bob = world.bind("bob", "desk");
    world.send(*bob, "<presence/>");
    EXPECT_EQ(world.world.base.store.asked, given) << "all were given";
}

/// A client that reads slowly.
struct SlowClient : FakeClient {
    std::size_t unsent_bytes() const override { return unsent; }
    std::size_t unsent = 0;
};

TEST(Offline, waits_for_a_slow_reader_before_it_gives_more) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    const std::string long_text(100'000, 'x');
    for (int i = 0; i < 4; ++i) world.send(*alice, text_to("bob@example.org", long_text));
    SlowClient bob;
    bob.unsent = server::Offline::most_unsent + 1;
    xmpp::AskBind ask;
    ask.user = "bob";
    ask.resource = "desk";
    world.world.hub.bind(bob, ask, [&bob](auto bound) { bob.session = *bound; });
    world.world.settle();
    world.send(bob, "<presence/>");
    EXPECT_EQ(bodies(bob.got).size(), 2U);
    world.world.base.advance(10s);
    EXPECT_EQ(bodies(bob.got).size(), 2U);
    bob.unsent = 0;
    world.world.base.advance(10s);
    EXPECT_EQ(bodies(bob.got).size(), 4U);
    world.world.hub.unbind(*bob.session);
    world.world.settle();
}

TEST(Offline, cannot_be_used_to_find_out_who_has_an_account) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    for (const char* to : {"bob@example.org", "nobody@example.org"}) {
        world.send(*alice, text_to(to, "hello"));
        EXPECT_TRUE(alice->take().empty()) << to;
        world.send(*alice, text_to(to, "hello", "<no-store xmlns='urn:xmpp:hints'/>"));
        EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"}) << to;
    }
}

}  // namespace
}  // namespace sallyport::test
