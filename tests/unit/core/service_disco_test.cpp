// SPDX-License-Identifier: Apache-2.0
// What clients discover: gateway.md §2.2 and §2.11.
#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/core/services.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::test {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::DiscoInfo;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaType;

struct DiscoTest : ::testing::Test {
    CoreWorld world;

    Stanza ask(
        std::string_view of,
        std::string_view ns,
        std::string_view node = {},
        std::string_view from = phone
    ) {
        Element query("query", ns);
        if (!node.empty()) query.set("node", node);
        world.receive(question(StanzaType::get, of, std::move(query), from));
        const auto sent = world.take();
        const Stanza* answer = find_answer(sent);
        if (!answer) throw std::runtime_error("no answer");
        return *answer;
    }
};

DiscoInfo info_in(const Stanza& answer) {
    return *xmpp::parse_disco_info(*answer.element().first_child());
}

std::vector<xmpp::DiscoItem> items_in(const Stanza& answer) {
    return xmpp::parse_disco_items(*answer.element().first_child());
}

TEST_F(DiscoTest, the_gateway_says_what_it_is) {
    const DiscoInfo info = info_in(ask(gate, ns::disco_info));
    ASSERT_EQ(info.identities.size(), 1U);
    EXPECT_EQ(info.identities[0], xmpp::Identity("gateway", "sms", "SMS"));
    for (std::string_view feature :
         {ns::disco_info,
          ns::disco_items,
          ns::gateway,
          ns::reg,
          ns::commands,
          ns::vcard_temp,
          ns::ping,
          ns::version,
          ns::last,
          ns::time,
          ns::caps,
          ns::receipts})
        EXPECT_TRUE(info.has_feature(feature)) << feature;
    EXPECT_TRUE(info.has_feature("jid\\20escaping"));
}

TEST_F(DiscoTest, an_email_gateway_is_known_under_both_its_names) {
    world.transport.can.gateway_type = "smtp";
    const DiscoInfo info = info_in(ask(gate, ns::disco_info));
    ASSERT_EQ(info.identities.size(), 2U);
    EXPECT_EQ(info.identities[0].type, "smtp");
    EXPECT_EQ(info.identities[1].type, "email");
}

TEST_F(DiscoTest, every_announced_namespace_of_the_gateway_is_answered) {
    for (const std::string& feature : info_in(ask(gate, ns::disco_info)).features) {
        if (feature == ns::caps || feature == ns::receipts || feature == "jid\\20escaping" ||
            feature == ns::commands)
            continue;
        const Stanza answer = ask(gate, feature);
        if (answer.type() != StanzaType::error) continue;
        EXPECT_NE(error_of(answer).condition, Condition::service_unavailable) << feature;
    }
}

TEST_F(DiscoTest, admins_are_named_as_contact_addresses) {
    const DiscoInfo info = info_in(ask(gate, ns::disco_info));
    ASSERT_EQ(info.forms.size(), 1U);
    EXPECT_EQ(info.forms[0].form_type(), "http://jabber.org/network/serverinfo");
    EXPECT_EQ(info.forms[0].value("admin-addresses"), "xmpp:ops@example.org");
}

TEST_F(DiscoTest, a_contact_is_an_account_and_a_phone_with_what_its_network_can_do) {
    world.add_account(alice, "+15550001111");
    const DiscoInfo info = info_in(ask(bob_number, ns::disco_info));
    ASSERT_EQ(info.identities.size(), 2U);
    EXPECT_EQ(info.identities[0], xmpp::Identity("account", "registered"));
    EXPECT_EQ(info.identities[1], xmpp::Identity("client", "phone"));
    EXPECT_TRUE(info.has_feature(ns::receipts));
    EXPECT_TRUE(info.has_feature(ns::oob));
    EXPECT_FALSE(info.has_feature(ns::reactions));
    EXPECT_FALSE(info.has_feature(ns::retract));
    EXPECT_FALSE(info.has_feature(ns::correct));
}

TEST_F(DiscoTest, a_network_without_receipts_announces_none) {
    world.transport.can.receipts = false;
    world.add_account(alice, "+15550001111");
    EXPECT_FALSE(info_in(ask(bob_number, ns::disco_info)).has_feature(ns::receipts));
}

TEST_F(DiscoTest, the_hash_of_a_presence_names_the_answer_to_its_node) {
    world.add_account(alice, "+15550001111");
    for (std::string_view of : {gate, bob_number}) {
        const DiscoInfo plain = info_in(ask(of, ns::disco_info));
        const std::string node = "urn:sallyport:gateway#" + xmpp::caps_hash(plain);
        const DiscoInfo named = info_in(ask(of, ns::disco_info, node));
        EXPECT_EQ(named.node, node);
        EXPECT_EQ(named.features, plain.features);
        EXPECT_TRUE(xmpp::is_fit_for_caps(named));
    }
}

TEST_F(DiscoTest, an_unknown_node_is_not_found) {
    world.add_account(alice, "+15550001111");
    EXPECT_EQ(
        error_of(ask(gate, ns::disco_info, "urn:sallyport:gateway#old")).condition,
        Condition::item_not_found
    );
    EXPECT_EQ(
        error_of(ask(bob_number, ns::disco_info, "else")).condition, Condition::item_not_found
    );
    EXPECT_EQ(error_of(ask(gate, ns::disco_items, "else")).condition, Condition::item_not_found);
    EXPECT_EQ(
        error_of(ask(bob_number, ns::disco_items, "else")).condition, Condition::item_not_found
    );
}

TEST_F(DiscoTest, strangers_learn_nothing_of_contacts) {
    EXPECT_EQ(
        error_of(ask(bob_number, ns::disco_info)).condition, Condition::registration_required
    );
    EXPECT_EQ(
        error_of(ask(bob_number, ns::disco_items)).condition, Condition::registration_required
    );
}

TEST_F(DiscoTest, what_is_no_number_is_not_found) {
    world.add_account(alice, "+15550001111");
    EXPECT_EQ(
        error_of(ask("123abc@sms.example.org", ns::disco_info)).condition, Condition::item_not_found
    );
}

TEST_F(DiscoTest, another_spelling_of_a_number_is_gone_to_the_canonical_one) {
    world.add_account(alice, "+15550001111");
    const auto error = error_of(ask("5551234567@sms.example.org", ns::disco_info));
    EXPECT_EQ(error.condition, Condition::gone);
    EXPECT_EQ(error.uri, "xmpp:+15551234567@sms.example.org");
}

TEST_F(DiscoTest, the_items_of_the_gateway_are_its_commands_and_never_contacts) {
    world.add_account(alice, "+15550001111");
    const auto items = items_in(ask(gate, ns::disco_items));
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].node, ns::commands);
    EXPECT_TRUE(items_in(ask(bob_number, ns::disco_items)).empty());
    EXPECT_TRUE(items_in(ask(bob_number, ns::disco_items, ns::commands)).empty());
}

}  // namespace
}  // namespace sallyport::test
