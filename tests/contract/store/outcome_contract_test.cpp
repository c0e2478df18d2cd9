// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using port::DeliveryState;
using port::Failure;
using port::Reason;
using Ids = std::vector<std::string>;
using enum DeliveryState;

constexpr std::array states{
    queued,
    attempting,
    ambiguous,
    DeliveryState::accepted,
    sent,
    unconfirmed,
    delivered,
    undelivered,
    failed,
    expired};

class Lattice : public StoreContract {
  protected:
    /// Brings a message of its own into `state`.
    std::string message_in(DeliveryState state) {
        const std::string id = "m" + std::to_string(++count_);
        const std::string peer = "+1555" + std::to_string(1'000'000 + count_);
        if (state == expired) return expired_message(id, peer);
        state == queued ? queue(id, peer) : send(id, peer);
        if (state == queued || state == attempting) return id;
        if (state == unconfirmed) return unconfirmed_message(id);
        write(outcome(id, state));
        EXPECT_EQ(row(id).state, state);
        return id;
    }

  private:
    std::string expired_message(const std::string& id, const std::string& peer) {
        auto op = take(id, peer);
        op.message.deadline = now - 1h;
        write(op);
        write(store::SweepOutbound{.now = now});
        EXPECT_EQ(row(id).state, expired);
        return id;
    }
    std::string unconfirmed_message(const std::string& id) {
        write(outcome(id, DeliveryState::accepted));
        write(store::SweepOutbound{.now = now, .unconfirmed_before = now});
        EXPECT_EQ(row(id).state, unconfirmed);
        return id;
    }
    int count_ = 0;
};

// Rows: from, columns: to, both in the order of DeliveryState. R = a report may, A = only the
// attempt's own result or a look may, r = only a report may: once the network was heard of, or the
// operator asked for another attempt, "failed" of the last one is no news.
constexpr std::array lattice{
    "...RRRRRrR",  // queued
    "A.ARRRRRRR",  // attempting
    "A.ARRRRRRR",  // ambiguous
    "....RRRRrR",  // accepted
    ".....RRRrR",  // sent
    "......RRrR",  // unconfirmed
    "..........",  // delivered
    "......R...",  // undelivered
    "......R...",  // failed
    "......R...",  // expired
};

TEST_P(Lattice, news_moves_messages_only_upwards) {
    for (std::size_t from = 0; from < states.size(); ++from) {
        for (std::size_t to = 0; to < states.size(); ++to) {
            for (const bool own_result : {false, true}) {
                const std::string id = message_in(states[from]);
                const std::optional<int> attempt =
                    own_result ? std::optional(row(id).attempts) : std::nullopt;
                const char rule = lattice[from][to];
                const bool moves = rule == 'R' || rule == (own_result ? 'A' : 'r');
                const auto answer = write(outcome(id, states[to], attempt));
                EXPECT_TRUE(answer.found);
                EXPECT_EQ(answer.changed, moves) << from << " -> " << to << " own " << own_result;
                EXPECT_EQ(answer.previous, states[from]);
                EXPECT_EQ(row(id).state, moves ? states[to] : states[from]);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Store, Lattice, ::testing::Values(Medium::memory), ::testing::PrintToStringParamName()
);

TEST_P(StoreContract, delivered_queues_a_receipt_in_the_same_commit) {
    send("m1");
    accepted("m1", "r1");
    restart();
    auto answer = write(report("r1", delivered));
    ASSERT_TRUE(answer.shown);
    EXPECT_EQ(answer.state, delivered);
    restart();
    auto rows = shown();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind, store::InboxRow::Kind::receipt);
    EXPECT_EQ(rows[0].id, answer.shown->id);
    EXPECT_EQ(rows[0].stanza_id, "stanza-m1");
    EXPECT_EQ(rows[0].peer, "+15552222222");
    EXPECT_EQ(rows[0].user, "alice@example.org");
    EXPECT_EQ(rows[0].payload, "");
}

TEST_P(StoreContract, no_receipt_is_sent_to_those_who_asked_for_none) {
    auto op = take("m1");
    op.message.wants_receipt = false;
    op.start = "primary";
    write(op);
    accepted("m1", "r1");
    EXPECT_TRUE(write(report("r1", delivered)).changed);
    EXPECT_TRUE(shown().empty());
}

TEST_P(StoreContract, a_failure_is_told_with_its_reason_once) {
    send("m1");
    auto op = outcome("m1", failed);
    op.outcome.failure = Failure(Reason::invalid_number, "Invalid 'To'", "21211");
    auto answer = write(op);
    ASSERT_TRUE(answer.shown);
    EXPECT_FALSE(write(op).shown);
    restart();
    auto rows = shown();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind, store::InboxRow::Kind::failure);
    EXPECT_EQ(rows[0].reason, "invalid_number");
    EXPECT_EQ(rows[0].payload, "Invalid 'To' (21211)");
    EXPECT_EQ(rows[0].to_full, "alice@example.org/phone");
    EXPECT_EQ(rows[0].preview, "preview of m1");
    EXPECT_EQ(row("m1").reason, "invalid_number");
}

TEST_P(StoreContract, the_next_of_the_lane_is_handed_out_with_its_attempt) {
    send("m1");
    queue("m2");
    auto op = outcome("m1", DeliveryState::accepted);
    op.start_next = "second";
    auto answer = write(op);
    ASSERT_TRUE(answer.next);
    EXPECT_EQ(answer.next->id.text, "m2");
    EXPECT_EQ(answer.next->payload, "body of m2");
    EXPECT_EQ(answer.next->attempts, 1);
    EXPECT_EQ(answer.next->provider, "second");
    EXPECT_EQ(row("m2").state, attempting);
    EXPECT_EQ(claimed(), Ids{}) << "only once";
}

TEST_P(StoreContract, the_next_of_the_lane_may_have_to_wait_for_its_slot) {
    send("m1");
    queue("m2");
    auto op = outcome("m1", DeliveryState::accepted);
    op.next_not_before = now + 3s;
    auto answer = write(op);
    EXPECT_FALSE(answer.next);
    EXPECT_EQ(answer.next_due, now + 3s);
    EXPECT_EQ(claimed(2s), Ids{});
    EXPECT_EQ(claimed(3s), Ids{"m2"});
}

TEST_P(StoreContract, an_attempt_that_was_not_taken_holds_its_lane_until_its_time) {
    send("m1");
    queue("m2");
    auto op = outcome("m1", queued);
    op.outcome.failure = Failure(Reason::throttled, "slow down");
    op.retry_at = now + 10s;
    op.start_next = "primary";
    auto answer = write(op);
    EXPECT_TRUE(answer.changed);
    EXPECT_FALSE(answer.next);
    EXPECT_EQ(answer.next_due, now + 10s);
    EXPECT_EQ(row("m1").reason, "throttled");
    restart();
    EXPECT_EQ(claimed(9s), Ids{});
    EXPECT_EQ(claimed(10s), Ids{"m1"});
    EXPECT_EQ(row("m1").attempts, 2);
}

TEST_P(StoreContract, the_result_of_an_old_attempt_changes_nothing) {
    send("m1");
    auto again = outcome("m1", queued);
    again.retry_at = now;
    write(again);
    claimed();
    auto stale = outcome("m1", failed, 1);
    auto answer = write(stale);
    EXPECT_TRUE(answer.found);
    EXPECT_FALSE(answer.changed);
    EXPECT_EQ(row("m1").state, attempting);
    EXPECT_TRUE(write(outcome("m1", failed, 2)).changed);
}

TEST_P(StoreContract, an_ambiguous_attempt_is_looked_at_and_holds_its_lane) {
    send("m1");
    queue("m2");
    auto op = outcome("m1", ambiguous);
    op.outcome.failure = Failure(Reason::unknown_outcome, "timeout");
    op.retry_at = now + 30s;
    EXPECT_EQ(write(op).next_due, now + 30s);
    restart();
    EXPECT_EQ(claimed(29s), Ids{});
    auto look = write(claim(30s));
    ASSERT_EQ(look.rows.size(), 1U);
    EXPECT_EQ(look.rows[0].state, ambiguous);
    EXPECT_EQ(look.rows[0].attempts, 1) << "a look is no attempt";
    EXPECT_EQ(look.rows[0].payload, "body of m1");
    EXPECT_EQ(claimed(31s), Ids{}) << "handed out once";
    auto second = outcome("m1", ambiguous);
    second.retry_at = now + 150s;
    second.looks = 1;
    second.frees_lane = true;
    second.start_next = "primary";
    auto answer = write(second);
    ASSERT_TRUE(answer.next);
    EXPECT_EQ(answer.next->id.text, "m2");
    EXPECT_EQ(row("m1").looks, 1);
}

// What 38 texts of a crash round waited for: their lanes' heads were being looked up when the
// process was killed, and the next one took minutes for granted that the look still ran.
TEST_P(StoreContract, a_look_that_a_crash_interrupted_comes_again_at_once) {
    send("m1");
    queue("m2");
    auto op = outcome("m1", ambiguous);
    op.retry_at = now + 45s;
    write(op);
    EXPECT_EQ(claimed(45s), Ids{"m1"});
    EXPECT_EQ(claimed(24h - 1ms), Ids{}) << "handed out once in the life of a process";
    if (GetParam() == Medium::memory) return;
    restart();
    EXPECT_EQ(claimed(46s), Ids{"m1"});
    restart();
    EXPECT_EQ(claimed(46s), Ids{"m1"}) << "and after each crash";
    auto found = write(outcome("m1", DeliveryState::accepted));
    EXPECT_TRUE(found.changed);
    EXPECT_EQ(claimed(46s), Ids{"m2"});
}

TEST_P(StoreContract, a_restart_hurries_no_look_that_was_not_yet_due) {
    send("m1");
    auto op = outcome("m1", ambiguous);
    op.retry_at = now + 120s;
    op.looks = 1;
    write(op);
    restart();
    EXPECT_EQ(claimed(119s), Ids{}) << "two looks that find nothing must stand apart";
    EXPECT_EQ(claimed(120s), Ids{"m1"});
}

TEST_P(StoreContract, what_came_back_behind_another_gets_its_time_when_that_one_waits_again) {
    send("m1");
    auto doubt = outcome("m1", ambiguous);
    doubt.retry_at = now + 30s;
    doubt.frees_lane = true;
    write(doubt);
    EXPECT_TRUE(send("m2").started);
    EXPECT_EQ(claimed(30s), Ids{"m1"});
    auto absent = outcome("m1", queued);
    absent.retry_at = now + 31s;
    write(absent);
    EXPECT_EQ(claimed(31s), Ids{}) << "m2 is on its way";
    auto again = outcome("m2", queued);
    again.now = now + 32s;
    again.retry_at = now + 5min;
    EXPECT_EQ(write(again).next_due, now + 32s) << "m1 stands first and need not wait for m2";
    EXPECT_EQ(claimed(32s), Ids{"m1"});
}

TEST_P(StoreContract, a_message_found_absent_goes_again_before_younger_ones_of_its_lane) {
    send("m1");
    auto op = outcome("m1", ambiguous);
    op.retry_at = now + 30s;
    op.frees_lane = true;
    write(op);
    EXPECT_TRUE(send("m2").started);
    queue("m3");
    auto absent = outcome("m1", queued);
    absent.retry_at = now + 30s;
    EXPECT_TRUE(write(absent).changed);
    EXPECT_EQ(claimed(31s), Ids{}) << "m2 is on its way";
    write(outcome("m2", DeliveryState::accepted));
    EXPECT_EQ(claimed(31s), Ids{"m1"});
    write(outcome("m1", DeliveryState::accepted, 2));
    EXPECT_EQ(claimed(31s), Ids{"m3"});
}

TEST_P(StoreContract, any_report_ends_the_doubt) {
    send("m1");
    queue("m2");
    write(outcome("m1", ambiguous));
    auto op = outcome("m1", sent, std::nullopt);
    op.start_next = "primary";
    auto answer = write(op);
    EXPECT_TRUE(answer.changed);
    EXPECT_EQ(answer.previous, ambiguous);
    ASSERT_TRUE(answer.next);
    EXPECT_EQ(answer.next->id.text, "m2");
    EXPECT_FALSE(write(outcome("m1", queued, 1)).changed) << "the look came too late";
}

TEST_P(StoreContract, a_crash_during_an_attempt_leaves_doubt_never_a_second_send) {
    send("m1");
    queue("m2");
    if (GetParam() == Medium::memory) GTEST_SKIP() << "memory does not outlive the process";
    restart();
    EXPECT_EQ(row("m1").state, ambiguous);
    EXPECT_EQ(row("m1").reason, "unknown_outcome");
    auto look = write(claim());
    ASSERT_EQ(look.rows.size(), 1U);
    EXPECT_EQ(look.rows[0].state, ambiguous);
    EXPECT_EQ(look.rows[0].attempts, 1);
    EXPECT_TRUE(accepted("m1", "r1").changed);
    EXPECT_EQ(claimed(), Ids{"m2"});
}

}  // namespace
}  // namespace sallyport::test
