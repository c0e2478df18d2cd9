// SPDX-License-Identifier: Apache-2.0
// The small questions and the prompt: gateway.md §2.0(3), §2.5c.
#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/gateway_prompt.hpp"
#include "xmpp/xep/vcard.hpp"

namespace sallyport::test {
namespace {

namespace ns = xmpp::ns;
using namespace std::chrono_literals;
using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaType;

struct InfoTest : ::testing::Test {
    CoreWorld world;
    InfoTest() { world.add_account(alice, "+15550001111"); }

    Stanza ask(
        std::string_view of,
        Element payload,
        StanzaType type = StanzaType::get,
        std::string_view from = phone
    ) {
        world.receive(question(type, of, std::move(payload), from));
        const auto sent = world.take();
        const Stanza* answer = find_answer(sent);
        if (!answer) throw std::runtime_error("no answer");
        return *answer;
    }
};

TEST_F(InfoTest, pings_are_answered_by_gateway_and_contacts) {
    for (std::string_view of : {gate, bob_number}) {
        const Stanza answer = ask(of, Element("ping", ns::ping));
        EXPECT_EQ(answer.type(), StanzaType::result);
        EXPECT_EQ(answer.from().str(), of);
        EXPECT_EQ(answer.to().str(), phone);
        EXPECT_EQ(answer.element().first_child(), nullptr);
    }
}

TEST_F(InfoTest, the_version_names_the_program_and_no_system) {
    const Stanza answer = ask(gate, Element("query", ns::version));
    const Element* query = answer.element().child("query", ns::version);
    ASSERT_NE(query, nullptr);
    EXPECT_EQ(query->child_text("name", ns::version), "Sallyport");
    EXPECT_EQ(query->child_text("version", ns::version), SALLYPORT_VERSION);
    EXPECT_EQ(query->child("os", ns::version), nullptr);
}

TEST_F(InfoTest, last_activity_is_the_uptime_of_the_gateway_and_nothing_for_contacts) {
    world.advance(90s);
    EXPECT_EQ(
        ask(gate, Element("query", ns::last))
            .element()
            .child("query", ns::last)
            ->attribute("seconds"),
        "90"
    );
    EXPECT_EQ(
        ask(bob_number, Element("query", ns::last))
            .element()
            .child("query", ns::last)
            ->attribute("seconds"),
        "0"
    );
}

TEST_F(InfoTest, the_time_is_universal) {
    const Stanza answer = ask(gate, Element("time", ns::time));
    const Element* time = answer.element().child("time", ns::time);
    ASSERT_NE(time, nullptr);
    EXPECT_EQ(time->child_text("utc", ns::time), "2027-01-15T08:00:00Z");
    EXPECT_EQ(time->child_text("tzo", ns::time), "+00:00");
}

TEST_F(InfoTest, a_contact_has_a_vcard_with_its_number) {
    const Stanza answer = ask(bob_number, Element("vCard", ns::vcard_temp));
    const auto card = xmpp::parse_vcard(*answer.element().first_child());
    ASSERT_TRUE(card);
    EXPECT_EQ(card->full_name, "+15551234567");
    EXPECT_EQ(card->telephones, std::vector<std::string>{"+15551234567"});
}

TEST_F(InfoTest, the_gateway_has_a_vcard_with_its_title) {
    const Stanza answer = ask(gate, Element("vCard", ns::vcard_temp));
    EXPECT_EQ(xmpp::parse_vcard(*answer.element().first_child())->full_name, "SMS");
}

TEST_F(InfoTest, device_lists_and_avatars_are_not_found_at_once) {
    Element devices("pubsub", ns::pubsub);
    devices.add("items", ns::pubsub).set("node", "eu.siacs.conversations.axolotl.devicelist");
    EXPECT_EQ(error_of(ask(bob_number, devices)).condition, Condition::item_not_found);
    EXPECT_EQ(error_of(ask(gate, devices)).condition, Condition::item_not_found);
    EXPECT_EQ(
        error_of(ask(bob_number, Element("vcard", ns::vcard4))).condition, Condition::item_not_found
    );
}

TEST_F(InfoTest, nobody_changes_a_contacts_vcard) {
    EXPECT_EQ(
        error_of(ask(bob_number, Element("vCard", ns::vcard_temp), StanzaType::set)).condition,
        Condition::service_unavailable
    );
}

TEST_F(InfoTest, strangers_cannot_ask_contacts) {
    for (std::string_view ns : {ns::ping, ns::version, ns::last, ns::time, ns::vcard_temp})
        EXPECT_EQ(
            error_of(ask(bob_number, Element("query", ns), StanzaType::get, "eve@example.org/x"))
                .condition,
            Condition::registration_required
        ) << ns;
}

// --- the prompt ---------------------------------------------------------------------------------

struct PromptTest : InfoTest {
    Stanza type(std::string_view text) {
        Element query("query", ns::gateway);
        query.add("prompt", ns::gateway).add_text(text);
        return ask(gate, std::move(query), StanzaType::set);
    }
    std::string jid_for(std::string_view text) {
        return type(text)
            .element()
            .child("query", ns::gateway)
            ->child_text("jid", ns::gateway)
            .value_or("");
    }
};

TEST_F(PromptTest, says_what_to_type) {
    const Stanza answer = ask(gate, Element("query", ns::gateway));
    const Element* query = answer.element().child("query", ns::gateway);
    ASSERT_NE(query, nullptr);
    EXPECT_EQ(query->child_text("desc", ns::gateway), "Enter a phone number.");
    EXPECT_EQ(query->child_text("prompt", ns::gateway), "Phone number");
}

TEST_F(PromptTest, answers_with_the_canonical_contact) {
    EXPECT_EQ(jid_for("+1 555 123-4567"), bob_number);
    EXPECT_EQ(jid_for("  (555) 123-4567 "), bob_number);
}

TEST_F(PromptTest, understands_what_is_escaped_or_a_jid_already) {
    EXPECT_EQ(jid_for("+15551234567@sms.example.org"), bob_number);
    EXPECT_EQ(jid_for("xmpp:+15551234567@SMS.example.org"), bob_number);
    EXPECT_EQ(jid_for("+1\\20555\\201234567"), bob_number);
}

TEST_F(PromptTest, explains_what_it_cannot_understand) {
    const auto error = error_of(type("12ab"));
    EXPECT_EQ(error.condition, Condition::not_acceptable);
    EXPECT_EQ(error.text, "That is no phone number.");
    EXPECT_EQ(error_of(type("+15551234567,+15557654321")).text, "Write to one number at a time.");
}

TEST_F(PromptTest, an_empty_prompt_is_a_bad_request) {
    EXPECT_EQ(error_of(type("  ")).condition, Condition::bad_request);
    EXPECT_EQ(
        error_of(ask(gate, Element("query", ns::gateway), StanzaType::set)).condition,
        Condition::bad_request
    );
}

}  // namespace
}  // namespace sallyport::test
