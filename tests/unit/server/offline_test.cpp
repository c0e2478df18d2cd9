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

/// alice, who writes to bob.
struct Offline : testing::Test, ServiceWorld {
    std::unique_ptr<FakeClient> alice = log_in("alice", "phone");
};

TEST_F(Offline, keeps_chat_and_normal_until_a_resource_takes_messages) {
    send(*alice, text_to("bob@example.org", "one"));
    send(*alice, text_to("bob@example.org", "two", "", "normal"));
    send(*alice, text_to("bob@example.org/gone", "three"));
    EXPECT_TRUE(alice->take().empty());
    auto bob = bind("bob", "desk");
    EXPECT_TRUE(bob->take().empty());
    send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), (Lines{"one", "two", "three"}));
    leave(bob);
    bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), Lines{});
}

TEST_F(Offline, marks_messages_with_the_time_of_their_arrival) {
    const WallTime sent = world.base.time.wall();
    send(*alice, text_to("bob@example.org", "one"));
    world.base.advance(1h);
    auto bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    const auto got = bob->take();
    ASSERT_EQ(bodies(got), Lines{"one"});
    const auto delay = xmpp::parse_delay(got.back().element());
    ASSERT_TRUE(delay);
    EXPECT_EQ(delay->stamp, sent);
    EXPECT_EQ(delay->from, "example.org");
}

TEST_F(Offline, takes_off_delays_that_claim_to_be_ours) {
    auto bob = log_in("bob", "desk");
    send(
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

TEST_F(Offline, waits_for_a_resource_of_non_negative_priority) {
    send(*alice, text_to("bob@example.org", "one"));
    auto bob = log_in("bob", "robot", -1);
    EXPECT_TRUE(bodies(bob->take()).empty());
    send(*bob, presence_of(0));
    EXPECT_EQ(bodies(bob->take()), Lines{"one"});
}

TEST_F(Offline, gives_each_message_to_one_resource) {
    send(*alice, text_to("bob@example.org", "one"));
    auto desk = bind("bob", "desk"), lap = bind("bob", "lap");
    world.hub.handle(*desk->session, stanza("<presence/>"));
    world.hub.handle(*lap->session, stanza("<presence/>"));
    world.settle();
    EXPECT_EQ(bodies(desk->take()).size() + bodies(lap->take()).size(), 1U);
}

TEST_F(Offline, does_not_keep_what_is_worth_nothing_later) {
    send(*alice, text_to("bob@example.org", "news", "", "headline"));
    send(
        *alice,
        "<message type='chat' to='bob@example.org'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    );
    send(
        *alice,
        "<message type='chat' to='bob@example.org'><received xmlns='urn:xmpp:carbons:2'/></message>"
    );
    EXPECT_TRUE(alice->take().empty());
    auto bob = log_in("bob", "desk");
    EXPECT_TRUE(bob->take().empty());
}

TEST_F(Offline, keeps_receipts_which_have_no_text) {
    send(
        *alice,
        "<message type='chat' to='bob@example.org'>"
        "<received xmlns='urn:xmpp:receipts' id='m'/></message>"
    );
    auto bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    const auto got = bob->take();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_NE(got[1].element().child("received", xmpp::ns::receipts), nullptr);
}

TEST_F(Offline, tells_the_sender_of_messages_that_must_not_be_stored) {
    send(*alice, text_to("bob@example.org", "secret", "<no-store xmlns='urn:xmpp:hints'/>"));
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
}

TEST_F(Offline, refuses_what_goes_over_the_limit) {
    for (std::size_t i = 0; i < server::Offline::most; ++i)
        world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "text")));
    world.settle();
    EXPECT_TRUE(alice->take().empty());
    send(*alice, text_to("bob@example.org", "too much"));
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
}

TEST_F(Offline, tells_the_sender_when_the_disk_is_full) {
    send(*alice, text_to("bob@example.org", "one"));  // bob is in memory now
    world.base.store.is_full = true;
    send(*alice, text_to("bob@example.org", "two"));
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
    world.base.store.is_full = false;
}

TEST_F(Offline, comes_before_what_is_sent_while_it_is_being_read) {
    send(*alice, text_to("bob@example.org", "old"));
    auto bob = bind("bob", "desk");
    world.hub.handle(*bob->session, stanza("<presence/>"));
    world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "new")));
    world.settle();
    EXPECT_EQ(bodies(bob->take()), (Lines{"old", "new"}));
}

TEST_F(Offline, hands_over_what_was_being_stored_when_the_resource_came) {
    auto bob = bind("bob", "desk");
    world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "just now")));
    world.hub.handle(*bob->session, stanza("<presence/>"));
    world.settle();
    EXPECT_EQ(bodies(bob->take()), Lines{"just now"});
}

TEST_F(Offline, is_found_by_who_was_not_in_memory_when_it_came) {
    send(*alice, text_to("bob@example.org", "one"));
    world.hub.accounts().forget(jid("bob@example.org"));
    auto bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), Lines{"one"});
}

TEST_F(Offline, is_not_looked_for_when_nothing_can_wait) {
    auto bob = bind("bob", "desk");
    const std::size_t asked = world.base.store.asked;
    send(*bob, "<presence/>");
    EXPECT_EQ(world.base.store.asked, asked);
    leave(bob);
    send(*alice, text_to("bob@example.org", "one"));
    bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->take()), Lines{"one"});
    const std::size_t given = world.base.store.asked;
    leave(bob);
    bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    EXPECT_EQ(world.base.store.asked, given) << "all were given";
}

/// bob, who has no room for anything yet.
struct SlowReader : Offline {
    void SetUp() override { bob->room = 0; }
    void say(std::string_view body, std::string_view to = "bob@example.org") {
        send(*alice, text_to(to, body));
    }
    void let_read(std::size_t room) {
        bob->room = room;
        world.base.advance(10s);
    }
    std::unique_ptr<FakeClient> bob = bind("bob", "desk");
};

TEST_F(SlowReader, is_given_what_it_has_room_for) {
    for (const char* text : {"one", "two", "three", "four"}) say(text);
    bob->room = 3;  // with its own presence
    send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->got), (Lines{"one", "two"}));
    world.base.advance(10s);
    EXPECT_EQ(bodies(bob->got), (Lines{"one", "two"}));
    let_read(4);
    EXPECT_EQ(bodies(bob->got), (Lines{"one", "two", "three"}));
    let_read(100);
    EXPECT_EQ(bodies(bob->got), (Lines{"one", "two", "three", "four"}));
}

TEST_F(SlowReader, that_leaves_has_taken_no_more_than_it_was_given) {
    for (const char* text : {"one", "two", "three"}) say(text);
    bob->room = 2;
    send(*bob, "<presence/>");
    EXPECT_EQ(bodies(bob->got), Lines{"one"});
    leave(bob);
    world.base.advance(1s);
    auto desk = bind("bob", "lap");
    send(*desk, "<presence/>");
    EXPECT_EQ(bodies(desk->take()), (Lines{"two", "three"}));
}

TEST_F(SlowReader, does_not_hold_up_what_is_for_one_session_or_of_other_types) {
    say("old");
    send(*bob, "<presence/>");
    say("for the account");
    say("for the session", "bob@example.org/desk");
    send(*alice, text_to("bob@example.org", "news", "", "headline"));
    EXPECT_EQ(bodies(bob->got), (Lines{"for the session", "news"}));
    let_read(100);
    EXPECT_EQ(bodies(bob->got), (Lines{"for the session", "news", "old", "for the account"}));
}

TEST_F(SlowReader, does_not_make_memory_hold_all_that_comes) {
    const std::string much(100'000, 'x');
    const std::string composing =
        "<message type='chat' to='bob@example.org'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>";
    say("old");
    send(*bob, "<presence/>");
    for (const char* text : {"1", "2", "3"}) say(text + much);
    EXPECT_TRUE(bodies(bob->got).empty());
    const auto account = world.base.read(store::LoadAccount{"bob@example.org"});
    store::OfflineMessages question;
    question.account = account.row->id;
    question.bytes = 1'000'000;
    EXPECT_EQ(world.base.read(question).rows.size(), 4U);
    send(*alice, composing);  // cannot be stored, so it does not wait
    EXPECT_NE(bob->got.back().element().child("composing", xmpp::ns::chat_states), nullptr);
    say("4");
    let_read(100);
    EXPECT_EQ(bodies(bob->got), (Lines{"old", "1" + much, "2" + much, "3" + much, "4"}));
    say("5");
    EXPECT_EQ(bodies(bob->got).back(), "5");
    EXPECT_TRUE(alice->take().empty());
}

TEST_F(Offline, is_given_behind_a_change_of_the_account) {
    for (const char* text : {"one", "two"}) send(*alice, text_to("bob@example.org", text));
    auto bob = bind("bob", "desk");
    world.hub.handle(*bob->session, stanza("<presence/>"));
    for (const char* contact : {"a", "b", "c", "d"})
        world.hub.handle(
            *bob->session,
            stanza(
                "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='" +
                std::string(contact) + "@example.net'/></query></iq>"
            )
        );
    world.settle();
    EXPECT_EQ(bodies(bob->take()), (Lines{"one", "two"}));
}

TEST_F(Offline, holds_back_what_comes_once_for_the_archive_too) {
    send(*alice, text_to("bob@example.org", "old"));
    auto bob = bind("bob", "desk");
    world.hub.handle(*bob->session, stanza("<presence/>"));
    world.hub.handle(*alice->session, stanza(text_to("bob@example.org", "new")));
    world.settle();
    const auto account = world.base.read(store::LoadAccount{"bob@example.org"});
    store::ArchivePage question;
    question.account = account.row->id;
    EXPECT_EQ(world.base.read(question).rows.size(), 2U);
}

TEST_F(Offline, of_what_a_session_did_not_acknowledge_keeps_texts_alone_with_one_delay) {
    auto bob = log_in("bob", "desk");
    const WallTime sent = world.base.time.wall();
    auto management = std::make_unique<xmpp::Management>(xmpp::ManagementLimits());
    for (const char* payload :
         {"<body>text</body>", "<composing xmlns='http://jabber.org/protocol/chatstates'/>"})
        management->keep(
            std::string("<message type='chat' from='alice@example.org/phone' "
                        "to='bob@example.org/desk'>") +
                payload + "</message>",
            world.base.time.now()
        );
    world.base.advance(1h);
    world.hub.unbind(*bob->session, std::move(management));
    world.settle();
    bob = bind("bob", "desk");
    send(*bob, "<presence/>");
    const auto got = bob->take();
    ASSERT_EQ(got.size(), 2U) << "the text, and the presence of its own";
    std::size_t delays = 0;
    got[1].element().for_each([&delays](const xmpp::Element& child) {
        delays += child.is("delay", xmpp::ns::delay) ? 1 : 0;
    });
    EXPECT_EQ(delays, 1U);
    EXPECT_EQ(xmpp::parse_delay(got[1].element())->stamp, sent);
    EXPECT_TRUE(alice->take().empty());
}

TEST_F(Offline, cannot_be_used_to_find_out_who_has_an_account) {
    for (const char* to : {"bob@example.org", "nobody@example.org"}) {
        send(*alice, text_to(to, "hello"));
        EXPECT_TRUE(alice->take().empty()) << to;
        send(*alice, text_to(to, "hello", "<no-store xmlns='urn:xmpp:hints'/>"));
        EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"}) << to;
    }
}

}  // namespace
}  // namespace sallyport::test
