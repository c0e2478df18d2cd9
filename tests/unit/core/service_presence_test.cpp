// SPDX-License-Identifier: Apache-2.0
// Presence and subscriptions of gateway and contacts: gateway.md §2.0, 2.4, 2.5, 2.8, 2.9.
#include <gtest/gtest.h>

#include "gateway/core/services.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::test {
namespace {

namespace ns = xmpp::ns;
using namespace std::chrono_literals;
using xmpp::Condition;
using xmpp::Stanza;
using xmpp::StanzaKind;
using xmpp::StanzaType;

struct PresenceTest : ::testing::Test {
    CoreWorld world;
    std::vector<Stanza> sent;

    PresenceTest() {
        world.link_up();
        world.take();
    }
    void member() { world.add_account(alice, "+15550001111"); }
    void feed(StanzaType type, std::string_view to, std::string_view from = alice) {
        world.receive(presence(type, to, from));
        sent = world.take();
    }
    bool has(StanzaType type, std::string_view from, std::string_view to) const {
        return find_presence(sent, type, from, to) != nullptr;
    }
    std::size_t contacts() {
        return world
            .read(store::ScanRecords{
                "contacts/sms.example.org/alice@example.org", "", world.time.wall()})
            .rows.size();
    }
};

// --- the gateway --------------------------------------------------------------------------------

TEST_F(PresenceTest, the_gateway_shows_itself_once_to_each_resource) {
    member();
    feed(StanzaType::available, gate, phone);
    ASSERT_TRUE(has(StanzaType::available, gate, phone));
    feed(StanzaType::available, gate, phone);
    EXPECT_TRUE(sent.empty());
    feed(StanzaType::available, gate, "alice@example.org/desk");
    EXPECT_TRUE(has(StanzaType::available, gate, "alice@example.org/desk"));
}

TEST_F(PresenceTest, the_gateways_presence_carries_caps_nick_and_number) {
    member();
    feed(StanzaType::available, gate, phone);
    const Stanza* shown = find_presence(sent, StanzaType::available, gate, phone);
    ASSERT_NE(shown, nullptr);
    const auto caps = xmpp::parse_caps(shown->element());
    ASSERT_TRUE(caps);
    EXPECT_EQ(caps->ver, world.core->services().disco.caps(world.domain, core::To::domain));
    EXPECT_EQ(shown->element().child_text("nick", ns::nick), "SMS");
    EXPECT_EQ(shown->element().child_text("status", ns::client), "Your number: +15550001111");
}

TEST_F(PresenceTest, a_resource_that_left_and_came_back_is_shown_it_again) {
    member();
    feed(StanzaType::available, gate, phone);
    feed(StanzaType::unavailable, gate, phone);
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(world.core->users().find(jid(alice)), nullptr);
    feed(StanzaType::available, gate, phone);
    EXPECT_TRUE(has(StanzaType::available, gate, phone));
}

TEST_F(PresenceTest, a_probe_of_the_gateway_is_answered) {
    member();
    feed(StanzaType::probe, gate, phone);
    EXPECT_TRUE(has(StanzaType::available, gate, phone));
}

TEST_F(PresenceTest, strangers_without_access_are_told_that_they_have_no_subscription) {
    feed(StanzaType::probe, gate, "eve@else.org");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(has(StanzaType::unsubscribed, gate, "eve@else.org"));
    feed(StanzaType::available, gate, "eve@else.org/x");
    EXPECT_TRUE(sent.empty());
}

TEST_F(PresenceTest, adding_the_gateway_is_approved_and_asked_back_once) {
    member();
    feed(StanzaType::subscribe, gate);
    EXPECT_TRUE(has(StanzaType::subscribed, gate, alice));
    EXPECT_TRUE(has(StanzaType::available, gate, alice));
    EXPECT_TRUE(has(StanzaType::subscribe, gate, alice));
    feed(StanzaType::subscribe, gate);
    EXPECT_TRUE(has(StanzaType::subscribed, gate, alice));
    EXPECT_FALSE(has(StanzaType::subscribe, gate, alice));
}

TEST_F(PresenceTest, an_unregistered_user_may_add_the_gateway_and_is_told_how_to_register) {
    feed(StanzaType::subscribe, gate);
    EXPECT_TRUE(has(StanzaType::subscribed, gate, alice));
    EXPECT_TRUE(has(StanzaType::available, gate, alice));
    EXPECT_FALSE(has(StanzaType::subscribe, gate, alice));
    ASSERT_EQ(bodies(sent).size(), 1U);
    EXPECT_NE(bodies(sent)[0].find("\"register\""), std::string::npos);
}

TEST_F(PresenceTest, who_may_not_use_the_gateway_may_not_add_it) {
    feed(StanzaType::subscribe, gate, "eve@else.org");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::forbidden);
}

// --- contacts -----------------------------------------------------------------------------------

TEST_F(PresenceTest, adding_a_number_is_approved_at_once) {
    member();
    feed(StanzaType::subscribe, bob_number);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].type(), StanzaType::subscribed);
    EXPECT_TRUE(has(StanzaType::subscribed, bob_number, alice));
    const Stanza* shown = find_presence(sent, StanzaType::available, bob_number, alice);
    ASSERT_NE(shown, nullptr);
    EXPECT_EQ(shown->element().child_text("nick", ns::nick), "+15551234567");
    EXPECT_NE(shown->element().child("x", ns::vcard_update), nullptr);
    EXPECT_EQ(
        xmpp::parse_caps(shown->element())->ver,
        world.core->services().disco.caps(world.domain, core::To::contact)
    );
    EXPECT_EQ(contacts(), 1U);
}

TEST_F(PresenceTest, a_contact_never_asks_to_see_its_user) {
    member();
    feed(StanzaType::subscribe, bob_number);
    EXPECT_FALSE(has(StanzaType::subscribe, bob_number, alice));
}

TEST_F(PresenceTest, another_spelling_is_gone_and_the_canonical_contact_asks_once) {
    member();
    const std::string_view typed = "5551234567@sms.example.org";
    feed(StanzaType::subscribe, typed);
    const Stanza* error = find_presence(sent, StanzaType::error, typed, alice);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error_of(*error).condition, Condition::gone);
    EXPECT_EQ(error_of(*error).uri, "xmpp:+15551234567@sms.example.org");
    EXPECT_TRUE(has(StanzaType::subscribe, bob_number, alice));
    EXPECT_EQ(contacts(), 0U);
    feed(StanzaType::subscribe, typed);
    EXPECT_FALSE(has(StanzaType::subscribe, bob_number, alice));
}

TEST_F(PresenceTest, a_contact_that_is_there_already_does_not_ask) {
    member();
    feed(StanzaType::subscribe, bob_number);
    feed(StanzaType::subscribe, "5551234567@sms.example.org");
    EXPECT_FALSE(has(StanzaType::subscribe, bob_number, alice));
}

TEST_F(PresenceTest, a_message_to_another_spelling_mends_the_roster_too) {
    member();
    world.receive(chat("5551234567@sms.example.org", "hello"));
    sent = world.take();
    EXPECT_TRUE(has(StanzaType::subscribe, bob_number, alice));
}

TEST_F(PresenceTest, what_is_no_number_cannot_be_added) {
    member();
    feed(StanzaType::subscribe, "12ab@sms.example.org");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::item_not_found);
    EXPECT_EQ(error_of(sent[0]).text, "That is no phone number.");
}

TEST_F(PresenceTest, several_numbers_at_once_are_refused_with_the_reason) {
    member();
    feed(StanzaType::subscribe, "+15551234567,+15557654321@sms.example.org");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).text, "Write to one number at a time.");
}

TEST_F(PresenceTest, strangers_must_register_before_they_add_contacts) {
    feed(StanzaType::subscribe, bob_number);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::registration_required);
}

TEST_F(PresenceTest, a_full_disk_adds_nobody) {
    member();
    world.store.is_full = true;
    feed(StanzaType::subscribe, bob_number);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).type, xmpp::ErrorType::wait);
}

TEST_F(PresenceTest, removing_a_contact_is_answered_with_its_absence_alone) {
    member();
    feed(StanzaType::subscribe, bob_number);
    feed(StanzaType::unsubscribe, bob_number);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(has(StanzaType::unavailable, bob_number, alice));
    feed(StanzaType::unsubscribed, bob_number);
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(contacts(), 0U);
}

TEST_F(PresenceTest, contacts_are_always_there) {
    member();
    feed(StanzaType::probe, bob_number, phone);
    EXPECT_TRUE(has(StanzaType::available, bob_number, phone));
    feed(StanzaType::available, bob_number, phone);
    EXPECT_TRUE(has(StanzaType::available, bob_number, phone));
}

TEST_F(PresenceTest, a_probe_by_somebody_who_left_cleans_their_roster) {
    feed(StanzaType::probe, bob_number);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(has(StanzaType::unsubscribed, bob_number, alice));
}

TEST_F(PresenceTest, a_storm_of_probes_is_answered_at_a_bearable_rate) {
    member();
    for (int i = 0; i < 2500; ++i)
        world.core->handle(world.domain, presence(StanzaType::probe, bob_number, phone));
    EXPECT_EQ(world.take().size(), 2000U);
    world.advance(1s);
    EXPECT_EQ(world.take().size(), 500U);
}

// --- no loops -----------------------------------------------------------------------------------

/// The stanza as a mirror would send it back.
Stanza reflect(const Stanza& stanza) {
    Stanza back = stanza;
    back.set_from(stanza.to());
    back.set_to(stanza.from());
    return back;
}

TEST_F(PresenceTest, nothing_is_said_to_a_mirror_for_long) {
    member();
    world.core->handle(world.domain, presence(StanzaType::subscribe, gate));
    world.core->handle(world.domain, presence(StanzaType::subscribe, bob_number));
    world.core->handle(world.domain, presence(StanzaType::subscribe, "5551234567@sms.example.org"));
    world.core->handle(world.domain, presence(StanzaType::available, gate, phone));
    std::size_t said = 0;
    std::size_t rounds = 0;
    for (auto echo = world.take(); !echo.empty() && rounds < 10; echo = world.take(), ++rounds) {
        said += echo.size();
        for (const Stanza& stanza : echo)
            if (stanza.kind() == StanzaKind::presence && stanza.type() != StanzaType::error)
                world.core->handle(world.domain, reflect(stanza));
    }
    EXPECT_LT(rounds, 5U);
    EXPECT_LT(said, 40U);
}

TEST_F(PresenceTest, approvals_denials_and_errors_are_never_answered) {
    for (bool is_member : {false, true}) {
        if (is_member) member();
        for (std::string_view of : {gate, bob_number}) {
            feed(StanzaType::subscribed, of);
            EXPECT_TRUE(sent.empty());
            Stanza error = presence(StanzaType::subscribe, of);
            error = *error.bounce(xmpp::StanzaError(Condition::forbidden));
            world.receive(reflect(error));
            EXPECT_TRUE(world.take().empty());
        }
        feed(StanzaType::unsubscribed, bob_number);
        EXPECT_TRUE(sent.empty());
    }
}

TEST_F(PresenceTest, an_error_for_anything_that_we_sent_is_silence) {
    member();
    world.core->handle(world.domain, presence(StanzaType::subscribe, gate));
    world.core->handle(world.domain, presence(StanzaType::subscribe, bob_number));
    for (const Stanza& stanza : world.take()) {
        if (auto error = stanza.bounce(xmpp::StanzaError(Condition::remote_server_not_found)))
            world.core->handle(world.domain, *error);
    }
    EXPECT_TRUE(world.take().empty());
}

// --- restarts -----------------------------------------------------------------------------------

struct RestartTest : PresenceTest {
    RestartTest() {
        world.link_down();
        member();
    }
    void approve() {
        world.link_up();
        feed(StanzaType::subscribed, gate);
        world.link_down();
    }
};

TEST_F(RestartTest, a_user_who_was_never_asked_is_asked_when_the_link_comes_up) {
    world.link_up();
    world.advance(60s);
    sent = world.take();
    EXPECT_TRUE(has(StanzaType::subscribe, gate, alice));
    world.link_down();
    world.link_up();
    world.advance(60s);
    sent = world.take();
    EXPECT_FALSE(has(StanzaType::subscribe, gate, alice));
}

TEST_F(RestartTest, who_approved_is_probed_a_minute_after_the_link_came_back) {
    approve();
    world.link_up();
    world.advance(59s);
    sent = world.take();
    EXPECT_FALSE(has(StanzaType::probe, gate, alice));
    world.advance(1s);
    sent = world.take();
    EXPECT_TRUE(has(StanzaType::probe, gate, alice));
    EXPECT_FALSE(has(StanzaType::available, gate, alice));
}

TEST_F(RestartTest, who_came_back_by_themselves_is_not_probed) {
    approve();
    world.link_up();
    feed(StanzaType::available, gate, phone);
    world.advance(61s);
    sent = world.take();
    EXPECT_FALSE(has(StanzaType::probe, gate, alice));
}

TEST_F(RestartTest, who_denied_is_neither_asked_nor_probed) {
    world.link_up();
    world.advance(60s);
    world.take();
    feed(StanzaType::unsubscribed, gate);
    EXPECT_TRUE(sent.empty());
    world.link_down();
    world.link_up();
    world.advance(60s);
    EXPECT_TRUE(world.take().empty());
    EXPECT_FALSE(world.account(alice)->suspended);
}

TEST_F(RestartTest, a_lost_link_makes_it_unknown_who_is_there) {
    world.link_up();
    feed(StanzaType::available, gate, phone);
    ASSERT_NE(world.core->users().find(jid(alice)), nullptr);
    world.link_down();
    EXPECT_EQ(world.core->users().find(jid(alice)), nullptr);
}

TEST_F(RestartTest, many_users_are_visited_fifty_a_second) {
    for (int i = 0; i < 120; ++i)
        world.add_account(
            "user" + std::to_string(i) + "@example.org", "+1555100" + std::to_string(1000 + i)
        );
    world.link_up();
    world.advance(60s);
    EXPECT_LE(world.take().size(), 51U);
    world.advance(3s);
    EXPECT_GE(world.take().size(), 65U);
}

TEST_F(RestartTest, those_who_are_there_are_told_when_the_gateway_goes) {
    world.link_up();
    feed(StanzaType::available, gate, phone);
    world.core->services().drain();
    sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(has(StanzaType::unavailable, gate, phone));
}

}  // namespace
}  // namespace sallyport::test
