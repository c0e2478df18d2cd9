// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using enum port::DeliveryState;
using Ids = std::vector<std::string>;

TEST_P(StoreContract, a_message_comes_back_as_it_was_taken) {
    auto op = take("m1");
    op.message.payload = std::string("\0\x01\xff body", 8);
    write(op);
    restart();
    const auto found = row("m1");
    EXPECT_EQ(found.payload, op.message.payload);
    EXPECT_EQ(found.transport, "sms.example.org");
    EXPECT_EQ(found.account.value, 1);
    EXPECT_EQ(found.user, "alice@example.org");
    EXPECT_EQ(found.own, "+15550001111");
    EXPECT_EQ(found.peer, "+15552222222");
    EXPECT_EQ(found.from, "alice@example.org/phone");
    EXPECT_EQ(found.stanza_id, "stanza-m1");
    EXPECT_TRUE(found.wants_receipt);
    EXPECT_EQ(found.preview, "preview of m1");
    EXPECT_EQ(found.state, queued);
    EXPECT_EQ(found.attempts, 0);
    EXPECT_EQ(found.accepted_at, now);
    EXPECT_EQ(found.deadline, now + 24h);
}

TEST_P(StoreContract, the_guard_knows_a_repeated_stanza_for_two_days) {
    auto op = take("m1");
    op.guard = "hash";
    EXPECT_FALSE(write(op).duplicate);
    restart();
    op.message.id.text = "m2";
    op.now = now + 47h;
    EXPECT_TRUE(write(op).duplicate);
    EXPECT_FALSE(read(store::FindOutbound{port::OutId{"m2"}}).row);
    op.now = now + 49h;
    EXPECT_FALSE(write(op).duplicate);
}

TEST_P(StoreContract, messages_without_a_guard_are_never_duplicates) {
    EXPECT_FALSE(queue("m1").duplicate);
    EXPECT_FALSE(queue("m2").duplicate);
}

TEST_P(StoreContract, an_id_in_use_fails_that_message_and_no_other) {
    queue("m1");
    Result<store::TakeOutbound::Answer> clash = store::TakeOutbound::Answer{};
    Result<store::TakeOutbound::Answer> fine = Error("not answered");
    int answers = 0;
    store().write(take("m1"), [&](Result<store::TakeOutbound::Answer> r) { clash = r, ++answers; });
    store().write(take("m2", "+15553333333"), [&](Result<store::TakeOutbound::Answer> r) {
        fine = r, ++answers;
    });
    ASSERT_TRUE(owner().run_until([&answers] { return answers == 2; }));
    EXPECT_FALSE(clash);
    EXPECT_TRUE(fine);
    EXPECT_TRUE(store().healthy());
    EXPECT_EQ(row("m2").state, queued);
}

TEST_P(StoreContract, a_free_lane_starts_in_the_same_commit_and_a_busy_one_does_not) {
    EXPECT_TRUE(send("m1").started);
    EXPECT_FALSE(send("m2").started);
    EXPECT_TRUE(send("m3", "+15553333333").started) << "another conversation";
    EXPECT_EQ(row("m1").state, attempting);
    EXPECT_EQ(row("m1").attempts, 1);
    EXPECT_EQ(row("m1").provider, "primary");
    EXPECT_EQ(row("m1").attempted_at, now);
    EXPECT_EQ(row("m2").state, queued);
}

TEST_P(StoreContract, a_lane_goes_oldest_first_one_after_another) {
    queue("m1");
    queue("m2");
    queue("m3");
    restart();
    EXPECT_EQ(claimed(), Ids{"m1"});
    EXPECT_EQ(claimed(1h), Ids{});
    accepted("m1", "r1");
    EXPECT_EQ(claimed(), Ids{"m2"});
    accepted("m2", "r2");
    EXPECT_EQ(claimed(), Ids{"m3"});
}

TEST_P(StoreContract, claims_carry_the_payload_and_tell_when_to_come_again) {
    auto op = take("m1");
    op.not_before = now + 5s;
    write(op);
    auto early = write(claim());
    EXPECT_TRUE(early.rows.empty());
    EXPECT_EQ(early.next_due, now + 5s);
    auto late = write(claim(5s));
    ASSERT_EQ(late.rows.size(), 1U);
    EXPECT_EQ(late.rows[0].payload, "body of m1");
    EXPECT_EQ(late.rows[0].state, attempting);
    EXPECT_EQ(late.rows[0].provider, "primary");
    EXPECT_FALSE(late.next_due);
}

TEST_P(StoreContract, no_more_than_the_limit_is_claimed) {
    for (int i = 0; i < 10; ++i) queue("m" + std::to_string(i), "+1555000000" + std::to_string(i));
    auto op = claim();
    op.limit = 4;
    auto answer = write(op);
    EXPECT_EQ(answer.rows.size(), 4U);
    EXPECT_EQ(answer.next_due, now);
}

TEST_P(StoreContract, a_message_without_a_route_waits_for_one) {
    auto op = take("m1");
    op.message.own = "+15559999999";
    write(op);
    auto answer = write(claim());
    EXPECT_TRUE(answer.rows.empty());
    EXPECT_EQ(answer.next_due, now + 30s);
    EXPECT_EQ(row("m1").attempts, 0);
}

TEST_P(StoreContract, attempts_beyond_the_allowance_wait_for_the_next_slot) {
    for (int i = 0; i < 3; ++i) queue("m" + std::to_string(i), "+1555000000" + std::to_string(i));
    auto op = claim();
    auto routes = *op.routes;
    routes.begin()->second.allowance = 1;
    routes.begin()->second.next_slot = now + 1s;
    op.routes = std::make_shared<const decltype(routes)>(routes);
    auto answer = write(op);
    EXPECT_EQ(answer.rows.size(), 1U);
    EXPECT_EQ(answer.next_due, now + 1s);
}

TEST_P(StoreContract, of_a_trial_one_message_starts_and_few_wait_for_the_next) {
    std::map<std::pair<std::string, std::string>, store::LaneRoute> routes;
    for (int i = 0; i < 6; ++i) {
        auto op = take("m" + std::to_string(i));
        op.message.own = "+1555000000" + std::to_string(i);
        routes[{"sms.example.org", op.message.own}] = {"primary", 1, now + 1s, "primary"};
        write(op);
    }
    auto trial = claim();
    trial.routes = std::make_shared<const decltype(routes)>(routes);
    auto answer = write(trial);
    ASSERT_EQ(answer.rows.size(), 1U);
    EXPECT_EQ(answer.rows[0].id.text, "m0");
    EXPECT_EQ(answer.next_due, now + 1s);
    for (int i = 1; i < 6; ++i) EXPECT_EQ(row("m" + std::to_string(i)).attempts, 0) << i;
    for (auto& [own, route] : routes) route.trial.clear();
    auto open = claim(1s);
    open.routes = std::make_shared<const decltype(routes)>(routes);
    EXPECT_EQ(write(open).rows.size(), 3U);
    open.now = now + 30s;
    EXPECT_EQ(write(open).rows.size(), 2U);
}

TEST_P(StoreContract, a_number_whose_rate_is_used_up_takes_no_trial_from_the_others) {
    auto first = take("m1");
    auto second = take("m2");
    second.message.own = "+15550002222";
    write(first);
    write(second);
    std::map<std::pair<std::string, std::string>, store::LaneRoute> routes;
    routes[{"sms.example.org", first.message.own}] = {"primary", 0, now + 1s, "primary"};
    routes[{"sms.example.org", second.message.own}] = {"primary", 1, now + 1s, "primary"};
    auto op = claim();
    op.routes = std::make_shared<const decltype(routes)>(routes);
    auto answer = write(op);
    ASSERT_EQ(answer.rows.size(), 1U);
    EXPECT_EQ(answer.rows[0].id.text, "m2");
}

TEST_P(StoreContract, waking_makes_waiting_heads_due_but_nothing_behind_them) {
    auto op = take("m1");
    op.not_before = now + 1h;
    write(op);
    queue("m2");
    auto other = take("m3", "+15553333333");
    other.not_before = now + 1h;
    other.message.own = "+15559999999";
    write(other);
    EXPECT_EQ(write(store::WakeLanes{"irc.example.org", {}, now}).lanes, 0U);
    EXPECT_EQ(write(store::WakeLanes{"sms.example.org", {"+15550001111"}, now}).lanes, 1U);
    restart();
    EXPECT_EQ(claimed(), Ids{"m1"});
    EXPECT_EQ(write(store::WakeLanes{"sms.example.org", {}, now}).lanes, 1U);
}

TEST_P(StoreContract, what_waits_past_its_deadline_expires_and_is_told) {
    auto op = take("m1");
    op.message.deadline = now + 1min;
    op.not_before = now + 1h;
    write(op);
    queue("m2");
    store::SweepOutbound sweep;
    sweep.now = now + 30s;
    EXPECT_TRUE(write(sweep).ended.empty());
    sweep.now = now + 1min;
    auto answer = write(sweep);
    ASSERT_EQ(answer.ended.size(), 1U);
    EXPECT_EQ(answer.ended[0].id.text, "m1");
    EXPECT_EQ(answer.ended[0].state, expired);
    EXPECT_FALSE(answer.more);
    ASSERT_EQ(answer.shown.size(), 1U);
    EXPECT_EQ(answer.next_due, now + 1min) << "the lane goes on";
    restart();
    auto rows = shown(2min);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind, store::InboxRow::Kind::failure);
    EXPECT_EQ(rows[0].reason, "expired");
    EXPECT_EQ(rows[0].stanza_id, "stanza-m1");
    EXPECT_EQ(rows[0].to_full, "alice@example.org/phone");
    EXPECT_EQ(rows[0].preview, "preview of m1");
    EXPECT_EQ(claimed(2min), Ids{"m2"});
}

TEST_P(StoreContract, a_message_past_its_deadline_is_not_started) {
    auto op = take("m1");
    op.message.deadline = now + 1min;
    write(op);
    EXPECT_EQ(claimed(2min), Ids{});
    EXPECT_EQ(row("m1").state, queued);
}

TEST_P(StoreContract, reports_that_never_come_leave_a_message_unconfirmed) {
    send("m1");
    accepted("m1", "r1");
    store::SweepOutbound sweep;
    sweep.now = now + 25h;
    sweep.unconfirmed_before = now - 1s;
    EXPECT_TRUE(write(sweep).ended.empty());
    sweep.unconfirmed_before = now + 1h;
    auto answer = write(sweep);
    ASSERT_EQ(answer.ended.size(), 1U);
    EXPECT_EQ(answer.ended[0].state, unconfirmed);
    EXPECT_TRUE(answer.shown.empty()) << "no tick, no error";
    restart();
    EXPECT_TRUE(write(report("r1", delivered)).changed) << "late, but true";
}

TEST_P(StoreContract, a_sweep_says_when_there_is_more) {
    for (int i = 0; i < 3; ++i) queue("m" + std::to_string(i));
    store::SweepOutbound sweep;
    sweep.now = now + 25h;
    sweep.limit = 2;
    EXPECT_TRUE(write(sweep).more);
    EXPECT_FALSE(write(sweep).more);
    EXPECT_EQ(shown(25h).size(), 3U);
}

TEST_P(StoreContract, the_operator_may_drop_what_waits_but_not_what_is_on_its_way) {
    send("m1");
    queue("m2");
    EXPECT_FALSE(write(store::DropOutbound{port::OutId{"m1"}, now}).changed);
    auto answer = write(store::DropOutbound{port::OutId{"m2"}, now});
    EXPECT_TRUE(answer.changed);
    ASSERT_TRUE(answer.shown);
    EXPECT_EQ(answer.shown->reason, "refused_by_policy");
    EXPECT_EQ(answer.shown->payload, "dropped by the operator");
    EXPECT_EQ(row("m2").state, failed);
    EXPECT_FALSE(write(store::DropOutbound{port::OutId{"m2"}, now}).changed);
    EXPECT_FALSE(write(store::DropOutbound{port::OutId{"none"}, now}).changed);
}

TEST_P(StoreContract, dropping_the_head_lets_its_lane_go_on) {
    auto op = take("m1");
    op.not_before = now + 1h;
    write(op);
    queue("m2");
    write(store::DropOutbound{port::OutId{"m1"}, now});
    EXPECT_EQ(claimed(), Ids{"m2"});
}

TEST_P(StoreContract, the_operator_may_retry_at_once_what_waits) {
    auto op = take("m1");
    op.not_before = now + 1h;
    write(op);
    EXPECT_TRUE(write(store::RetryOutbound{port::OutId{"m1"}, now}).changed);
    EXPECT_EQ(claimed(), Ids{"m1"});
    EXPECT_FALSE(write(store::RetryOutbound{port::OutId{"m1"}, now}).changed) << "it is on its way";
}

TEST_P(StoreContract, a_local_hop_stands_on_both_sides_or_on_none) {
    store::LocalHop op{take("m1"), incoming("hello").row};
    op.out.guard = "hash";
    op.in.user = "bob@example.org";
    auto answer = write(op);
    EXPECT_FALSE(answer.duplicate);
    EXPECT_EQ(answer.row.user, "bob@example.org");
    restart();
    EXPECT_EQ(row("m1").state, sent);
    EXPECT_EQ(row("m1").provider, "");
    ASSERT_EQ(shown().size(), 1U);
    op.out.message.id.text = "m2";
    EXPECT_TRUE(write(op).duplicate);
    EXPECT_EQ(shown().size(), 1U);
    EXPECT_TRUE(send("m3").started) << "a local hop blocks no lane";
}

TEST_P(StoreContract, lists_show_the_newest_first_by_user_state_and_transport) {
    queue("m1");
    send("m2", "+15553333333");
    accepted("m2", "r2");
    write(report("r2", undelivered));
    auto other = take("m3", "+15554444444");
    other.message.user = "bob@example.org";
    write(other);
    const auto ids = [this](store::ListOutbound question) {
        Ids found;
        for (const auto& item : read(std::move(question)).rows) found.push_back(item.id.text);
        return found;
    };
    EXPECT_EQ(ids({}), (Ids{"m3", "m2", "m1"}));
    EXPECT_EQ(ids({.transport = "", .user = "", .open_only = true}), (Ids{"m3", "m1"}));
    EXPECT_EQ(ids({.transport = "", .user = "alice@example.org"}), (Ids{"m2", "m1"}));
    EXPECT_EQ(ids({.transport = "", .user = "alice@example.org", .open_only = true}), Ids{"m1"});
    EXPECT_EQ(
        ids({.transport = "", .user = "", .open_only = false, .failed_only = true}), Ids{"m2"}
    );
    EXPECT_EQ(ids({.transport = "irc.example.org", .user = "", .open_only = true}), Ids{});
    EXPECT_EQ(
        ids({.transport = "", .user = "", .open_only = false, .failed_only = false, .limit = 1}),
        Ids{"m3"}
    );
}

TEST_P(StoreContract, counts_follow_every_change) {
    queue("m1");
    queue("m2");
    send("m3", "+15553333333");
    accepted("m3", "r3");
    write(incoming("hello"));
    restart();
    auto counts = read(store::Counts{});
    EXPECT_EQ((counts.outbound[{"sms.example.org", queued}]), 2U);
    EXPECT_EQ((counts.outbound[{"sms.example.org", port::DeliveryState::accepted}]), 1U);
    EXPECT_EQ(counts.inbox_waiting["sms.example.org"], 1U);
    EXPECT_EQ(counts.oldest_open, now);
    write(report("r3", delivered));
    write(store::DropOutbound{port::OutId{"m1"}, now});
    write(store::DropOutbound{port::OutId{"m2"}, now});
    counts = read(store::Counts{});
    EXPECT_EQ((counts.outbound.count({"sms.example.org", queued})), 0U);
    EXPECT_EQ((counts.outbound[{"sms.example.org", failed}]), 2U);
    EXPECT_EQ((counts.outbound[{"sms.example.org", delivered}]), 1U);
    EXPECT_FALSE(counts.oldest_open);
}

}  // namespace
}  // namespace sallyport::test
