// SPDX-License-Identifier: Apache-2.0
// RFC 6121 §3 over the whole hub: from request to approval and back, and what of it was lost.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/server/presence.hpp"
#include "tests/unit/server/hub_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

/// The subscription and ask of each item pushed, "jid subscription [ask]".
Lines pushes(const std::vector<xmpp::Stanza>& got) {
    Lines lines;
    for (const auto& each : got) {
        if (each.kind() != xmpp::StanzaKind::iq || each.type() != xmpp::StanzaType::set) continue;
        const auto* item = each.payload().child("item", xmpp::ns::roster);
        std::string line(*item->attribute("jid"));
        line += ' ' + std::string(*item->attribute("subscription"));
        if (item->attribute("ask")) line += " ask";
        if (item->attribute("approved")) line += " approved";
        lines.push_back(line);
    }
    return lines;
}

TEST(Subscriptions, from_request_to_approval) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    world.send(
        *alice_phone,
        "<presence type='subscribe' to='bob@example.org/any' id='s1'><status>it is me</status>"
        "</presence>"
    );
    EXPECT_EQ(pushes(alice_phone->take()), Lines{"bob@example.org none ask"});
    const auto asked = bob->take();
    EXPECT_EQ(brief(asked), Lines{"presence:subscribe alice@example.org>bob@example.org"});
    EXPECT_EQ(asked[0].element().child_text("status", xmpp::ns::client), "it is me");

    world.send(*bob, "<presence type='subscribed' to='alice@example.org'/>");
    EXPECT_EQ(pushes(bob->take()), Lines{"alice@example.org from"});
    const auto told = alice_phone->take();
    EXPECT_EQ(pushes(told), Lines{"bob@example.org to"});
    EXPECT_EQ(
        brief(told),
        (Lines{
            "presence:subscribed bob@example.org>alice@example.org",
            "iq:set >alice@example.org/phone",
            "presence bob@example.org/home>alice@example.org"})
    );
}

/// A row of who asked and was not answered.
store::RosterRow unanswered(std::string_view contact, bool ask = true) {
    store::RosterRow row;
    row.jid = contact;
    row.ask = ask;
    row.ver = 1;
    return row;
}

TEST(Subscriptions, a_request_that_was_lost_is_repeated_by_the_first_session) {
    HubWorld world;
    world.write_roster("alice", unanswered("bob@example.org"));
    auto bob = world.log_in("bob", "home");
    auto one = world.log_in("alice", "one");
    EXPECT_EQ(brief(bob->take()), Lines{"presence:subscribe alice@example.org>bob@example.org"});
    auto two = world.log_in("alice", "two");
    EXPECT_TRUE(bob->take().empty());
    world.send(*bob, "<presence type='subscribed' to='alice@example.org'/>");
    bob->take();
    one.reset();
    two.reset();
    bob->take();
    auto three = world.log_in("alice", "three");
    EXPECT_TRUE(bob->take().empty()) << "it is answered";
}

TEST(Subscriptions, an_approval_that_was_lost_comes_when_the_request_is_repeated) {
    HubWorld world;
    world.write_roster("alice", unanswered("bob@example.org"));
    store::RosterRow granted = unanswered("alice@example.org", false);
    granted.subscription = store::Subscription::from;
    world.write_roster("bob", granted);
    auto bob = world.log_in("bob", "home");
    auto alice = world.log_in("alice", "phone");
    const auto* item = world.hub.accounts().find(alice->full)->roster.find("bob@example.org");
    EXPECT_EQ(item->subscription.word(), "to");
    EXPECT_FALSE(item->subscription.pending_out);
    EXPECT_TRUE(bob->take().empty()) << "nobody is asked twice";
}

TEST(Subscriptions, what_cannot_be_reached_is_not_asked_again) {
    HubWorld world;
    world.write_roster("alice", unanswered("friend@elsewhere.example"));
    auto alice = world.bind("alice", "phone");
    world.send(*alice, "<presence/>");
    EXPECT_EQ(brief(alice->take()), Lines{"presence alice@example.org/phone>alice@example.org"});
}

TEST(Subscriptions, a_request_waits_whole_until_it_is_answered) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    world.send(
        *alice_phone,
        "<presence type='subscribe' to='bob@example.org'><nick "
        "xmlns='http://jabber.org/protocol/nick'>Alice</nick></presence>"
    );
    world.send(*alice_phone, "<presence type='subscribe' to='bob@example.org'/>");
    world.hub.accounts().forget(jid("bob@example.org"));  // it is on disk
    for (int login = 0; login < 2; ++login) {
        auto bob = world.bind("bob", "home");
        world.send(*bob, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
        EXPECT_EQ(bob->take()[0].element().first_child()->first_child(), nullptr);
        world.send(*bob, "<presence/>");
        const auto got = bob->take();
        ASSERT_EQ(
            brief(got),
            (Lines{
                "presence bob@example.org/home>bob@example.org",
                "presence:subscribe alice@example.org>bob@example.org"})
        );
        EXPECT_NE(got[1].element().child("nick", "http://jabber.org/protocol/nick"), nullptr);
        world.hub.unbind(*bob->session);
        world.settle();
    }
    auto bob = world.log_in("bob", "home");
    world.send(*bob, "<presence type='unsubscribed' to='alice@example.org'/>");
    EXPECT_TRUE(pushes(bob->take()).empty());  // she never was on his roster
    EXPECT_EQ(pushes(alice_phone->take()).back(), "bob@example.org none");
    world.hub.unbind(*bob->session);
    world.settle();
    world.hub.accounts().forget(jid("bob@example.org"));
    bob = world.bind("bob", "home");
    world.send(*bob, "<presence/>");
    EXPECT_EQ(bob->take().size(), 1U);
}

TEST(Subscriptions, requests_of_strangers_are_bounded) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    const auto ask = [&world](std::size_t number) {
        world.hub.route(stanza(
            "<presence type='subscribe' to='alice@example.org' from='u" + std::to_string(number) +
            "@sms.example.org'/>"
        ));
    };
    // Also those that come while others are being written.
    for (std::size_t i = 0; i < server::Subscriptions::max_pending + 50; ++i) ask(i);
    world.settle();
    EXPECT_EQ(alice->take().size(), server::Subscriptions::max_pending);
    const auto& items = world.hub.accounts().find(jid("alice@example.org"))->roster.items();
    EXPECT_EQ(items.size(), server::Subscriptions::max_pending);
    const std::string large(2 * server::Subscriptions::max_request_bytes, 'x');
    world.hub.route(stanza(
        "<presence type='subscribe' to='bob@example.org' from='u@sms.example.org'><status>" +
        large + "</status></presence>"
    ));
    world.settle();
    const auto* asked =
        world.hub.accounts().find(jid("bob@example.org"))->roster.find("u@sms.example.org");
    ASSERT_NE(asked, nullptr);
    EXPECT_LT(asked->request->size(), server::Subscriptions::max_request_bytes);
}

TEST(Subscriptions, pre_approval_answers_for_the_user) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    world.send(*bob, "<presence type='subscribed' to='alice@example.org'/>");
    EXPECT_EQ(pushes(bob->take()), Lines{"alice@example.org none approved"});
    EXPECT_TRUE(alice_phone->take().empty());
    world.send(*alice_phone, "<presence type='subscribe' to='bob@example.org'/>");
    EXPECT_EQ(pushes(bob->take()), Lines{"alice@example.org from"});
    const auto told = alice_phone->take();
    EXPECT_EQ(pushes(told), (Lines{"bob@example.org none ask", "bob@example.org to"}));
    EXPECT_EQ(brief(told).back(), "presence bob@example.org/home>alice@example.org");
}

TEST(Subscriptions, who_is_subscribed_already_is_told_so_by_the_server) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    alice_phone->take();
    world.send(*alice_phone, "<presence type='subscribe' to='bob@example.org'/>");
    EXPECT_TRUE(bob->take().empty());
}

TEST(Subscriptions, cancelling_hides_first) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    alice_phone->take();
    world.send(*alice_phone, "<presence type='unsubscribed' to='bob@example.org'/>");
    const auto told = bob->take();
    EXPECT_EQ(
        brief(told),
        (Lines{
            "presence:unavailable alice@example.org/phone>bob@example.org",
            "presence:unsubscribed alice@example.org>bob@example.org",
            "iq:set >bob@example.org/home"})
    );
    EXPECT_EQ(pushes(told), Lines{"alice@example.org from"});
    EXPECT_EQ(pushes(alice_phone->take()), Lines{"bob@example.org to"});
}

TEST(Subscriptions, unsubscribing_is_answered_and_hides_the_other) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice_phone = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    alice_phone->take();
    world.send(*alice_phone, "<presence type='unsubscribe' to='bob@example.org'/>");
    EXPECT_EQ(
        brief(bob->take()),
        (Lines{
            "presence:unsubscribe alice@example.org>bob@example.org",
            "iq:set >bob@example.org/home"})
    );
    const auto told = alice_phone->take();
    EXPECT_EQ(pushes(told), Lines{"bob@example.org from"});
    EXPECT_EQ(brief(told).back(), "presence:unavailable bob@example.org/home>alice@example.org");
}

TEST(Subscriptions, unknown_accounts_say_nothing) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    world.send(*alice_phone, "<presence type='subscribe' to='nobody@example.org'/>");
    EXPECT_EQ(pushes(alice_phone->take()), Lines{"nobody@example.org none ask"});
    world.send(*alice_phone, "<presence type='subscribe' to='alice@example.org'/>");
    EXPECT_TRUE(alice_phone->take().empty());
}

TEST(Subscriptions, a_number_of_a_transport_approves_and_is_there) {
    HubWorld world;
    world.base.add_account("alice@example.org", "+15550001111");
    auto alice_phone = world.log_in("alice", "phone");
    const std::string number = "+15551234567@sms.example.org";
    world.send(*alice_phone, "<presence type='subscribe' to='" + number + "'/>");
    world.base.advance(std::chrono::seconds(2));
    const auto told = alice_phone->take();
    EXPECT_EQ(pushes(told).front(), number + " none ask");
    const Lines lines = brief(told);
    EXPECT_EQ(
        std::count(
            lines.begin(), lines.end(), "presence:subscribed " + number + ">alice@example.org"
        ),
        1
    );
    const auto* item = world.hub.accounts().find(jid("alice@example.org"))->roster.find(number);
    ASSERT_NE(item, nullptr);
    EXPECT_TRUE(item->subscription.to);
    EXPECT_FALSE(item->subscription.pending_out);
}

}  // namespace
}  // namespace sallyport::test
