// SPDX-License-Identifier: Apache-2.0
// Whose a stanza is, where it may come from and where it goes; transports and components.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server/service_world.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

TEST(Routing, without_an_offline_store_the_sender_hears_that_nobody_took_it) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    for (const char* to : {"bob@example.org", "nobody@example.org"}) {
        world.send(
            *alice, "<message type='chat' to='" + std::string(to) + "'><body>x</body></message>"
        );
        EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"}) << to;
    }
}

TEST(Routing, a_connected_resource_without_presence_gets_what_names_it) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    auto bob = world.bind("bob", "quiet");
    world.send(*alice, "<message type='chat' to='bob@example.org/quiet'/>");
    EXPECT_EQ(bob->take().size(), 1U);
    world.send(*alice, "<message type='chat' to='bob@example.org'/>");
    EXPECT_EQ(bob->take().size(), 0U);
}

TEST(Routing, from_is_stamped_and_must_be_true) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    for (const char* from : {"", " from='alice@example.org'", " from='Alice@example.org/phone'"}) {
        world.send(
            *alice, "<message to='bob@example.org/home'" + std::string(from) + "><body/></message>"
        );
        EXPECT_EQ(
            brief(bob->take()), Lines{"message alice@example.org/phone>bob@example.org/home"}
        );
    }
    world.send(*alice, "<message to='bob@example.org/home' from='carol@example.org'/>");
    ASSERT_TRUE(alice->closed);
    EXPECT_EQ(alice->closed->condition, xmpp::StreamCondition::invalid_from);
    EXPECT_EQ(world.hub.session_count(), 1U);
    EXPECT_TRUE(bob->take().empty());
}

TEST(Routing, another_resource_of_ones_own_is_not_oneself) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<message to='bob@example.org' from='alice@example.org/tablet'/>");
    ASSERT_TRUE(alice->closed);
    EXPECT_EQ(alice->closed->condition, xmpp::StreamCondition::invalid_from);
}

TEST(Routing, a_message_without_to_goes_to_the_own_account) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<message><body>note</body></message>");
    EXPECT_EQ(brief(alice->take()), Lines{"message alice@example.org/phone>alice@example.org"});
}

TEST(Routing, questions_without_to_are_the_accounts) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq>");
    EXPECT_EQ(brief(alice->take()), Lines{"iq:result >alice@example.org/phone"});
    world.send(*alice, "<iq type='get' id='q'><x xmlns='urn:example:unknown'/></iq>");
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
}

TEST(Routing, unknown_domains_are_not_found) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<message to='juliet@capulet.example'/>");
    world.send(*alice, "<iq type='get' id='q' to='capulet.example'><x xmlns='u'/></iq>");
    world.send(*alice, "<presence type='subscribe' to='juliet@capulet.example'/>");
    const auto got = alice->take();
    EXPECT_EQ(conditions(got), Lines(3, "remote-server-not-found"));
}

TEST(Routing, errors_are_never_answered) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<message type='error' to='juliet@capulet.example'/>");
    world.send(*alice, "<iq type='error' id='1' to='bob@example.org/none'/>");
    world.send(*alice, "<iq type='result' id='1' to='bob@example.org/none'/>");
    world.send(*alice, "<iq type='result' id='push-1'/>");
    world.send(*alice, "<presence type='error' to='bob@example.org'/>");
    EXPECT_TRUE(alice->take().empty());
}

TEST(Routing, a_stanza_to_an_account_that_loads_keeps_its_place) {
    HubWorld world;
    Keeper keeper;
    world.hub.services().add(keeper);
    auto alice = world.log_in("alice", "phone");
    for (int i = 0; i < 5; ++i)  // without a pause: bob is being read from the store
        world.hub.handle(
            *alice->session,
            stanza("<message type='chat' id='" + std::to_string(i) + "' to='bob@example.org'/>")
        );
    world.settle();
    ASSERT_EQ(keeper.kept.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(keeper.kept[i].id(), std::to_string(i));
}

// --- iq -----------------------------------------------------------------------------------------

TEST(RoutingIq, to_a_resource_needs_shared_presence) {
    HubWorld world;
    auto alice = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    const char* ping =
        "<iq type='get' id='p' to='bob@example.org/home'><ping xmlns='urn:xmpp:ping'/></iq>";
    world.send(*alice, ping);
    EXPECT_EQ(conditions(alice->take()), Lines{"service-unavailable"});
    EXPECT_TRUE(bob->take().empty());
    world.send(*bob, "<presence to='alice@example.org/phone'/>");
    alice->take();
    world.send(*alice, ping);
    EXPECT_EQ(brief(bob->take()), Lines{"iq:get alice@example.org/phone>bob@example.org/home"});
    world.send(*bob, "<iq type='result' id='p' to='alice@example.org/phone'/>");
    EXPECT_EQ(
        brief(alice->take()), Lines{"iq:result bob@example.org/home>alice@example.org/phone"}
    );
}

TEST(RoutingIq, subscribers_and_own_resources_may_ask) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice = world.log_in("alice", "phone");
    auto tablet = world.log_in("alice", "tablet");
    auto bob = world.log_in("bob", "home");
    alice->take();
    tablet->take();
    world.send(*alice, "<iq type='get' id='p' to='bob@example.org/home'><x xmlns='u'/></iq>");
    EXPECT_EQ(bob->take().size(), 1U);
    world.send(*alice, "<iq type='get' id='p' to='alice@example.org/tablet'><x xmlns='u'/></iq>");
    EXPECT_EQ(tablet->take().size(), 1U);
    EXPECT_TRUE(alice->take().empty());
}

TEST(RoutingIq, to_a_resource_that_is_gone_is_an_error) {
    HubWorld world;
    world.befriend("alice", "bob");
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, "<iq type='get' id='p' to='bob@example.org/home'><x xmlns='u'/></iq>");
    world.send(*alice, "<iq type='get' id='p' to='nobody@example.org/home'><x xmlns='u'/></iq>");
    EXPECT_EQ(conditions(alice->take()), Lines(2, "service-unavailable"));
}

/// The whole of each error, with its type and text.
Lines errors(const std::vector<xmpp::Stanza>& got) {
    Lines lines;
    for (const auto& answer : got)
        if (const auto* error = answer.element().child("error", "jabber:client"))
            lines.push_back(xmpp::to_xml(*error, "jabber:client"));
    return lines;
}

/// With all services, whatever is asked or set.
TEST(RoutingIq, strangers_cannot_tell_an_account_from_none) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    auto bob = world.log_in("bob", "home");
    for (const char* payload :
         {"<query xmlns='jabber:iq:last'/>",
          "<query xmlns='http://jabber.org/protocol/disco#info'/>",
          "<query xmlns='http://jabber.org/protocol/disco#items'/>",
          "<query xmlns='jabber:iq:roster'/>",
          "<query xmlns='jabber:iq:private'/>",
          "<query xmlns='jabber:iq:register'/>",
          "<query xmlns='urn:xmpp:mam:2'/>",
          "<prefs xmlns='urn:xmpp:mam:2'/>",
          "<metadata xmlns='urn:xmpp:mam:2'/>",
          "<vCard xmlns='vcard-temp'/>",
          "<blocklist xmlns='urn:xmpp:blocking'/>",
          "<enable xmlns='urn:xmpp:carbons:2'/>",
          "<request xmlns='urn:xmpp:http:upload:0' filename='a' size='1'/>",
          "<ping xmlns='urn:xmpp:ping'/>",
          "<x xmlns='urn:example:unknown'/>"})
        for (const char* type : {"get", "set"}) {
            std::vector<Lines> seen;
            for (const char* to : {"bob@example.org", "nobody@example.org"}) {
                world.send(
                    *alice,
                    "<iq type='" + std::string(type) + "' id='q' to='" + to + "'>" + payload +
                        "</iq>"
                );
                seen.push_back(errors(alice->take()));
            }
            EXPECT_EQ(seen[0].size(), 1U) << type << payload;
            EXPECT_EQ(seen[0], seen[1]) << type << payload;
        }
    EXPECT_TRUE(bob->take().empty());
}

// --- transports ---------------------------------------------------------------------------------

/// A text from the phone +15551234567 to alice's number, and the inbox rows that wait afterwards.
std::uint64_t receive_text(HubWorld& world, std::string body = "hello") {
    port::MessageReceived text(
        port::Address("+15551234567"), "+15550001111", {"primary", "SM1"}, std::move(body)
    );
    world.base.core->arrivals().accept(
        world.base.domain, std::move(text), [](const Result<port::Accepted>&) {}
    );
    world.settle();
    world.base.advance(std::chrono::seconds(2));
    return world.base.read(store::Counts{}).inbox_waiting["sms.example.org"];
}

TEST(RoutingTransport, a_text_is_proved_when_it_is_delivered) {
    HubWorld world;
    world.base.add_account("alice@example.org", "+15550001111");
    auto alice_phone = world.log_in("alice", "phone");
    EXPECT_EQ(receive_text(world), 0U);
    EXPECT_EQ(bodies(alice_phone->take()), Lines{"hello"});
}

TEST(RoutingTransport, a_text_is_proved_when_it_is_kept) {
    HubWorld world;
    Keeper keeper;
    world.hub.services().add(keeper);
    world.base.add_account("alice@example.org", "+15550001111");
    EXPECT_EQ(receive_text(world), 0U);
    EXPECT_EQ(bodies(keeper.kept), Lines{"hello"});
}

TEST(RoutingTransport, a_text_that_no_stream_has_room_for_is_shown_shortened) {
    HubWorld world;
    world.base.add_account("alice@example.org", "+15550001111");
    auto alice_phone = world.log_in("alice", "phone");
    EXPECT_EQ(receive_text(world, std::string(300'000, '&')), 0U);
    const Lines shown = bodies(alice_phone->take());
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_TRUE(shown[0].starts_with("&&&"));
    EXPECT_TRUE(shown[0].ends_with("here are the first 40000.]")) << shown[0].size();
}

TEST(RoutingTransport, a_text_that_nobody_takes_waits) {
    HubWorld world;
    world.base.add_account("alice@example.org", "+15550001111");
    EXPECT_EQ(receive_text(world), 1U);
}

TEST(RoutingTransport, a_text_to_an_account_that_is_gone_waits_though_others_are_kept) {
    HubWorld world;
    Keeper keeper;
    world.hub.services().add(keeper);
    world.base.add_account("nobody@example.org", "+15550001111");
    EXPECT_EQ(receive_text(world), 1U);
}

TEST(RoutingTransport, safe_is_what_was_committed) {
    HubWorld world;
    Lines order;
    world.hub.when_safe([&order] { order.push_back("at once"); });
    EXPECT_EQ(order, Lines{"at once"});
    world.base.store.write(
        store::PutRecord{"ns", "key", "value", {}},
        [&order](const Result<store::PutRecord::Answer>&) { order.push_back("written"); }
    );
    world.hub.accounts().with(jid("bob@example.org"), [&order](server::AccountState*) {
        order.push_back("loaded");
    });
    world.hub.when_safe([&order] { order.push_back("safe"); });
    EXPECT_EQ(order.size(), 1U);
    world.settle();
    ASSERT_EQ(order.size(), 4U);
    EXPECT_EQ(order.back(), "safe");
}

TEST(RoutingTransport, users_reach_it) {
    HubWorld world;
    auto alice_phone = world.log_in("alice", "phone");
    world.send(
        *alice_phone,
        "<iq type='get' id='q' to='sms.example.org'>"
        "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    );
    EXPECT_EQ(
        brief(alice_phone->take()), Lines{"iq:result sms.example.org>alice@example.org/phone"}
    );
}

class FakeComponent final : public server::ComponentLink {
  public:
    bool deliver(const xmpp::Stanza& each) override {
        if (!is_full) got.push_back(each);
        return !is_full;
    }
    bool is_full = false;
    std::vector<xmpp::Stanza> got;
};

TEST(RoutingComponent, gets_what_is_for_its_domain_and_its_answers_come_back) {
    HubWorld world;
    FakeComponent component;
    auto alice_phone = world.log_in("alice", "phone");
    ASSERT_TRUE(world.hub.add_component(jid("irc.example.org"), component));
    EXPECT_FALSE(world.hub.add_component(jid("irc.example.org"), component));
    EXPECT_FALSE(world.hub.add_component(jid("sms.example.org"), component));
    EXPECT_FALSE(world.hub.add_component(jid("example.org"), component));
    world.send(*alice_phone, "<message to='room@irc.example.org'/>");
    EXPECT_EQ(brief(component.got), Lines{"message alice@example.org/phone>room@irc.example.org"});
    world.hub.route(stanza("<message from='room@irc.example.org/x' to='alice@example.org/phone'/>")
    );
    EXPECT_EQ(alice_phone->take().size(), 1U);
    component.is_full = true;
    world.send(*alice_phone, "<message to='room@irc.example.org'/>");
    EXPECT_EQ(conditions(alice_phone->take()), Lines{"resource-constraint"});
    world.hub.remove_component(jid("irc.example.org"));
    world.send(*alice_phone, "<message to='room@irc.example.org'/>");
    EXPECT_EQ(conditions(alice_phone->take()), Lines{"remote-server-timeout"});
    EXPECT_FALSE(world.hub.has_component(jid("irc.example.org")));
    EXPECT_TRUE(world.hub.add_component(jid("irc.example.org"), component));
}

}  // namespace
}  // namespace sallyport::test
