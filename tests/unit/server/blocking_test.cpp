// SPDX-License-Identifier: Apache-2.0
// XEP-0191.
#include "xmpp/xep/blocking.hpp"

#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;
using xmpp::Stanza;

std::string block(std::string_view jid, std::string_view word = "block") {
    return "<iq type='set' id='b'><" + std::string(word) +
           " xmlns='urn:xmpp:blocking'><item jid='" + std::string(jid) + "'/></" +
           std::string(word) + "></iq>";
}
constexpr std::string_view get_list =
    "<iq type='get' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>";

/// alice and bob, who see each other.
struct Blocked : ServiceWorld {
    Blocked() {
        world.befriend("alice", "bob");
        alice = log_in("alice", "phone");
        bob = log_in("bob", "desk");
        alice->take();
    }
    Lines list() {
        send(*alice, get_list);
        Lines found;
        for (const Stanza& each : alice->take())
            if (const auto* list = each.element().child("blocklist", xmpp::ns::blocking))
                for (const auto& jid : *xmpp::parse_blocked(*list)) found.push_back(jid.str());
        return found;
    }
    std::unique_ptr<FakeClient> alice, bob;
};

TEST(Blocking, keeps_a_list_that_survives) {
    Blocked world;
    EXPECT_EQ(world.list(), Lines{});
    world.send(*world.alice, block("bob@example.org"));
    EXPECT_EQ(brief(world.alice->take()).at(0), "iq:result >alice@example.org/phone");
    world.send(*world.alice, block("spam.example"));
    world.send(*world.alice, block("spam.example"));
    EXPECT_EQ(world.list(), (Lines{"bob@example.org", "spam.example"}));
    world.leave(world.alice);
    world.world.hub.accounts().forget(jid("alice@example.org"));
    world.alice = world.log_in("alice", "phone");
    EXPECT_EQ(world.list(), (Lines{"bob@example.org", "spam.example"}));
    world.send(*world.alice, block("bob@example.org", "unblock"));
    world.alice->take();
    EXPECT_EQ(world.list(), Lines{"spam.example"});
    world.send(*world.alice, "<iq type='set' id='u'><unblock xmlns='urn:xmpp:blocking'/></iq>");
    world.alice->take();
    EXPECT_EQ(world.list(), Lines{});
}

TEST(Blocking, refuses_commands_that_say_nothing) {
    Blocked world;
    world.send(*world.alice, "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'/></iq>");
    EXPECT_EQ(conditions(world.alice->take()), Lines{"bad-request"});
    world.send(*world.alice, block("no@such@address"));
    EXPECT_EQ(conditions(world.alice->take()), Lines{"jid-malformed"});
}

TEST(Blocking, is_pushed_to_resources_that_asked_for_the_list) {
    Blocked world;
    auto desk = world.log_in("alice", "desk"), lap = world.log_in("alice", "lap");
    world.send(*desk, get_list);
    desk->take();
    lap->take();
    world.alice->take();
    world.send(*world.alice, block("spam.example"));
    EXPECT_EQ(brief(desk->take()), Lines{"iq:set alice@example.org>alice@example.org/desk"});
    EXPECT_TRUE(lap->take().empty());
    world.send(*world.alice, block("spam.example", "unblock"));
    const auto pushed = desk->take();
    ASSERT_EQ(pushed.size(), 1U);
    EXPECT_NE(pushed[0].element().child("unblock", xmpp::ns::blocking), nullptr);
}

TEST(Blocking, makes_the_account_look_offline_and_back_again) {
    Blocked world;
    world.send(*world.alice, block("bob@example.org"));
    EXPECT_EQ(
        brief(world.bob->take()),
        Lines{"presence:unavailable alice@example.org/phone>bob@example.org"}
    );
    world.send(*world.alice, "<presence><show>away</show></presence>");
    world.send(*world.bob, "<presence type='probe' to='alice@example.org'/>");
    EXPECT_TRUE(world.bob->take().empty());
    world.send(*world.alice, block("bob@example.org", "unblock"));
    const auto seen = world.bob->take();
    EXPECT_EQ(brief(seen), Lines{"presence alice@example.org/phone>bob@example.org"});
    EXPECT_EQ(seen.at(0).element().child_text("show", "jabber:client"), "away");
}

TEST(Blocking, of_somebody_who_may_not_see_presence_tells_them_nothing) {
    Blocked world;
    auto carol = world.log_in("carol", "lap");
    world.send(*world.alice, block("carol@example.org"));
    world.send(*world.alice, block("carol@example.org", "unblock"));
    EXPECT_TRUE(carol->take().empty());
}

TEST(Blocking, ends_presence_that_was_directed) {
    Blocked world;
    auto carol = world.log_in("carol", "lap");
    world.send(*world.alice, "<presence to='carol@example.org/lap'/>");
    carol->take();
    world.send(*world.alice, block("carol@example.org"));
    EXPECT_EQ(
        brief(carol->take()),
        Lines{"presence:unavailable alice@example.org/phone>carol@example.org/lap"}
    );
}

TEST(Blocking, stops_what_comes_in) {
    Blocked world;
    world.send(*world.alice, block("bob@example.org"));
    world.alice->take();
    world.bob->take();
    world.send(*world.bob, text_to("alice@example.org", "let me in"));
    world.send(*world.bob, text_to("alice@example.org/phone", "let me in"));
    EXPECT_EQ(conditions(world.bob->take()), (Lines{"service-unavailable", "service-unavailable"}));
    world.send(
        *world.bob,
        "<iq type='get' id='v' to='alice@example.org/phone'><ping xmlns='urn:xmpp:ping'/></iq>"
    );
    EXPECT_EQ(conditions(world.bob->take()), Lines{"service-unavailable"});
    world.send(*world.bob, "<iq type='result' id='v' to='alice@example.org/phone'/>");
    world.send(*world.bob, "<presence to='alice@example.org'/>");
    world.send(*world.bob, "<presence type='subscribe' to='alice@example.org'/>");
    EXPECT_TRUE(world.bob->take().empty());
    EXPECT_TRUE(world.alice->take().empty());
}

TEST(Blocking, stops_what_goes_out_and_says_so) {
    Blocked world;
    world.send(*world.alice, block("carol@example.org"));
    world.alice->take();
    auto carol = world.log_in("carol", "lap");
    world.send(*world.alice, text_to("carol@example.org", "hello"));
    const auto got = world.alice->take();
    ASSERT_EQ(conditions(got), Lines{"not-acceptable"});
    const auto* error = got[0].element().child("error", "jabber:client");
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->attribute("type"), "cancel");
    EXPECT_NE(error->child("blocked", xmpp::ns::blocking_errors), nullptr);
    world.send(
        *world.alice,
        "<iq type='get' id='p' to='carol@example.org/lap'><ping xmlns='urn:xmpp:ping'/></iq>"
    );
    EXPECT_EQ(conditions(world.alice->take()), Lines{"not-acceptable"});
    EXPECT_TRUE(carol->take().empty());
}

TEST(Blocking, what_the_server_says_of_itself_comes_back_to_nobody) {
    Blocked world;
    store::RosterRow row;
    row.jid = "+15550100@sms.example.org";
    row.subscription = store::Subscription::to;
    row.ver = 1;
    world.world.write_roster("carol", row);
    row = {};
    row.jid = "bob@example.org";
    row.ask = true;
    row.ver = 2;
    world.world.write_roster("carol", row);
    auto carol = world.log_in("carol", "lap");
    for (const char* blocked : {"+15550100@sms.example.org", "bob@example.org"})
        world.send(*carol, block(blocked));
    world.leave(carol);
    world.bob->take();
    carol = world.bind("carol", "lap");
    world.send(*carol, "<presence/>");
    // It asked who is there (RFC 6121 §4.3.1) and asked bob again (§3.1.2): nobody has sent that.
    EXPECT_EQ(conditions(carol->take()), Lines{});
    EXPECT_TRUE(world.bob->take().empty());
}

TEST(Blocking, presence_that_is_directed_to_who_is_blocked_is_answered) {
    Blocked world;
    world.send(*world.alice, block("bob@example.org"));
    world.alice->take();
    world.bob->take();
    world.send(*world.alice, "<presence><show>away</show></presence>");
    EXPECT_EQ(conditions(world.alice->take()), Lines{}) << "that was for all contacts";
    world.send(*world.alice, "<presence to='bob@example.org'/>");
    EXPECT_EQ(conditions(world.alice->take()), Lines{"not-acceptable"});
    EXPECT_TRUE(world.bob->take().empty());
}

TEST(Blocking, leaves_own_resources_and_the_server_alone) {
    Blocked world;
    world.send(*world.alice, block("example.org"));
    world.send(*world.alice, block("alice@example.org"));
    world.alice->take();
    auto desk = world.log_in("alice", "desk");
    world.alice->take();
    world.send(*desk, text_to("alice@example.org/phone", "note"));
    EXPECT_EQ(bodies(world.alice->take()), Lines{"note"});
    EXPECT_EQ(world.list(), (Lines{"example.org", "alice@example.org"}));
    world.bob->take();
    world.send(*world.bob, text_to("alice@example.org", "hello"));
    EXPECT_EQ(conditions(world.bob->take()), Lines{"service-unavailable"});
}

TEST(Blocking, matches_the_four_patterns) {
    const auto matches = [](std::string_view pattern, std::string_view address) {
        return xmpp::matches_blocked(jid(pattern), jid(address));
    };
    EXPECT_TRUE(matches("u@d.example/r", "u@d.example/r"));
    EXPECT_FALSE(matches("u@d.example/r", "u@d.example/q"));
    EXPECT_FALSE(matches("u@d.example/r", "u@d.example"));
    EXPECT_TRUE(matches("u@d.example", "u@d.example/q"));
    EXPECT_FALSE(matches("u@d.example", "v@d.example"));
    EXPECT_TRUE(matches("d.example/r", "d.example/r"));
    EXPECT_FALSE(matches("d.example/r", "d.example"));
    EXPECT_FALSE(matches("d.example/r", "u@d.example/r"));
    EXPECT_TRUE(matches("d.example", "d.example"));
    EXPECT_TRUE(matches("d.example", "d.example/r"));
    EXPECT_TRUE(matches("d.example", "u@d.example/r"));
    EXPECT_FALSE(matches("d.example", "u@sub.d.example"));
}

TEST(Blocking, has_a_limit) {
    Blocked world;
    std::string many = "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'>";
    for (std::size_t i = 0; i <= server::Blocking::most; ++i)
        many += "<item jid='user" + std::to_string(i) + "@spam.example'/>";
    world.send(*world.alice, many + "</block></iq>");
    EXPECT_EQ(conditions(world.alice->take()), Lines{"resource-constraint"});
    EXPECT_EQ(world.list(), Lines{});
}

TEST(Blocking, keeps_refused_messages_out_of_archive_and_store) {
    Blocked world;
    world.send(*world.alice, block("bob@example.org"));
    world.send(*world.bob, text_to("alice@example.org", "spam"));
    world.send(*world.alice, text_to("bob@example.org", "no"));
    store::ArchivePage question;
    question.account = world.alice->session->account().number();
    EXPECT_TRUE(world.world.base.read(question).rows.empty());
    world.leave(world.alice);
    world.send(*world.bob, text_to("alice@example.org", "spam"));
    store::OfflineMessages waiting;
    waiting.account = question.account;
    EXPECT_TRUE(world.world.base.read(waiting).rows.empty());
}

}  // namespace
}  // namespace sallyport::test
