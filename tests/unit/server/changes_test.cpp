// SPDX-License-Identifier: Apache-2.0
// decisions/0005 in rosters and subscriptions: nothing is answered, pushed or sent of a change
// before it is committed, and what follows it waits.
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/server/changes_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

std::string roster_set(
    std::string_view jid, std::string_view more = {}, std::string_view id = "s"
) {
    return "<iq type='set' id='" + std::string(id) +
           "'><query xmlns='jabber:iq:roster'><item jid='" + std::string(jid) + "' " +
           std::string(more) + "/></query></iq>";
}
constexpr std::string_view roster_get =
    "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>";

std::string presence_to(std::string_view type, std::string_view to) {
    return "<presence type='" + std::string(type) + "' to='" + std::string(to) + "'/>";
}

std::size_t items_in(const xmpp::Stanza& answer) {
    std::size_t count = 0;
    answer.element().child("query", xmpp::ns::roster)->for_each([&count](const xmpp::Element&) {
        ++count;
    });
    return count;
}

// ---- rosters ----

TEST_F(ChangesTest, a_roster_set_is_answered_and_pushed_when_it_is_committed) {
    store().is_slow = true;
    send(*one, roster_set("x@example.net"));
    EXPECT_TRUE(one->take().empty());
    EXPECT_TRUE(two->take().empty());
    EXPECT_TRUE(roster("alice").items().empty());
    commit();
    EXPECT_EQ(
        brief(one->take()),
        (Lines{"iq:result >alice@example.org/one", "iq:set >alice@example.org/one"})
    );
    EXPECT_EQ(brief(two->take()), Lines{"iq:set >alice@example.org/two"});
}

TEST_F(ChangesTest, a_roster_set_that_cannot_be_written_changes_nothing) {
    store().is_full = true;
    send(*one, roster_set("x@example.net"));
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    EXPECT_TRUE(two->take().empty());
    EXPECT_TRUE(roster("alice").items().empty());
    EXPECT_EQ(roster("alice").version, 0U);
    store().is_full = false;
    send(*one, roster_set("x@example.net"));
    EXPECT_EQ(two->take().size(), 1U);
}

TEST_F(ChangesTest, a_removal_that_cannot_be_written_cancels_nothing) {
    world.write_roster("carol", [] {
        store::RosterRow row;
        row.jid = "bob@example.org";
        row.subscription = store::Subscription::both;
        row.ver = 1;
        return row;
    }());
    auto carol = log_in("carol", "phone");
    bob->take();
    store().is_full = true;
    send(*carol, roster_set("bob@example.org", "subscription='remove'"));
    EXPECT_EQ(conditions(carol->take()), Lines{"internal-server-error"});
    EXPECT_TRUE(bob->take().empty());
    EXPECT_EQ(roster("carol").find("bob@example.org")->subscription.word(), "both");
}

TEST_F(ChangesTest, changes_of_different_contacts_go_together_and_keep_their_order) {
    store().is_slow = true;
    for (const char* contact : {"a@example.net", "b@example.net", "c@example.net"})
        send(*one, roster_set(contact, "", contact));
    EXPECT_EQ(store().held.size(), 3U);
    commit();
    const auto got = one->take();
    Lines ids;
    for (const auto& each : got)
        if (each.type() == xmpp::StanzaType::result) ids.emplace_back(each.id());
    EXPECT_EQ(ids, (Lines{"a@example.net", "b@example.net", "c@example.net"}));
    EXPECT_EQ(roster("alice").version, 3U);
}

TEST_F(ChangesTest, changes_of_one_contact_follow_each_other) {
    store().is_slow = true;
    send(*one, roster_set("a@example.net", "name='first'"));
    send(*one, roster_set("a@example.net", "name='second'"));
    EXPECT_EQ(store().held.size(), 1U);
    commit();
    EXPECT_EQ(roster("alice").find("a@example.net")->name, "second");
    EXPECT_EQ(one->take().size(), 4U);
}

TEST_F(ChangesTest, one_that_fails_between_others_leaves_them_and_their_versions) {
    store().is_slow = true;
    send(*one, roster_set("a@example.net"));
    store().is_full = true;
    send(*one, roster_set("b@example.net"));
    store().is_full = false;
    send(*one, roster_set("c@example.net"));
    commit();
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    EXPECT_EQ(roster("alice").items().size(), 2U);
    EXPECT_EQ(roster("alice").version, 3U);  // the second was never seen by anybody
}

// RFC 6120 §10.1 (xmpp.md X13).
TEST_F(ChangesTest, what_a_session_sends_behind_a_change_waits_for_it) {
    store().is_slow = true;
    send(*one, presence_to("subscribe", "bob@example.org"));
    send(*one, text_to("bob@example.org", "may I?"));
    send(*one, roster_get);
    EXPECT_TRUE(bob->take().empty());
    EXPECT_TRUE(one->take().empty());
    commit();
    EXPECT_EQ(
        brief(bob->take()),
        (Lines{
            "presence:subscribe alice@example.org>bob@example.org",
            "message:chat alice@example.org/one>bob@example.org"})
    );
    const auto got = one->take();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].type(), xmpp::StanzaType::set);
    EXPECT_EQ(items_in(got[1]), 1U);
}

TEST_F(ChangesTest, another_resource_reads_what_is_committed) {
    store().is_slow = true;
    send(*one, roster_set("a@example.net"));
    send(*two, roster_get);
    store().is_slow = false;
    commit();
    const auto got = two->take();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(items_in(got.back()), 1U);

    store().is_full = true;
    send(*one, roster_set("b@example.net"));
    send(*two, roster_get);
    EXPECT_EQ(items_in(two->take().back()), 1U);
}

TEST_F(ChangesTest, who_leaves_behind_a_change_has_said_what_they_said) {
    store().is_slow = true;
    send(*one, roster_set("a@example.net"));
    send(*one, text_to("bob@example.org", "bye"));
    world.hub.unbind(*one->session);
    one.reset();
    EXPECT_TRUE(bob->take().empty());
    commit();
    EXPECT_EQ(brief(bob->take()), Lines{"message:chat alice@example.org/one>bob@example.org"});
    EXPECT_EQ(
        brief(two->take()),
        (Lines{
            "iq:set >alice@example.org/two",
            "presence:unavailable alice@example.org/one>alice@example.org"})
    );
    EXPECT_EQ(world.hub.session_count(), 2U);
}

TEST_F(ChangesTest, an_acknowledgement_waits_for_what_waits) {
    store().is_slow = true;
    bool is_safe = false;
    send(*one, roster_set("a@example.net"));
    send(*one, text_to("bob@example.org", "hello"));
    world.hub.when_safe([&is_safe] { is_safe = true; }, one->full);
    world.settle();
    EXPECT_FALSE(is_safe);
    commit();
    EXPECT_TRUE(is_safe);
    EXPECT_EQ(bob->take().size(), 1U);
}

TEST_F(ChangesTest, an_account_that_is_being_written_is_not_forgotten) {
    store().is_slow = true;
    send(*one, roster_set("a@example.net"));
    world.hub.unbind(*one->session);
    world.hub.unbind(*two->session);
    one.reset();
    two.reset();
    for (std::size_t i = 0; i <= server::Accounts::max_idle; ++i)
        world.hub.accounts().rest(*world.hub.accounts().find(jid("bob@example.org")));
    commit();
    EXPECT_EQ(roster("alice").items().size(), 1U);
}

// ---- subscriptions ----

TEST_F(ChangesTest, a_request_leaves_when_it_is_committed) {
    store().is_slow = true;
    send(*one, presence_to("subscribe", "bob@example.org"));
    EXPECT_EQ(store().held.size(), 1U);
    store().let_go();
    world.settle();
    EXPECT_EQ(brief(two->take()), Lines{"iq:set >alice@example.org/two"});
    EXPECT_TRUE(bob->take().empty());  // his own roster is not written yet
    store().let_go();
    world.settle();
    EXPECT_EQ(brief(bob->take()), Lines{"presence:subscribe alice@example.org>bob@example.org"});
}

TEST_F(ChangesTest, a_request_that_cannot_be_written_is_returned) {
    store().is_full = true;
    send(*one, presence_to("subscribe", "bob@example.org"));
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    EXPECT_TRUE(bob->take().empty());
    EXPECT_EQ(roster("alice").find("bob@example.org"), nullptr);
}

TEST_F(ChangesTest, a_request_that_the_contacts_side_cannot_write_is_returned) {
    store().is_slow = true;
    send(*one, presence_to("subscribe", "bob@example.org"));
    store().is_full = true;
    store().let_go();
    world.settle();
    EXPECT_TRUE(bob->take().empty());
    EXPECT_EQ(conditions(one->take()), Lines{"internal-server-error"});
    EXPECT_EQ(roster("bob").find("alice@example.org"), nullptr);
}

TEST_F(ChangesTest, presence_is_shown_when_the_approval_is_committed) {
    send(*one, presence_to("subscribe", "bob@example.org"));
    take();
    store().is_slow = true;
    send(*bob, presence_to("subscribed", "alice@example.org"));
    EXPECT_TRUE(one->take().empty());
    commit();
    EXPECT_EQ(
        brief(one->take()),
        (Lines{
            "presence:subscribed bob@example.org>alice@example.org",
            "iq:set >alice@example.org/one",
            "presence bob@example.org/home>alice@example.org"})
    );
}

TEST_F(ChangesTest, an_approval_that_cannot_be_written_shows_nothing) {
    send(*one, presence_to("subscribe", "bob@example.org"));
    take();
    store().is_full = true;
    send(*bob, presence_to("subscribed", "alice@example.org"));
    EXPECT_EQ(conditions(bob->take()), Lines{"internal-server-error"});
    EXPECT_TRUE(one->take().empty());
    EXPECT_FALSE(roster("bob").shares_with("alice@example.org"));
}

TEST_F(ChangesTest, too_much_behind_one_change_is_returned) {
    store().is_slow = true;
    send(*one, roster_set("a@example.net"));
    for (int i = 0; i < 2'001; ++i) send(*bob, text_to("alice@example.org", "x"));
    EXPECT_EQ(conditions(bob->take()), Lines{"resource-constraint"});
    commit();
    EXPECT_EQ(two->take().size(), 2'001U);
}

}  // namespace
}  // namespace sallyport::test
