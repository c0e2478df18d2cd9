// SPDX-License-Identifier: Apache-2.0
// XEP-0114 from the host's side, over real sockets: whom a component may speak for, to whom, and
// what is told when it leaves.
#include <string>
#include <vector>

#include "tests/unit/server/components_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

using Lines = std::vector<std::string>;

TEST_F(ComponentDoor, does_not_let_a_component_speak_for_others) {
    for (const char* from :
         {"alice@example.org",
          "example.org",
          "sms.example.org",
          "muc.example.org",
          "x@sub.irc.example.org"}) {
        const auto irc = connected();
        irc->write("<message from='" + std::string(from) + "' to='alice@example.org/phone'/>");
        EXPECT_TRUE(until([&] { return irc->is_over; }));
        EXPECT_EQ(irc->ended, "invalid-from") << from;
        EXPECT_TRUE(alice->take().empty()) << from;
        EXPECT_TRUE(until([&] { return !is_known(); }));
    }
}

TEST_F(ComponentDoor, ends_who_does_not_say_who_speaks) {
    const auto irc = connected();
    irc->write("<message to='alice@example.org/phone'/>");
    EXPECT_TRUE(until([&] { return irc->is_over; }));
    EXPECT_EQ(irc->ended, "invalid-from");
}

TEST_F(ComponentDoor, answers_what_goes_to_nobody) {
    const auto irc = connected();
    irc->write("<iq from='irc.example.org' type='get' id='1'><q xmlns='x'/></iq>");
    EXPECT_TRUE(until([&] { return irc->got.size() == 1; }));
    EXPECT_EQ(conditions(irc->got), Lines{"bad-request"});
    irc->got.clear();
    irc->send(
        "<iq xmlns='jabber:client' from='irc.example.org' to='elsewhere.example' type='get' "
        "id='2'><q xmlns='x'/></iq>"
    );
    EXPECT_TRUE(until([&] { return irc->got.size() == 1; }));
    EXPECT_EQ(conditions(irc->got), Lines{"remote-server-not-found"});
}

TEST_F(ComponentDoor, bounces_what_is_for_a_component_that_is_away) {
    world.send(*alice, "<message to='#room@irc.example.org' id='1'/>");
    EXPECT_EQ(conditions_of_alice(), Lines{"remote-server-timeout"});
    auto irc = connected();
    irc.reset();
    EXPECT_TRUE(until([&] { return !is_known(); }));
    world.send(*alice, "<message to='#room@irc.example.org' id='2'/>");
    EXPECT_EQ(conditions_of_alice(), Lines{"remote-server-timeout"});
    world.send(*alice, "<message to='unknown.example.org' id='3'/>");
    EXPECT_EQ(conditions_of_alice(), Lines{"remote-server-not-found"});
}

TEST_F(ComponentDoor, shows_the_people_of_a_component_that_leaves_as_gone) {
    const auto desk = world.log_in("alice", "desk");
    alice->take();
    auto irc = connected();
    const auto muc = connect("muc.example.org", "of muc");
    EXPECT_TRUE(until([&] { return world.hub.has_component(jid("muc.example.org")); }));
    tell(*muc, *alice, "<presence from='muc.example.org' to='alice@example.org'/>", 1);
    tell(
        *irc,
        *alice,
        "<presence from='a@irc.example.org/x' to='alice@example.org'/>"
        "<presence from='a@irc.example.org/x' to='alice@example.org'/>"
        "<presence from='b@irc.example.org/x' to='alice@example.org'/>"
        "<presence from='b@irc.example.org/x' to='alice@example.org' type='unavailable'/>"
        "<presence from='irc.example.org' to='alice@example.org/phone'/>",
        5
    );
    desk->take();
    leave(irc);
    EXPECT_EQ(
        brief(alice->take()),
        (Lines{
            "presence:unavailable a@irc.example.org/x>alice@example.org",
            "presence:unavailable irc.example.org>alice@example.org/phone"})
    );
    EXPECT_EQ(
        brief(desk->take()), Lines{"presence:unavailable a@irc.example.org/x>alice@example.org"}
    );
    irc = connected();
    leave(irc);
    EXPECT_TRUE(alice->take().empty()) << "told once";
}

TEST_F(ComponentDoor, a_room_of_a_component_that_leaves_is_left) {
    const auto desk = world.log_in("alice", "desk");
    auto irc = connected();
    alice->take();
    world.send(*alice, "<presence to='#r@irc.example.org/al'/>");
    tell(
        *irc,
        *alice,
        "<presence from='#r@irc.example.org/bo' to='alice@example.org/phone'>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
        "role='participant'/></x></presence>"
        "<presence from='#r@irc.example.org/al' to='alice@example.org/phone'>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
        "role='participant'/><status code='110'/></x></presence>",
        2
    );
    desk->take();
    leave(irc);
    const auto told = alice->take();
    ASSERT_EQ(
        brief(told), Lines{"presence:unavailable #r@irc.example.org/al>alice@example.org/phone"}
    );
    // XEP-0045 §7.14, §15.6.2: it is the addressee who is gone, for the service has stopped.
    const auto* room = told[0].element().child("x", xmpp::ns::muc_user);
    ASSERT_NE(room, nullptr);
    Lines codes;
    room->for_each([&codes](const xmpp::Element& child) {
        if (child.name() == "status") codes.emplace_back(child.attribute("code").value_or(""));
    });
    EXPECT_EQ(codes, (Lines{"110", "332"}));
    EXPECT_TRUE(desk->take().empty());
    EXPECT_TRUE(alice->session->directed.empty()) << "nobody is there to be told goodbye";
}

TEST_F(ComponentDoor, who_left_before_the_component_is_told_nothing) {
    auto desk = world.log_in("alice", "desk");
    auto irc = connected();
    tell(*irc, *desk, "<presence from='a@irc.example.org/x' to='alice@example.org/desk'/>", 1);
    desk.reset();
    desk = world.log_in("alice", "desk");
    world.send(*alice, "<presence type='unavailable'/>");
    alice->take();
    desk->take();
    leave(irc);
    EXPECT_TRUE(desk->take().empty());
    EXPECT_TRUE(alice->take().empty());
}

TEST_F(ComponentDoor, components_speak_to_each_other) {
    const auto irc = connected();
    const auto muc = connect("muc.example.org", "of muc");
    EXPECT_TRUE(until([&] { return world.hub.has_component(jid("muc.example.org")); }));
    irc->send("<message xmlns='jabber:client' from='a@irc.example.org' to='b@muc.example.org'/>");
    EXPECT_TRUE(until([&] { return muc->got.size() == 1; }));
}

}  // namespace
}  // namespace sallyport::server
