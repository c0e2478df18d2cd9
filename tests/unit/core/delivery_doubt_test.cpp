// SPDX-License-Identifier: Apache-2.0
// Attempts of which nobody knows whether they were taken: callbacks, looks, and what ends them.
// sms.md §6.
#include <gtest/gtest.h>

#include "tests/unit/core/delivery_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

TEST_F(DeliveryTest, what_may_have_been_sent_is_not_sent_again_under_the_same_id) {
    say("hello", "m1");
    failed(Reason::unknown_outcome);
    world.advance(3min);
    ASSERT_EQ(world.take().size(), 1U);
    say("hello", "m1");
    EXPECT_EQ(world.transport.submitted.size(), 1U);
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

TEST_F(DeliveryTest, a_clock_that_is_set_back_delays_no_look_and_hurries_none) {
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

TEST_F(DeliveryTest, an_ambiguous_attempt_is_sent_again_where_the_operator_prefers_that) {
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

}  // namespace
}  // namespace sallyport::test
