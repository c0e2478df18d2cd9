// SPDX-License-Identifier: Apache-2.0
// Outbound messages from the user's stanza to the end that the user sees. sms.md §6, product.md
// "The promise".
#include <gtest/gtest.h>

#include "tests/unit/core/delivery_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

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

TEST_F(DeliveryTest, a_message_that_is_never_reported_ends_as_unconfirmed_without_a_word) {
    say("hello");
    accepted();
    world.advance(73h);
    EXPECT_TRUE(world.take().empty());
    EXPECT_EQ(counted(core::Ledger::Result::unconfirmed), 1U);
    expect_balance(0);
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

    EXPECT_EQ(
        world.core->ledger().value(
            world.domain.name, core::Ledger::Result::taken, core::Ledger::Direction::in
        ),
        1U
    ) << "it came in to bob as it went out from alice";
    receipt_from("carol@example.org/x", id);
    EXPECT_TRUE(world.take().empty()) << "a stranger's receipt proves nothing";
    receipt_from("bob@example.org/x", id);
    sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to(), jid(alice));
    EXPECT_EQ(sent[0].element().child("received", ns::receipts)->attribute("id"), "m1");
}

TEST_F(DeliveryTest, a_resource_that_showed_itself_to_a_contact_is_unknown_on_the_next_link) {
    constexpr std::string_view tablet = "alice@example.org/tablet";
    world.receive(presence(StanzaType::available, bob_number, tablet));
    world.receive(chat(bob_number, "hello", "m1", tablet));
    world.link_down();
    world.link_up();
    world.take();
    failed(Reason::invalid_number);
    const auto sent = world.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].type(), StanzaType::chat) << "an error to a resource that left is dropped";
    EXPECT_EQ(sent[0].to(), jid(alice));
}

}  // namespace
}  // namespace sallyport::test
