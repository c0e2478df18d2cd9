// SPDX-License-Identifier: Apache-2.0
// What waits to be sent: for another attempt, for its provider, for a place on the disk, to its
// deadline. sms.md §6.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/core/delivery_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

TEST_F(DeliveryTest, a_throttled_attempt_is_made_again_after_the_time_that_was_asked) {
    say("hello");
    failed(Reason::throttled, 20s);
    EXPECT_TRUE(world.take().empty());
    world.advance(19s);
    EXPECT_EQ(world.transport.submitted.size(), 1U);
    world.advance(2s);
    ASSERT_EQ(world.transport.submitted.size(), 2U);
    EXPECT_EQ(last().attempt, 2);
    const Metrics::Labels here{{"transport", world.domain.name}};
    EXPECT_EQ(world.metrics.counter("delivery_retries_total", here).value(), 1U);
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

}  // namespace
}  // namespace sallyport::test
