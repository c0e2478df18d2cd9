// SPDX-License-Identifier: Apache-2.0
// An attempt that was taken, told with the place of its message: the short way must not differ from
// the long one.
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using enum port::DeliveryState;

store::RecordOutcome taken(
    const std::string& id, const std::string& ref, const store::Place& place, int attempt = 1
) {
    store::RecordOutcome op;
    op.transport = "sms.example.org";
    op.outcome.id = port::OutId{id};
    op.outcome.state = accepted;
    op.outcome.provider = "primary";
    op.outcome.refs = {port::MessageRef("primary", ref)};
    op.attempt = attempt;
    op.place = place;
    op.now = start_of_time + 1s;
    return op;
}

TEST_P(StoreContract, a_message_that_was_taken_waits_for_its_reports) {
    const auto place = send("m1").place;
    const auto answer = write(taken("m1", "r1", place));
    EXPECT_TRUE(answer.found);
    EXPECT_TRUE(answer.changed);
    EXPECT_EQ(answer.previous, attempting);
    EXPECT_EQ(answer.state, port::DeliveryState::accepted);
    EXPECT_FALSE(answer.next);
    restart();
    EXPECT_EQ(row("m1").state, port::DeliveryState::accepted);
    EXPECT_EQ(row("m1").changed_at, now + 1s);
    const auto counts = read(store::Counts{}).outbound;
    EXPECT_EQ(counts.at({"sms.example.org", port::DeliveryState::accepted}), 1U);
    EXPECT_FALSE(counts.contains({"sms.example.org", attempting}));
    EXPECT_TRUE(send("m2").started) << "the lane is free";
    EXPECT_TRUE(write(report("r1", delivered)).shown);
    store::SweepOutbound sweep;
    sweep.now = now + 80h;
    sweep.unconfirmed_before = now + 8h;
    write(sweep);
    EXPECT_EQ(row("m1").state, delivered);
}

TEST_P(StoreContract, a_message_that_was_taken_becomes_unconfirmed) {
    write(taken("m1", "r1", send("m1").place));
    store::SweepOutbound sweep;
    sweep.now = now + 80h;
    sweep.unconfirmed_before = now + 8h;
    ASSERT_EQ(write(sweep).ended.size(), 1U);
    EXPECT_EQ(row("m1").state, unconfirmed);
}

TEST_P(StoreContract, what_was_taken_lets_the_next_go) {
    const auto place = send("m1").place;
    queue("m2");
    auto op = taken("m1", "r1", place);
    op.start_next = "primary";
    const auto answer = write(op);
    EXPECT_EQ(answer.state, port::DeliveryState::accepted);
    ASSERT_TRUE(answer.next);
    EXPECT_EQ(answer.next->id.text, "m2");
    EXPECT_EQ(answer.next->row, place.row + 1);
    EXPECT_EQ(answer.next->lane, place.lane);
}

TEST_P(StoreContract, the_place_alone_proves_nothing) {
    const auto place = send("m1").place;
    EXPECT_FALSE(write(taken("m1", "r1", place, 2)).changed) << "another attempt";
    EXPECT_FALSE(write(taken("m9", "r1", place)).found) << "another message";
    EXPECT_EQ(row("m1").state, attempting);
    EXPECT_FALSE(write(report("r1", delivered)).found) << "no reference was left";
}

TEST_P(StoreContract, a_place_that_is_wrong_is_only_slower) {
    send("m1");
    EXPECT_TRUE(write(taken("m1", "r1", store::Place{77, 5})).changed);
    EXPECT_EQ(row("m1").state, port::DeliveryState::accepted);
}

TEST_P(StoreContract, what_a_report_has_proved_stays) {
    const auto place = send("m1").place;
    auto early = report("r1", sent);
    early.outcome.id = port::OutId{"m1"};
    EXPECT_TRUE(write(early).changed);
    const auto answer = write(taken("m1", "r1", place));
    EXPECT_FALSE(answer.changed);
    EXPECT_EQ(answer.state, sent);
}

TEST_P(StoreContract, a_reference_of_another_message_stays_there) {
    write(taken("m1", "r1", send("m1").place));
    const auto answer = write(taken("m2", "r1", send("m2").place));
    EXPECT_EQ(answer.state, port::DeliveryState::accepted);
    EXPECT_EQ(write(report("r1", delivered)).message->id.text, "m1");
}

}  // namespace
}  // namespace sallyport::test
