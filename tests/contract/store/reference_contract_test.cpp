// SPDX-License-Identifier: Apache-2.0
// Reports that find their message by the network's ids.
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using port::DeliveryState;
using port::Failure;
using port::Reason;
using enum DeliveryState;

TEST_P(StoreContract, a_report_that_is_early_is_kept_and_applied) {
    send("m1");
    auto early = report("r1", delivered);
    EXPECT_FALSE(write(early).found);
    restart();
    auto answer = accepted("m1", "r1");
    EXPECT_EQ(answer.state, delivered);
    ASSERT_TRUE(answer.shown);
    EXPECT_EQ(answer.shown->kind, store::InboxRow::Kind::receipt);
    EXPECT_EQ(shown().size(), 1U);
}

TEST_P(StoreContract, every_early_report_ends_its_message) {
    for (const DeliveryState state : {delivered, undelivered, failed}) {
        const std::string id = "m" + std::to_string(static_cast<int>(state));
        send(id);
        auto early = report("r" + id, state);
        if (state != delivered) early.outcome.failure = Failure(Reason::landline, "words");
        write(early);
        const auto answer = accepted(id, "r" + id);
        EXPECT_EQ(answer.state, state);
        EXPECT_TRUE(answer.shown) << "nothing was told of " << static_cast<int>(state);
        EXPECT_EQ(row(id).reason, state == delivered ? "" : "landline");
    }
}

TEST_P(StoreContract, of_early_reports_the_highest_counts) {
    send("m1");
    auto bad = report("r1", undelivered);
    bad.outcome.failure = Failure(Reason::unreachable, "absent", "30003");
    write(report("r1", sent));
    write(bad);
    write(report("r1", sent));
    auto answer = accepted("m1", "r1");
    EXPECT_EQ(answer.state, undelivered);
    EXPECT_EQ(answer.message->reason, "unreachable");
    EXPECT_EQ(answer.shown->payload, "absent (30003)");
    send("m2");
    write(report("r2", delivered));
    write(report("r2", failed));
    EXPECT_EQ(accepted("m2", "r2").state, delivered);
}

TEST_P(StoreContract, an_early_report_is_forgotten_after_a_quarter_of_an_hour) {
    write(report("r1", delivered));
    send("m1");
    auto op = outcome("m1", DeliveryState::accepted);
    op.outcome.refs = {port::MessageRef("primary", "r1")};
    op.now = now + 16min;
    EXPECT_EQ(write(op).state, DeliveryState::accepted);
}

TEST_P(StoreContract, references_belong_to_transport_and_provider) {
    send("m1");
    accepted("m1", "r1");
    auto other = report("r1", delivered);
    other.outcome.refs[0].provider = "second";
    EXPECT_FALSE(write(other).found);
    other = report("r1", delivered);
    other.transport = "irc.example.org";
    EXPECT_FALSE(write(other).found);
    auto unnamed = report("r1", delivered);
    unnamed.outcome.refs[0].provider = "";
    EXPECT_TRUE(write(unnamed).changed) << "the outcome's provider is meant";
}

TEST_P(StoreContract, a_split_text_is_delivered_when_all_its_parts_are) {
    send("m1");
    auto op = outcome("m1", DeliveryState::accepted);
    op.outcome.refs = {port::MessageRef("primary", "a"), port::MessageRef("primary", "b")};
    write(op);
    EXPECT_EQ(write(report("a", delivered)).state, sent);
    restart();
    EXPECT_EQ(write(report("a", delivered)).state, sent);
    EXPECT_TRUE(shown().empty());
    EXPECT_EQ(write(report("b", delivered)).state, delivered);
    EXPECT_EQ(shown().size(), 1U);
}

TEST_P(StoreContract, a_split_text_fails_with_its_first_part) {
    send("m1");
    auto op = outcome("m1", DeliveryState::accepted);
    op.outcome.refs = {port::MessageRef("primary", "a"), port::MessageRef("primary", "b")};
    write(op);
    EXPECT_EQ(write(report("b", undelivered)).state, undelivered);
}

TEST_P(StoreContract, a_lookup_that_finds_another_message_does_not_count) {
    send("m1");
    accepted("m1", "r1");
    send("m2");
    write(outcome("m2", ambiguous));
    auto op = outcome("m2", DeliveryState::accepted);
    op.outcome.refs = {port::MessageRef("primary", "r1")};
    auto answer = write(op);
    EXPECT_TRUE(answer.refs_taken);
    EXPECT_FALSE(answer.changed);
    EXPECT_EQ(row("m2").state, ambiguous);
    op.outcome.refs.emplace_back("primary", "r2");
    EXPECT_TRUE(write(op).changed);
    EXPECT_EQ(write(report("r1", delivered)).message->id.text, "m1");
    EXPECT_EQ(write(report("r2", delivered)).message->id.text, "m2");
}

TEST_P(StoreContract, news_of_nothing_we_know_is_no_error) {
    EXPECT_FALSE(write(outcome("none", delivered, std::nullopt)).found);
    EXPECT_FALSE(write(outcome("none", failed, 1)).found);
}

}  // namespace
}  // namespace sallyport::test
