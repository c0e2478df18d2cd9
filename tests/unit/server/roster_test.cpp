// SPDX-License-Identifier: Apache-2.0
// RFC 6121 §2 over the whole hub.
#include <string>

#include <gtest/gtest.h>

#include "gateway/server/roster_service.hpp"
#include "tests/unit/server/hub_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

std::string set(const std::string& items) {
    return "<iq type='set' id='s'><query xmlns='jabber:iq:roster'>" + items + "</query></iq>";
}

std::string get(const std::string& version) {
    return "<iq type='get' id='g'><query xmlns='jabber:iq:roster' ver='" + version + "'/></iq>";
}

/// The items within roster queries, as XML without the namespace.
Lines items(const std::vector<xmpp::Stanza>& got) {
    Lines lines;
    for (const auto& each : got) {
        const auto* query = each.element().child("query", xmpp::ns::roster);
        if (query == nullptr) continue;
        query->for_each([&lines](const xmpp::Element& item) {
            lines.push_back(xmpp::to_xml(item, xmpp::ns::roster));
        });
    }
    return lines;
}

std::string version_of(const xmpp::Stanza& each) {
    return std::string(
        each.element().child("query", xmpp::ns::roster)->attribute("ver").value_or("")
    );
}

TEST(Roster, an_item_is_stored_and_pushed_to_interested_resources_after_the_result) {
    HubWorld world;
    auto one = world.log_in("alice", "one");
    auto two = world.log_in("alice", "two");
    auto quiet = world.bind("alice", "quiet");
    one->take();
    const std::string item =
        "<item jid='bob@example.org' name='Bob'><group>Friends</group><group>Work</group></item>";
    world.send(*one, set(item));
    const auto got = one->take();
    ASSERT_EQ(
        brief(got), (Lines{"iq:result >alice@example.org/one", "iq:set >alice@example.org/one"})
    );
    const Lines expected{
        "<item jid='bob@example.org' subscription='none' name='Bob'>"
        "<group>Friends</group><group>Work</group></item>"};
    EXPECT_EQ(items(got), expected);
    EXPECT_EQ(items(two->take()), expected);
    EXPECT_TRUE(quiet->take().empty());
    for (const auto& client : {one.get(), two.get(), quiet.get()})
        world.hub.unbind(*client->session);
    world.settle();
    world.hub.accounts().forget(jid("alice@example.org"));
    one = world.bind("alice", "one");
    world.send(*one, "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>");
    EXPECT_EQ(items(one->take()), expected);
}

TEST(Roster, an_update_replaces_name_and_groups_and_leaves_the_subscription) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto one = world.log_in("alice", "one");
    world.send(*one, set("<item jid='bob@example.org/home' name='B' subscription='none'/>"));
    EXPECT_EQ(
        items(one->take()), Lines{"<item jid='bob@example.org' subscription='both' name='B'/>"}
    );
}

TEST(Roster, mistakes_have_their_own_errors) {
    HubWorld world;
    auto one = world.log_in("alice", "one");
    const std::string bob = "<item jid='bob@example.org'>";
    const std::string big(1024, 'x');
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "bad-request"},
        {bob + "</item>" + bob + "</item>", "bad-request"},
        {bob + "<group>a</group><group>a</group></item>", "bad-request"},
        {bob + "<group></group></item>", "not-acceptable"},
        {bob + "<group>" + big + "</group></item>", "not-acceptable"},
        {"<item jid='bob@example.org' name='" + big + "'/>", "not-acceptable"},
        {"<item/>", "jid-malformed"},
        {"<item jid='@@'/>", "jid-malformed"},
        {"<item jid='alice@example.org'/>", "not-allowed"},
        {"<item jid='bob@example.org' subscription='remove'/>", "item-not-found"}};
    for (const auto& [xml, condition] : cases) {
        world.send(*one, set(xml));
        EXPECT_EQ(conditions(one->take()), Lines{condition}) << xml;
    }
    const auto& roster = world.hub.accounts().find(jid("alice@example.org"))->roster;
    EXPECT_TRUE(roster.items().empty());
}

TEST(Roster, is_closed_to_others) {
    HubWorld world;
    auto bob = world.log_in("bob", "home");
    for (const char* to : {"alice@example.org", "nobody@example.org"}) {
        world.send(
            *bob,
            "<iq type='set' id='s' to='" + std::string(to) +
                "'><query xmlns='jabber:iq:roster'>"
                "<item jid='bob@example.org'/></query></iq>"
        );
        EXPECT_EQ(conditions(bob->take()), Lines{"forbidden"}) << to;
    }
}

TEST(Roster, removing_cancels_both_subscriptions) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto one = world.log_in("alice", "one");
    auto bob = world.log_in("bob", "home");
    one->take();
    world.send(*one, set("<item jid='bob@example.org' subscription='remove'/>"));
    const auto got = one->take();
    EXPECT_EQ(
        brief(got),
        (Lines{
            "iq:result >alice@example.org/one",
            "iq:set >alice@example.org/one",
            "presence:unavailable bob@example.org/home>alice@example.org"})
    );
    EXPECT_EQ(items(got), Lines{"<item jid='bob@example.org' subscription='remove'/>"});
    const Lines told = brief(bob->take());
    EXPECT_EQ(
        told,
        (Lines{
            "presence:unsubscribe alice@example.org>bob@example.org",
            "iq:set >bob@example.org/home",
            "presence:unavailable alice@example.org/one>bob@example.org",
            "presence:unsubscribed alice@example.org>bob@example.org",
            "iq:set >bob@example.org/home"})
    );
}

TEST(RosterVersions, nothing_changed_is_an_empty_result) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto one = world.bind("alice", "one");
    world.send(*one, get(""));
    const auto first = one->take();
    EXPECT_EQ(items(first).size(), 1U);
    world.send(*one, get(version_of(first[0])));
    const auto second = one->take();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].element().first_child(), nullptr);
}

TEST(RosterVersions, changes_come_as_pushes_in_order_also_after_a_restart) {
    HubWorld world;
    auto one = world.log_in("alice", "one");
    for (const char* name : {"a", "b", "c", "d", "e"})
        world.send(*one, set("<item jid='" + std::string(name) + "@example.net'/>"));
    world.send(*one, get(""));
    const std::string known = version_of(one->take().back());
    world.send(*one, set("<item jid='d@example.net' subscription='remove'/>"));
    world.send(*one, set("<item jid='a@example.net' name='A'/>"));
    const std::string last = version_of(one->take().back());
    world.hub.unbind(*one->session);
    world.settle();
    world.hub.accounts().forget(jid("alice@example.org"));
    one = world.bind("alice", "one");
    world.send(*one, get(known));
    const auto got = one->take();
    EXPECT_EQ(
        items(got),
        (Lines{
            "<item jid='d@example.net' subscription='remove'/>",
            "<item jid='a@example.net' subscription='none' name='A'/>"})
    );
    EXPECT_EQ(got[0].element().first_child(), nullptr);
    EXPECT_EQ(version_of(got.back()), last);
}

TEST(RosterVersions, those_of_another_account_or_from_the_future_get_the_whole) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto one = world.bind("alice", "one");
    for (const char* version : {"999-1", "1-999", "nonsense", "1-", "-1"}) {
        world.send(*one, get(version));
        EXPECT_EQ(items(one->take()).size(), 1U) << version;
    }
}

TEST(RosterVersions, removals_are_forgotten_in_the_end) {
    HubWorld world;
    auto one = world.log_in("alice", "one");
    for (const char* name : {"x", "y", "z"})
        world.send(*one, set("<item jid='" + std::string(name) + "@example.net'/>"));
    const std::string known = version_of(one->take().back());
    for (std::size_t i = 0; i <= server::RosterBook::max_removed; ++i) {
        const std::string contact = "n" + std::to_string(i) + "@example.net";
        world.send(*one, set("<item jid='" + contact + "'/>"));
        world.send(*one, set("<item jid='" + contact + "' subscription='remove'/>"));
    }
    one->take();
    world.hub.unbind(*one->session);
    world.settle();
    world.hub.accounts().forget(jid("alice@example.org"));
    one = world.bind("alice", "one");
    world.send(*one, get(known));
    const auto got = one->take();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(items(got).size(), 3U);
    EXPECT_LE(world.hub.accounts().find(jid("alice@example.org"))->roster.items().size(), 4U);
}

TEST(Subscriptions, add_no_contact_to_a_full_roster) {
    HubWorld world;
    const auto stored = world.base.read(store::LoadAccount{"alice@example.org"});
    store::ChangeRoster op;
    op.account = stored.row->id;
    op.ver = 1;
    for (std::size_t i = 0; i < server::RosterService::max_items; ++i) {
        store::RosterRow row;
        row.jid = "u" + std::to_string(i) + "@example.net";
        row.ver = 1;
        op.put.push_back(row);
    }
    world.base.store.write(std::move(op));
    world.settle();
    world.hub.accounts().forget(jid("alice@example.org"));
    const auto alice = world.log_in("alice", "phone");
    const auto& items = world.hub.accounts().find(jid("alice@example.org"))->roster.items();
    for (const char* type : {"subscribe", "subscribed"}) {
        world.send(
            *alice, "<presence type='" + std::string(type) + "' id='s' to='bob@example.org'/>"
        );
        EXPECT_EQ(conditions(alice->take()), Lines{"resource-constraint"}) << type;
        EXPECT_EQ(items.size(), server::RosterService::max_items) << type;
    }
    world.send(*alice, "<presence type='subscribed' to='u7@example.net'/>");
    EXPECT_TRUE(items.size() == server::RosterService::max_items);
    EXPECT_EQ(conditions(alice->take()), Lines{}) << "who is there may be approved";
}

}  // namespace
}  // namespace sallyport::test
