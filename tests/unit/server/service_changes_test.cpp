// SPDX-License-Identifier: Apache-2.0
// decisions/0005 in services and accounts: nothing is answered or shown of a change before it is
// committed.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/server/changes_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view block_bob =
    "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='bob@example.org'/></block>"
    "</iq>";

// ---- services ----

TEST_F(ChangesTest, the_wall_stands_when_it_is_committed) {
    store().is_slow = true;
    send(*one, "<iq type='get' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
    one->take();
    send(*one, block_bob);
    EXPECT_TRUE(one->take().empty());
    commit();
    EXPECT_EQ(
        brief(one->take()),
        (Lines{"iq:result >alice@example.org/one", "iq:set alice@example.org>alice@example.org/one"}
        )
    );
    send(*bob, text_to("alice@example.org", "hello"));
    EXPECT_EQ(conditions(bob->take()), Lines{"service-unavailable"});
}

TEST_F(ChangesTest, a_wall_that_cannot_be_written_does_not_stand) {
    store().is_full = true;
    send(*one, block_bob);
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    send(*bob, text_to("alice@example.org", "hello"));
    EXPECT_EQ(brief(two->take()), Lines{"message:chat bob@example.org/home>alice@example.org"});
}

TEST_F(ChangesTest, a_card_is_answered_and_its_photo_shown_when_it_is_committed) {
    const std::string card =
        "<iq type='set' id='v'><vCard "
        "xmlns='vcard-temp'><PHOTO><BINVAL>AAAA</BINVAL></PHOTO></vCard>"
        "</iq>";
    const auto shows_photo = [this] {
        two->take();
        send(*one, "<presence/>");
        const auto got = two->take();
        return got.at(0).element().child("x", xmpp::ns::vcard_update) != nullptr;
    };
    store().is_full = true;
    send(*one, card);
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    store().is_full = false;
    EXPECT_FALSE(shows_photo());
    one->take();
    store().is_slow = true;
    send(*one, card);
    EXPECT_TRUE(one->take().empty());
    commit();
    EXPECT_EQ(brief(one->take()), Lines{"iq:result >alice@example.org/one"});
    EXPECT_TRUE(shows_photo());
}

TEST_F(ChangesTest, archive_preferences_hold_when_they_are_committed) {
    const std::string never =
        "<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'/></iq>";
    const std::string get = "<iq type='get' id='q'><prefs xmlns='urn:xmpp:mam:2'/></iq>";
    const auto wish = [&] {
        send(*two, get);
        const auto got = two->take();
        return std::string(got.at(0).payload().attribute("default").value_or(""));
    };
    store().is_full = true;
    send(*one, never);
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    EXPECT_EQ(wish(), "always");
    store().is_full = false;
    store().is_slow = true;
    send(*one, never);
    EXPECT_TRUE(one->take().empty());
    commit();
    EXPECT_EQ(one->take().size(), 1U);
    EXPECT_EQ(wish(), "never");
}

// ---- accounts ----

constexpr std::string_view leave_for_good =
    "<iq type='set' id='r'><query xmlns='jabber:iq:register'><remove/></query></iq>";

TEST_F(ChangesTest, a_removal_is_answered_when_it_is_committed) {
    store().is_slow = true;
    send(*one, leave_for_good);
    EXPECT_TRUE(one->take().empty());
    EXPECT_FALSE(one->closed);
    commit();
    EXPECT_EQ(brief(one->take()), Lines{"iq:result >alice@example.org/one"});
    EXPECT_EQ(one->closed->condition, xmpp::StreamCondition::not_authorized);
    EXPECT_TRUE(two->closed);
}

TEST_F(ChangesTest, a_removal_that_cannot_be_written_removes_nobody) {
    store().is_full = true;
    send(*one, leave_for_good);
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    EXPECT_FALSE(one->closed);
    store().is_full = false;
    send(*one, text_to("bob@example.org", "still here"));
    EXPECT_EQ(bob->take().size(), 1U);
}

TEST_F(ChangesTest, a_removal_is_one_write_so_that_no_half_of_it_can_fail) {
    store().is_slow = true;
    send(*one, leave_for_good);
    EXPECT_EQ(store().held.size(), 1U);
    commit();
}

TEST_F(ChangesTest, what_comes_for_an_account_that_goes_finds_nobody) {
    store().is_slow = true;
    send(*one, leave_for_good);
    send(*bob, text_to("alice@example.org", "hello", "", "headline"));
    send(*bob, "<iq type='get' id='t' to='alice@example.org'><vCard xmlns='vcard-temp'/></iq>");
    EXPECT_TRUE(bob->take().empty());
    commit();
    EXPECT_EQ(conditions(bob->take()), Lines{"service-unavailable"});
    for (const auto& each : two->take()) EXPECT_NE(each.kind(), xmpp::StanzaKind::message);
}

TEST_F(ChangesTest, the_files_of_a_removed_account_go_with_its_records) {
    for (const char* ns : {"sms.example.org", "example.org"})
        world.base.store.write(store::PutRecord{
            ns, "alice@example.org/media/" + std::string(ns), "file.jpg", world.base.time.wall()});
    world.settle();
    send(*one, leave_for_good);
    EXPECT_EQ(place.forgotten, Lines{"alice@example.org"});
    std::sort(place.erased.begin(), place.erased.end());
    EXPECT_EQ(
        place.erased,
        (Lines{"alice@example.org/media/example.org", "alice@example.org/media/sms.example.org"})
    );
}

TEST_F(ChangesTest, a_new_password_is_answered_when_it_is_committed) {
    const std::string change =
        "<iq type='set' id='p'><query xmlns='jabber:iq:register'><username>alice</username>"
        "<password>new</password></query></iq>";
    store().is_slow = true;
    send(*one, change);
    EXPECT_TRUE(one->take().empty());
    EXPECT_FALSE(two->closed);
    commit();
    EXPECT_EQ(brief(one->take()).at(0), "iq:result >alice@example.org/one");
    EXPECT_EQ(two->closed->condition, xmpp::StreamCondition::reset);
    store().is_full = true;
    send(*one, change);
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
}

}  // namespace
}  // namespace sallyport::test
