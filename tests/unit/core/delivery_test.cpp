// SPDX-License-Identifier: Apache-2.0
// Outbound messages from the user's stanza to the end that the user sees. sms.md §6, product.md
// "The promise".
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using port::DeliveryState;
using port::Failure;
using port::Outcome;
using port::Reason;
using xmpp::Condition;
using xmpp::Stanza;
using xmpp::StanzaType;
namespace ns = xmpp::ns;

/// A world in which alice has a number and her phone is online.
struct DeliveryTest : ::testing::Test {
    CoreWorld world;

    DeliveryTest() {
        world.add_account(alice, "+15550001111");
        world.transport.own_addresses = {"+15550001111"};
        world.link_up();
        world.receive(presence(StanzaType::available, gate, phone));
        world.settle();
        world.take();
    }

    void say(std::string_view body, std::string_view id = "m1") {
        Stanza stanza = chat(bob_number, body, id);
        stanza.element().add("request", ns::receipts);
        world.receive(stanza);
        world.settle();
    }
    FakeTransport::Submission& last() { return world.transport.submitted.back(); }
    void end_attempt(Outcome outcome) {
        const int attempt = last().attempt;
        world.core->delivery().attempted(world.domain, attempt, std::move(outcome));
        world.settle();
    }
    void accepted(std::string ref = "SM1") {
        Outcome outcome(last().id, DeliveryState::accepted);
        outcome.refs = {port::MessageRef("primary", std::move(ref))};
        end_attempt(std::move(outcome));
    }
    void failed(Reason reason, std::optional<std::chrono::milliseconds> retry_after = {}) {
        Outcome outcome(last().id, DeliveryState::failed);
        outcome.failure = Failure(reason, "the other side's words", "12345");
        outcome.failure->retry_after = retry_after;
        end_attempt(std::move(outcome));
    }
    void report(port::OutId id, DeliveryState state, std::optional<Reason> reason = {}) {
        Outcome outcome(id, state);
        if (reason) outcome.failure = Failure(*reason);
        world.core->delivery().report(
            world.domain, std::move(outcome), [](const Result<port::Accepted>&) {}
        );
        world.settle();
    }
    void say_to_bob() {
        Stanza stanza = chat("+15550002222@sms.example.org", "hi bob");
        stanza.element().add("request", ns::receipts);
        world.receive(stanza);
        world.settle();
    }
    void receipt_from(std::string_view who, std::string_view id) {
        Stanza receipt =
            Stanza::message(StanzaType::chat, jid(who), jid("+15550001111@sms.example.org"), "r1");
        receipt.element().add("received", ns::receipts).set("id", id);
        world.receive(receipt);
        world.settle();
    }
    std::uint64_t counted(core::Ledger::Result result) {
        return world.core->ledger().value(world.domain.name, result);
    }
    void expect_balance(std::uint64_t open) {
        EXPECT_EQ(world.core->ledger().open(world.domain.name), open);
    }
};

TEST_F(DeliveryTest, a_text_is_stored_before_it_is_sent_and_says_nothing_until_it_is_delivered) {
    say("hello");
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_EQ(last().message.text, "hello");
    EXPECT_EQ(last().attempt, 1);
    accepted();
    EXPECT_TRUE(world.take().empty()) << "a provider's acceptance is no receipt";
    report(last().id, DeliveryState::delivered);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to(), jid(alice)) << "receipts go to the bare JID";
    EXPECT_EQ(sent[0].type(), StanzaType::chat);
    EXPECT_EQ(sent[0].element().child("received", ns::receipts)->attribute("id"), "m1");
    EXPECT_TRUE(sent[0].element().child("store", ns::hints));
    expect_balance(0);
}

TEST_F(DeliveryTest, the_time_to_the_handset_is_measured) {
    say("hello");
    accepted();
    world.advance(3s);
    report(last().id, DeliveryState::delivered);
    const auto& took = world.metrics.histogram(
        "delivery_seconds", {{"transport", std::string(gate)}, {"direction", "out"}}
    );
    EXPECT_EQ(took.count(), 1U);
    EXPECT_DOUBLE_EQ(took.sum(), 3.0);
}

TEST_F(DeliveryTest, no_receipt_for_who_asked_for_none) {
    world.receive(chat(bob_number, "hello"));
    world.settle();
    accepted();
    report(last().id, DeliveryState::delivered);
    EXPECT_TRUE(world.take().empty());
    EXPECT_EQ(counted(core::Ledger::Result::delivered), 1U);
}

TEST_F(DeliveryTest, texts_of_one_conversation_go_one_after_another) {
    say("one", "m1");
    say("two", "m2");
    ASSERT_EQ(world.transport.submitted.size(), 1U);
    accepted();
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().message.text, "two");
    EXPECT_EQ(world.core->delivery().running(), 1U);
}

TEST_F(DeliveryTest, a_slow_conversation_delays_no_other) {
    say("one");
    Stanza other = chat("+15557654321@sms.example.org", "two", "m2");
    world.receive(other);
    world.settle();
    EXPECT_EQ(world.transport.submitted.size(), 2U);
}

TEST_F(DeliveryTest, the_same_stanza_again_is_a_duplicate_and_a_text_without_id_never_is) {
    say("hello", "m1");
    accepted();
    say("hello", "m1");
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_EQ(counted(core::Ledger::Result::duplicate), 1U);
    for (int i = 0; i < 2; ++i) {
        Stanza nameless = chat(bob_number, "ok", "x");
        nameless.element().unset("id");
        world.receive(nameless);
        world.settle();
        accepted("SM" + std::to_string(10 + i));
    }
    EXPECT_EQ(world.transport.submitted.size(), 3U);
}

TEST_F(DeliveryTest, what_failed_may_be_sent_again_under_the_same_id) {
    say("hello", "m1");
    failed(Reason::blocked);
    world.take();
    say("hello", "m1");
    EXPECT_EQ(world.transport.submitted.size(), 2U) << "clients offer «send again» with the old id";
    accepted();
    say("hello", "m1");
    EXPECT_EQ(world.transport.submitted.size(), 2U) << "now it is on its way";
}

TEST_F(DeliveryTest, what_may_have_been_sent_is_not_sent_again_under_the_same_id) {
    say("hello", "m1");
    failed(Reason::unknown_outcome);
    world.advance(3min);
    ASSERT_EQ(world.take().size(), 1U);
    say("hello", "m1");
    EXPECT_EQ(world.transport.submitted.size(), 1U);
}

TEST_F(DeliveryTest, a_permanent_failure_is_an_error_on_that_very_message) {
    say("hello");
    failed(Reason::invalid_number);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].type(), StanzaType::error);
    EXPECT_EQ(sent[0].to(), jid(phone));
    EXPECT_EQ(sent[0].id(), "m1");
    EXPECT_EQ(error_of(sent[0]).condition, Condition::item_not_found);
    EXPECT_NE(error_of(sent[0]).text.find("12345"), std::string::npos) << error_of(sent[0]).text;
    expect_balance(0);
}

TEST_F(DeliveryTest, a_failure_for_a_sender_who_is_gone_is_a_chat_message) {
    say("hello there");
    world.receive(presence(StanzaType::unavailable, gate, phone));
    world.settle();
    world.take();
    failed(Reason::opted_out);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].type(), StanzaType::chat);
    EXPECT_EQ(sent[0].to(), jid(alice));
    EXPECT_EQ(sent[0].from(), jid(bob_number));
    EXPECT_EQ(
        sent[0]
            .element()
            .child_text("body", ns::client)
            ->rfind("⚠ Not delivered: «hello there» – ", 0),
        0U
    );
    EXPECT_EQ(sent[0].element().child("reply", ns::reply)->attribute("id"), "m1");
}

TEST_F(DeliveryTest, with_two_devices_the_error_goes_to_the_one_that_sent) {
    world.receive(presence(StanzaType::available, gate, "alice@example.org/laptop"));
    world.settle();
    say("hello");
    world.receive(presence(StanzaType::unavailable, gate, "alice@example.org/laptop"));
    world.settle();
    world.take();
    failed(Reason::blocked);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to(), jid(phone));
    EXPECT_EQ(sent[0].type(), StanzaType::error);
}

TEST_F(DeliveryTest, a_throttled_attempt_is_made_again_after_the_time_that_was_asked) {
    say("hello");
    failed(Reason::throttled, 20s);
    EXPECT_TRUE(world.take().empty());
    world.advance(19s);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    world.advance(2s);
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().attempt, 2);
    accepted();
    expect_balance(1);
}

TEST_F(DeliveryTest, a_retry_keeps_the_order_of_its_conversation) {
    say("one", "m1");
    say("two", "m2");
    failed(Reason::not_connected);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    world.advance(5s);
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().message.text, "one");
    accepted();
    EXPECT_EQ(last().message.text, "two");
}

TEST_F(DeliveryTest, wrong_credentials_hold_the_message_until_the_provider_is_back) {
    say("hello");
    world.transport.way.reset();  // the transport stops the provider
    failed(Reason::credentials);
    world.advance(10min);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_TRUE(world.take().empty()) << "the message is not at fault";
    world.transport.way = port::Route("primary");
    world.core->delivery().wake(world.domain);
    world.settle();
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().attempt, 2);
}

TEST_F(DeliveryTest, what_waits_past_its_deadline_fails_visibly) {
    world.transport.way.reset();
    say("hello");
    EXPECT_TRUE(world.transport.submitted.empty());
    world.advance(24h + 2min);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].type(), StanzaType::error);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::remote_server_timeout);
    EXPECT_EQ(counted(core::Ledger::Result::expired), 1U);
    expect_balance(0);
}

TEST_F(DeliveryTest, a_message_that_is_never_reported_ends_as_unconfirmed_without_a_word) {
    say("hello");
    accepted();
    world.advance(73h);
    EXPECT_TRUE(world.take().empty());
    EXPECT_EQ(counted(core::Ledger::Result::unconfirmed), 1U);
    expect_balance(0);
}

TEST_F(DeliveryTest, an_ambiguous_attempt_ends_by_a_callback_that_proves_it) {
    say("hello");
    failed(Reason::unknown_outcome);
    report(last().id, DeliveryState::sent);
    world.advance(10min);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_TRUE(world.transport.asked.empty());
    expect_balance(1);
}

TEST_F(DeliveryTest, an_ambiguous_attempt_that_the_network_has_is_accepted) {
    port::SentStatus found;
    found.answer = port::SentStatus::Answer::found;
    found.refs = {port::MessageRef("primary", "SM7")};
    world.transport.replies = {port::Reply(found)};
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(1min);
    EXPECT_EQ(world.transport.asked.size(), 1U);
    world.advance(10min);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    EXPECT_TRUE(world.take().empty());
}

TEST_F(DeliveryTest, an_ambiguous_attempt_that_the_network_lost_is_told_as_lost) {
    port::SentStatus found;
    found.answer = port::SentStatus::Answer::found;
    found.refs = {port::MessageRef("primary", "SM7")};
    found.state = DeliveryState::undelivered;
    world.transport.replies = {port::Reply(found)};
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(1min);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::recipient_unavailable)
        << "what became of it is known";
}

TEST_F(DeliveryTest, a_look_passes_over_what_belongs_to_another_message) {
    say("ok", "m1");
    accepted("SM1");
    say("ok", "m2");
    const port::OutId second = last().id;
    port::SentStatus found;
    found.answer = port::SentStatus::Answer::found;
    found.refs = {port::MessageRef("primary", "SM1")};
    found.others = {port::MessageRef("primary", "SM2")};
    world.transport.replies = {port::Reply(found), port::Reply(found)};
    failed(Reason::unknown_outcome);
    world.advance(10min);
    EXPECT_EQ(world.transport.submitted.size(), 2U) << "the network has both: nothing twice";
    Outcome outcome(std::nullopt, DeliveryState::delivered);
    outcome.refs = {port::MessageRef("primary", "SM2")};
    world.core->delivery().report(
        world.domain, std::move(outcome), [](const Result<port::Accepted>&) {}
    );
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].element().child("received", ns::receipts)->attribute("id"), "m2");
}

TEST_F(DeliveryTest, a_claim_that_outlives_its_domain_leaves_nothing_half_sent) {
    world.transport.way.reset();
    say("hello");
    world.transport.way = port::Route("primary");
    world.time.move(31s);
    world.core->delivery().start();           // asks for what is due...
    world.core->remove_domain(world.domain);  // ...and a reload takes the domain away meanwhile
    world.settle();
    EXPECT_TRUE(world.transport.submitted.empty());
    const auto rows = world.read(store::ListOutbound{}).rows;
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].state, DeliveryState::queued) << "it waits for the domain or its deadline";
    EXPECT_EQ(world.core->delivery().running(), 0U);
}

TEST_F(DeliveryTest, what_waits_when_its_sender_leaves_is_told_at_once) {
    world.transport.way.reset();
    say("hello");
    xmpp::Element leave("query", ns::reg);
    leave.add("remove", ns::reg);
    world.receive(question(StanzaType::set, gate, std::move(leave)));
    const auto sent = world.take();
    const auto error = std::find_if(sent.begin(), sent.end(), [](const Stanza& stanza) {
        return stanza.type() == StanzaType::error && stanza.id() == "m1";
    });
    EXPECT_NE(error, sent.end());
    EXPECT_EQ(counted(core::Ledger::Result::failed), 1U);
    expect_balance(0);
}

TEST_F(DeliveryTest, an_ambiguous_attempt_missed_twice_is_sent_again) {
    port::SentStatus absent;
    absent.answer = port::SentStatus::Answer::absent;
    absent.settle = 120s;
    world.transport.replies = {port::Reply(absent), port::Reply(absent)};
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(1min);
    EXPECT_EQ(world.transport.submitted.size(), 1U) << "one look proves nothing";
    world.advance(3min);
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().attempt, 2);
}

TEST_F(DeliveryTest, an_ambiguous_attempt_that_cannot_be_looked_up_is_reported_as_such) {
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(3min);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::remote_server_timeout);
}

TEST_F(DeliveryTest, a_network_that_does_not_answer_a_look_is_asked_until_it_does) {
    port::SentStatus later;
    later.answer = port::SentStatus::Answer::later;
    port::SentStatus found;
    found.answer = port::SentStatus::Answer::found;
    found.refs = {port::MessageRef("primary", "SM7")};
    for (int look = 0; look < 12; ++look) world.transport.replies.push_back(port::Reply(later));
    world.transport.replies.push_back(Failure(Reason::temporary, "the look itself failed"));
    world.transport.replies.push_back(port::Reply(found));
    say("one", "m1");
    failed(Reason::unknown_outcome);
    say("two", "m2");
    world.advance(75s);
    ASSERT_EQ(world.transport.submitted.size(), 2U) << "the line moves on meanwhile";
    EXPECT_EQ(last().message.text, "two");
    accepted("SM8");
    world.advance(3h);
    EXPECT_EQ(world.transport.asked.size(), 14U) << "with growing pauses";
    EXPECT_EQ(world.transport.submitted.size(), 2U) << "nothing is sent twice";
    EXPECT_TRUE(world.take().empty()) << "nothing is known to have failed";
    for (const auto& row : world.read(store::ListOutbound{}).rows)
        EXPECT_EQ(row.state, DeliveryState::accepted);
}

TEST_F(DeliveryTest, a_network_that_never_answers_a_look_ends_it_at_the_deadline) {
    port::SentStatus later;
    later.answer = port::SentStatus::Answer::later;
    for (int look = 0; look < 500; ++look) world.transport.replies.push_back(port::Reply(later));
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(23h);
    EXPECT_TRUE(world.take().empty());
    world.advance(2h);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::remote_server_timeout);
    EXPECT_LT(world.transport.asked.size(), 170U);
    expect_balance(0);
}

TEST_F(DeliveryTest, what_is_in_doubt_when_its_transport_goes_ends_at_its_deadline) {
    say("hello");
    failed(Reason::unknown_outcome);
    world.core->remove_domain(world.domain);
    world.advance(23h);
    EXPECT_EQ(world.read(store::ListOutbound{}).rows.at(0).state, DeliveryState::ambiguous)
        << "the transport may come back";
    world.advance(2h);
    const auto row = world.read(store::ListOutbound{}).rows.at(0);
    EXPECT_EQ(row.state, DeliveryState::expired);
    EXPECT_EQ(row.reason, port::to_string(Reason::unknown_outcome));
    EXPECT_TRUE(world.transport.asked.empty());
    EXPECT_EQ(world.core->delivery().running(), 0U);
}

TEST_F(DeliveryTest, what_is_put_back_while_the_disk_is_full_is_not_forgotten) {
    world.transport.way.reset();
    say("hello");
    world.transport.way = port::Route("primary");
    world.time.move(31s);
    world.core->delivery().start();
    world.core->remove_domain(world.domain);
    world.store.is_full = true;  // the claim is written already
    world.settle();
    EXPECT_EQ(world.read(store::ListOutbound{}).rows.at(0).state, DeliveryState::attempting);
    world.store.is_full = false;
    world.advance(1s);
    EXPECT_EQ(world.read(store::ListOutbound{}).rows.at(0).state, DeliveryState::queued);
}

TEST_F(DeliveryTest, a_clock_that_is_set_back_delays_no_retry_by_the_step) {
    say("hello");
    failed(Reason::temporary);
    world.time.set_wall_back(3h);
    world.advance(61s);
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().attempt, 2);
}

TEST_F(DeliveryTest, nor_a_look_and_hurries_none) {
    port::SentStatus absent;
    absent.answer = port::SentStatus::Answer::absent;
    absent.settle = 10min;
    world.transport.replies = {port::Reply(absent), port::Reply(absent)};
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(1min);
    ASSERT_EQ(world.transport.asked.size(), 1U);
    world.time.set_wall_back(3h);
    world.advance(9min);
    EXPECT_EQ(world.transport.asked.size(), 1U) << "looks that find nothing must stand apart";
    world.advance(5min);
    EXPECT_EQ(world.transport.asked.size(), 2U);
    EXPECT_EQ(world.transport.submitted.size(), 2U);
}

TEST_F(DeliveryTest, a_look_whose_news_met_a_full_disk_still_passes_over_what_is_anothers) {
    say("ok", "m1");
    accepted("SM1");
    say("ok", "m2");
    port::SentStatus found;
    found.answer = port::SentStatus::Answer::found;
    found.refs = {port::MessageRef("primary", "SM1")};
    found.others = {port::MessageRef("primary", "SM2")};
    world.transport.replies = {port::Reply(found)};
    world.transport.before_reply = [this] { world.store.is_full = true; };
    failed(Reason::unknown_outcome);
    world.advance(50s);
    ASSERT_EQ(world.transport.asked.size(), 1U);
    world.store.is_full = false;
    world.advance(10s);
    for (const auto& row : world.read(store::ListOutbound{}).rows)
        EXPECT_EQ(row.state, DeliveryState::accepted);
}

TEST_F(DeliveryTest, or_sent_again_where_the_operator_prefers_that) {
    world.domain.resend_ambiguous = true;
    say("hello");
    failed(Reason::unknown_outcome);
    world.advance(3min);
    EXPECT_EQ(world.transport.submitted.size(), 2U);
}

TEST_F(DeliveryTest, an_ambiguous_attempt_blocks_its_conversation_for_a_minute_at_most) {
    port::SentStatus absent;
    absent.answer = port::SentStatus::Answer::absent;
    absent.settle = 10min;
    world.transport.replies = {port::Reply(absent), port::Reply(absent)};
    say("one", "m1");
    failed(Reason::unknown_outcome);
    say("two", "m2");
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    world.advance(61s);
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().message.text, "two");
}

TEST_F(DeliveryTest, reports_out_of_order_never_move_a_message_back) {
    say("hello");
    report(last().id, DeliveryState::delivered);  // before the answer to the send
    accepted();
    report(last().id, DeliveryState::sent);
    report(last().id, DeliveryState::delivered);
    EXPECT_EQ(world.take().size(), 1U) << "one receipt";
    EXPECT_EQ(counted(core::Ledger::Result::delivered), 1U);
    expect_balance(0);
}

TEST_F(DeliveryTest, a_report_of_failure_is_told_and_nothing_is_sent_again) {
    say("hello");
    accepted();
    report(last().id, DeliveryState::undelivered, Reason::unreachable);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::recipient_unavailable);
    EXPECT_EQ(error_of(sent[0]).type, xmpp::ErrorType::wait);
    world.advance(1h);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
}

TEST_F(DeliveryTest, a_full_disk_refuses_the_message_and_recovers_by_itself) {
    world.store.is_full = true;
    say("hello", "m1");
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::internal_server_error);
    EXPECT_EQ(error_of(sent[0]).type, xmpp::ErrorType::wait);
    EXPECT_TRUE(world.transport.submitted.empty()) << "nothing leaves without a row";
    EXPECT_EQ(world.core->delivery().running(), 0U);
    world.store.is_full = false;
    say("hello", "m2");
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    expect_balance(1);
}

TEST_F(DeliveryTest, an_outcome_that_met_a_full_disk_is_kept_until_it_is_written) {
    say("hello");
    world.store.is_full = true;
    accepted();
    world.advance(5s);
    world.store.is_full = false;
    world.advance(2s);
    report(last().id, DeliveryState::delivered);
    EXPECT_EQ(world.take().size(), 1U);
}

TEST_F(DeliveryTest, a_rate_limit_of_the_number_delays_and_loses_nothing) {
    world.transport.slots = 1;
    say("one", "m1");
    world.receive(chat("+15557654321@sms.example.org", "two", "m2"));
    world.settle();
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    world.transport.slots = 5;
    world.advance(1min);
    EXPECT_EQ(world.transport.submitted.size(), 2U);
}

TEST_F(DeliveryTest, an_unregistered_sender_is_told_where_to_register) {
    world.receive(chat(bob_number, "hello", "m1", "carol@example.org/x"));
    world.settle();
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(error_of(sent[0]).condition, Condition::registration_required);
    EXPECT_TRUE(world.transport.submitted.empty());
}

TEST_F(DeliveryTest, a_text_between_two_users_hops_and_its_receipt_is_the_other_clients_own) {
    world.add_account("bob@example.org", "+15550002222");
    say_to_bob();
    auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(world.transport.submitted.empty()) << "no network in between";
    EXPECT_EQ(sent[0].to(), jid("bob@example.org"));
    EXPECT_EQ(sent[0].from(), jid("+15550001111@sms.example.org"));
    EXPECT_TRUE(sent[0].element().child("request", ns::receipts));
    const std::string id(sent[0].id());

    receipt_from("carol@example.org/x", id);
    EXPECT_TRUE(world.take().empty()) << "a stranger's receipt proves nothing";
    receipt_from("bob@example.org/x", id);
    sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to(), jid(alice));
    EXPECT_EQ(sent[0].element().child("received", ns::receipts)->attribute("id"), "m1");
}

}  // namespace
}  // namespace sallyport::test
