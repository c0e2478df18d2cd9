// SPDX-License-Identifier: Apache-2.0
// Messages to the gateway itself, and the same commands as buttons: product.md "Addresses",
// XEP-0050.
#include <gtest/gtest.h>

#include "gateway/core/chat_texts.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::test {
namespace {

namespace ns = xmpp::ns;
using namespace std::chrono_literals;
using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaType;

struct ChatTest : ::testing::Test {
    CoreWorld world;
    std::vector<Stanza> sent;

    ChatTest() {
        world.link_up();
        world.take();
        port::RegistrationGrant grant;
        grant.own_address = "+15550001111";
        grant.from_pool = true;
        world.transport.grants = {grant};
    }
    /// The answer to these words; "" when there was none.
    std::string say(std::string_view words, std::string_view from = phone) {
        world.receive(chat(gate, words, "m1", from));
        sent = world.take();
        const auto answers = bodies(sent);
        EXPECT_LE(answers.size(), 1U);
        return answers.empty() ? "" : answers[0];
    }
    bool said(std::string_view words, std::string_view part) {
        return say(words).find(part) != std::string::npos;
    }
};

TEST_F(ChatTest, help_lists_the_commands) {
    const std::string help = say("help");
    for (std::string_view word : {"register", "status", "why", "unregister", "resume"})
        EXPECT_NE(help.find(word), std::string::npos) << word;
    EXPECT_EQ(help.find("queue"), std::string::npos);
    EXPECT_EQ(say("?"), help);
    EXPECT_EQ(say("/HELP."), help);
}

TEST_F(ChatTest, admins_have_more) {
    EXPECT_NE(say("help", "ops@example.org/x").find("queue"), std::string::npos);
    EXPECT_NE(say("queue", "ops@example.org/x").find("Messages"), std::string::npos);
    EXPECT_TRUE(said("queue", "did not understand"));
}

TEST_F(ChatTest, unknown_words_are_answered_too) {
    EXPECT_TRUE(said("hello there", "\"help\""));
}

TEST_F(ChatTest, answers_go_to_the_bare_address_in_the_same_thread) {
    Stanza stanza = chat(gate, "help");
    stanza.element().add("thread", ns::client).add_text("t1");
    world.receive(stanza);
    sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to().str(), alice);
    EXPECT_EQ(sent[0].from().str(), gate);
    EXPECT_EQ(sent[0].element().child_text("thread", ns::client), "t1");
}

TEST_F(ChatTest, register_gives_a_number) {
    EXPECT_EQ(say("register"), "You are registered with SMS. Your number is +15550001111.");
    EXPECT_NE(world.account(alice), nullptr);
    EXPECT_TRUE(said("register", "already registered"));
}

TEST_F(ChatTest, a_failed_registration_says_why) {
    world.transport.grants = {port::Failure(port::Reason::no_route, "No number is free.")};
    EXPECT_EQ(say("register"), "That did not work: No number is free.");
}

TEST_F(ChatTest, credentials_are_never_taken_by_chat) {
    port::FormField field;
    field.name = "auth_token";
    field.kind = port::FormField::Kind::secret;
    world.transport.asks.form.fields = {field};
    EXPECT_TRUE(said("register AC1 secret", "never done by chat"));
    EXPECT_TRUE(world.transport.granted_for.empty());
}

TEST_F(ChatTest, unregister_asks_first) {
    say("register");
    EXPECT_TRUE(said("unregister", "\"unregister yes\""));
    EXPECT_NE(world.account(alice), nullptr);
    EXPECT_TRUE(said("unregister yes", "no longer registered"));
    EXPECT_EQ(world.account(alice), nullptr);
    EXPECT_TRUE(said("unregister", "not registered"));
}

TEST_F(ChatTest, status_tells_number_provider_and_what_waits) {
    EXPECT_TRUE(said("status", "not registered"));
    say("register");
    EXPECT_TRUE(said("status", "+15550001111"));
    EXPECT_TRUE(said("status", "Nothing waits"));
    world.transport.way = std::nullopt;
    EXPECT_TRUE(said("status", "no texts at the moment"));
    world.receive(chat(bob_number, "hello", "m2"));
    EXPECT_TRUE(said("status", "1 text to be sent"));
}

TEST_F(ChatTest, status_tells_what_the_network_took_without_a_report) {
    world.add_account(alice, "+15550001111");
    for (std::string_view id : {"m2", "m3"}) {
        port::Done taken;
        taken.refs = {port::MessageRef("primary", "SM" + std::string(id))};
        world.transport.results.emplace_back(std::move(taken));
        world.receive(chat(bob_number, "hello", id));
        world.advance(73h);  // the first ends as unconfirmed meanwhile
    }
    EXPECT_TRUE(said("status", "2 texts sent, with no report of arrival"));
}

TEST_F(ChatTest, why_tells_the_failure_in_the_networks_words) {
    EXPECT_TRUE(said("why", "None"));
    world.add_account(alice, "+15550001111");
    world.receive(chat(bob_number, "hello", "m2"));
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    port::Outcome outcome(world.transport.submitted[0].id, port::DeliveryState::failed);
    outcome.failure = port::Failure(port::Reason::landline, "Landline", "30006");
    world.core->delivery().attempted(world.domain, 1, outcome);
    world.take();
    const std::string why = say("why");
    for (std::string_view part :
         {"2027-01-15 08:00 UTC", "+15551234567", "«hello»", "Landline", "30006"})
        EXPECT_NE(why.find(part), std::string::npos) << why;
}

TEST_F(ChatTest, resume_without_a_pause_says_so) {
    EXPECT_TRUE(said("resume", "not registered"));
    say("register");
    EXPECT_TRUE(said("resume", "not paused"));
}

TEST_F(ChatTest, a_receipt_is_given_when_asked_for) {
    Stanza stanza = chat(gate, "help", "m7");
    stanza.element().add("request", ns::receipts);
    world.receive(stanza);
    sent = world.take();
    ASSERT_EQ(sent.size(), 2U);
    const Element* received = sent[0].element().child("received", ns::receipts);
    ASSERT_NE(received, nullptr);
    EXPECT_EQ(received->attribute("id"), "m7");
}

TEST_F(ChatTest, strangers_are_refused) {
    EXPECT_EQ(say("help", "eve@else.org/x"), "");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::forbidden);
}

TEST_F(ChatTest, a_flood_is_refused_politely) {
    for (int i = 0; i < 20; ++i) EXPECT_NE(say("help"), "");
    EXPECT_EQ(say("help"), "");
    EXPECT_EQ(error_of(sent.at(0)).condition, Condition::resource_constraint);
    world.advance(1min);
    EXPECT_NE(say("help"), "");
}

TEST_F(ChatTest, gateways_do_not_chat_with_each_other) {
    world.config.access[0].jid = jid("irc.example.org");
    EXPECT_EQ(say("I did not understand that.", "irc.example.org"), "");
    EXPECT_TRUE(sent.empty());
}

TEST_F(ChatTest, chat_states_and_errors_are_not_answered) {
    Stanza composing = chat(gate, "");
    composing.element().add("composing", ns::chat_states);
    world.receive(composing);
    EXPECT_TRUE(world.take().empty());
    Stanza error = chat(gate, "help");
    error.element().set("type", "error");
    world.receive(*Stanza::from_element(error.element()));
    EXPECT_TRUE(world.take().empty());
}

TEST_F(ChatTest, an_encrypted_message_is_refused_with_the_reason) {
    Stanza secret = chat(gate, "");
    secret.element().add("encrypted", ns::omemo_legacy);
    world.receive(secret);
    sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::not_acceptable);
}

TEST_F(ChatTest, a_gateway_is_no_room) {
    world.receive(Stanza::message(StanzaType::groupchat, jid(phone), jid(gate), "m1"));
    sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::service_unavailable);
}

TEST(ChatTexts, an_unconfirmed_message_says_so) {
    store::OutboundRow row;
    row.peer = "+15551234567";
    row.state = port::DeliveryState::unconfirmed;
    EXPECT_EQ(
        core::build_why_line(row),
        "1970-01-01 00:00 UTC, to +15551234567: unconfirmed – given to the network, which never "
        "said whether it arrived"
    );
}

// --- the same as buttons ------------------------------------------------------------------------

struct AdhocTest : ChatTest {
    const Stanza* run(
        std::string_view node,
        std::string_view session = {},
        std::string_view action = "execute",
        std::string_view from = phone
    ) {
        Element command("command", ns::commands);
        command.set("node", node).set("action", action);
        if (!session.empty()) command.set("sessionid", session);
        world.receive(question(StanzaType::set, gate, std::move(command), from));
        sent = world.take();
        return find_answer(sent);
    }
    std::vector<std::string> listed() {
        Element query("query", ns::disco_items);
        query.set("node", ns::commands);
        world.receive(question(StanzaType::get, gate, std::move(query)));
        sent = world.take();
        std::vector<std::string> nodes;
        for (const auto& item :
             xmpp::parse_disco_items(*find_answer(sent)->element().first_child()))
            nodes.push_back(item.node);
        return nodes;
    }
    static const Element& command_in(const Stanza* answer) {
        return *answer->element().child("command", ns::commands);
    }
    static std::string note_in(const Stanza* answer) {
        return command_in(answer).child_text("note", ns::commands).value_or("");
    }
};

TEST_F(AdhocTest, what_makes_sense_is_listed) {
    EXPECT_EQ(listed(), (std::vector<std::string>{"help", "register"}));
    say("register");
    EXPECT_EQ(
        listed(), (std::vector<std::string>{"help", "register", "status", "why", "unregister"})
    );
}

TEST_F(AdhocTest, a_command_is_completed_with_a_note) {
    const Stanza* answer = run("register");
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(command_in(answer).attribute("status"), "completed");
    EXPECT_NE(note_in(answer).find("+15550001111"), std::string::npos);
    EXPECT_NE(note_in(run("status")).find("+15550001111"), std::string::npos);
}

TEST_F(AdhocTest, unregister_asks_in_a_second_step) {
    say("register");
    const Stanza* first = run("unregister");
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(command_in(first).attribute("status"), "executing");
    const std::string session(command_in(first).attribute("sessionid").value());
    EXPECT_NE(world.account(alice), nullptr);
    EXPECT_EQ(command_in(run("unregister", session, "complete")).attribute("status"), "completed");
    EXPECT_EQ(world.account(alice), nullptr);
}

TEST_F(AdhocTest, a_cancelled_step_changes_nothing) {
    say("register");
    const std::string session(command_in(run("unregister")).attribute("sessionid").value());
    EXPECT_EQ(command_in(run("unregister", session, "cancel")).attribute("status"), "canceled");
    EXPECT_NE(world.account(alice), nullptr);
    EXPECT_EQ(error_of(*run("unregister", session, "complete")).condition, Condition::bad_request);
}

TEST_F(AdhocTest, a_session_is_its_users_and_ends_after_ten_minutes) {
    say("register");
    world.add_account("bob@example.org", "+15550002222");
    const std::string session(command_in(run("unregister")).attribute("sessionid").value());
    EXPECT_EQ(
        error_of(*run("unregister", session, "complete", "bob@example.org/x")).condition,
        Condition::bad_request
    );
    world.advance(11min);
    EXPECT_EQ(error_of(*run("unregister", session, "complete")).condition, Condition::bad_request);
    EXPECT_NE(world.account(alice), nullptr);
}

TEST_F(AdhocTest, unknown_commands_and_actions_are_refused) {
    EXPECT_EQ(error_of(*run("dance")).condition, Condition::item_not_found);
    EXPECT_EQ(error_of(*run("queue")).condition, Condition::item_not_found);
    EXPECT_EQ(error_of(*run("help", {}, "prev")).condition, Condition::bad_request);
    EXPECT_EQ(error_of(*run("help", {}, "fly")).condition, Condition::bad_request);
    EXPECT_EQ(
        error_of(*run("help", {}, "execute", "eve@else.org/x")).condition, Condition::forbidden
    );
}

}  // namespace
}  // namespace sallyport::test
