// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using store::InboxRow;
using Texts = std::vector<std::string>;

Texts texts(const std::vector<InboxRow>& rows) {
    Texts found;
    for (const InboxRow& row : rows) found.push_back(row.payload);
    return found;
}

TEST_P(StoreContract, an_inbound_message_comes_back_as_it_was_accepted) {
    auto op = incoming(std::string("\0\xff hello", 8));
    op.row.id = "01ULID";
    op.row.received_at = now - 5s;
    auto answer = write(op);
    EXPECT_GT(answer.row.row, 0);
    restart();
    auto rows = shown();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].row, answer.row.row);
    EXPECT_EQ(rows[0].id, "01ULID");
    EXPECT_EQ(rows[0].payload, op.row.payload);
    EXPECT_EQ(rows[0].user, "alice@example.org");
    EXPECT_EQ(rows[0].own, "+15550001111");
    EXPECT_EQ(rows[0].peer, "+15552222222");
    EXPECT_EQ(rows[0].kind, InboxRow::Kind::message);
    EXPECT_EQ(rows[0].received_at, now - 5s);
}

TEST_P(StoreContract, inbound_rows_get_an_id_that_stays) {
    const std::string id = write(incoming("hello")).row.id;
    EXPECT_EQ(id.size(), 26U);
    restart();
    EXPECT_EQ(shown().at(0).id, id);
}

TEST_P(StoreContract, a_webhook_is_taken_once_in_three_days) {
    auto op = incoming("hello", "primary/SM1");
    EXPECT_FALSE(write(op).duplicate);
    restart();
    op.now = now + 71h;
    EXPECT_TRUE(write(op).duplicate);
    EXPECT_EQ(shown(71h).size(), 1U);
    op.row.transport = "irc.example.org";
    EXPECT_FALSE(write(op).duplicate) << "another network's id";
    op = incoming("hello", "primary/SM1");
    op.now = now + 73h;
    EXPECT_FALSE(write(op).duplicate);
}

TEST_P(StoreContract, an_outbound_guard_is_no_webhook) {
    auto op = take("m1");
    op.guard = "same";
    write(op);
    EXPECT_FALSE(write(incoming("hello", "same")).duplicate);
}

TEST_P(StoreContract, equal_texts_without_ids_are_no_duplicates) {
    write(incoming("ok"));
    write(incoming("ok"));
    EXPECT_EQ(shown().size(), 2U);
}

TEST_P(StoreContract, inbound_rows_are_shown_in_order_and_in_pages) {
    for (const char* text : {"a", "b", "c", "d", "e"}) write(incoming(text));
    restart();
    store::InboxDue question;
    question.now = now;
    question.limit = 2;
    Texts all;
    for (auto page = read(question).rows; !page.empty(); page = read(question).rows) {
        for (const InboxRow& row : page) all.push_back(row.payload);
        question.after = page.back().row;
    }
    EXPECT_EQ(all, (Texts{"a", "b", "c", "d", "e"}));
}

TEST_P(StoreContract, inbound_rows_are_asked_for_by_transport) {
    write(incoming("sms"));
    auto other = incoming("irc");
    other.row.transport = "irc.example.org";
    write(other);
    store::InboxDue question;
    question.now = now;
    question.transport = "irc.example.org";
    EXPECT_EQ(texts(read(question).rows), Texts{"irc"});
}

TEST_P(StoreContract, what_the_host_read_is_not_shown_again) {
    const auto first = write(incoming("first")).row;
    write(incoming("second"));
    EXPECT_EQ(read(store::Counts{}).inbox_waiting["sms.example.org"], 2U);
    EXPECT_EQ(write(store::InboxRead{{{first.row}}}).messages, 1U);
    EXPECT_EQ(write(store::InboxRead{{{first.row}, {999}}}).messages, 0U);
    restart();
    EXPECT_EQ(texts(shown()), Texts{"second"});
    EXPECT_EQ(read(store::Counts{}).inbox_waiting["sms.example.org"], 1U);
}

TEST_P(StoreContract, what_waits_is_shown_even_when_the_clock_was_set_back) {
    write(incoming("hello"));
    EXPECT_EQ(shown(-1h).size(), 1U);
    write(store::InboxRead{{{shown().at(0).row}}});
    EXPECT_TRUE(shown().empty());
}

TEST_P(StoreContract, what_the_host_returns_is_shown_again_at_its_time) {
    const auto first = write(incoming("first")).row;
    write(store::InboxRead{{{first.row}}});
    auto answer = write(store::InboxReturned{first.id, "recipient-unavailable", now + 1min, now});
    ASSERT_TRUE(answer.row);
    EXPECT_EQ(answer.row->attempts, 1);
    EXPECT_TRUE(answer.was_read);
    EXPECT_EQ(answer.row->reason, "recipient-unavailable");
    restart();
    store::InboxDue question;
    question.now = now;
    auto early = read(question);
    EXPECT_TRUE(early.rows.empty());
    EXPECT_EQ(early.next_due, now + 1min);
    auto rows = shown(1min);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].id, first.id) << "the same id at every showing";
    EXPECT_EQ(write(store::InboxRead{{{first.row, rows[0].attempts}}}).messages, 1U);
    EXPECT_TRUE(shown(1h).empty());
    EXPECT_FALSE(write(store::InboxReturned{"none", "gone", now, now}).row);
}

TEST_P(StoreContract, an_old_proof_does_not_end_what_was_returned_since) {
    const auto first = write(incoming("first")).row;
    EXPECT_FALSE(write(store::InboxReturned{first.id, "timeout", now + 1min, now}).was_read);
    write(store::InboxRead{{{first.row}}});
    EXPECT_EQ(shown(1min).size(), 1U);
    write(store::WakeInbox{"alice@example.org", now});
    write(store::InboxRead{{{first.row}}});
    EXPECT_EQ(shown().size(), 1U) << "also when it is due already, because its user came";
    write(store::InboxReturned{first.id, "timeout", now, now});
    write(store::InboxRead{{{first.row, 1}}});
    EXPECT_EQ(shown().size(), 1U) << "returned twice";
    write(store::InboxRead{{{first.row, 2}}});
    EXPECT_TRUE(shown(1h).empty());
}

TEST_P(StoreContract, presence_wakes_what_was_returned_to_that_user) {
    const auto mine = write(incoming("mine")).row;
    auto other = incoming("other");
    other.row.user = "bob@example.org";
    const auto theirs = write(other).row;
    write(store::InboxReturned{mine.id, "timeout", now + 1h, now});
    write(store::InboxReturned{theirs.id, "timeout", now + 1h, now});
    EXPECT_EQ(write(store::WakeInbox{"alice@example.org", now}).rows, 1U);
    restart();
    EXPECT_EQ(texts(shown()), Texts{"mine"});
    EXPECT_EQ(write(store::WakeInbox{"alice@example.org", now}).rows, 0U);
}

TEST_P(StoreContract, what_is_given_up_is_never_shown_again) {
    const auto first = write(incoming("first")).row;
    ASSERT_TRUE(write(store::InboxReturned{first.id, "blocked", std::nullopt, now}).row);
    restart();
    EXPECT_TRUE(shown(1000h).empty());
    EXPECT_EQ(write(store::WakeInbox{"alice@example.org", now}).rows, 0U);
    EXPECT_FALSE(write(store::InboxReturned{first.id, "late", now, now}).row);
    EXPECT_EQ(read(store::Counts{}).inbox_waiting.count("sms.example.org"), 0U);
    EXPECT_EQ(read(store::ExportUser{"", "alice@example.org"}).inbox.size(), 1U) << "kept";
}

TEST_P(StoreContract, messages_that_wait_are_counted_without_the_news_of_others) {
    const auto first = write(incoming("read")).row;
    write(store::InboxRead{{{first.row}}});
    write(store::InboxReturned{write(incoming("returned")).row.id, "timeout", now + 1h, now});
    write(incoming("waits"));
    auto notice = incoming("notice");
    notice.row.kind = InboxRow::Kind::notice;
    write(notice);
    restart();
    EXPECT_EQ(
        read(store::WaitingMessages{}).by_transport,
        (std::map<std::string, std::uint64_t>{{"sms.example.org", 2}})
    );
}

TEST_P(StoreContract, a_text_that_nobody_owns_is_kept) {
    auto op = incoming("for nobody");
    op.row.user = "";
    write(op);
    restart();
    auto rows = shown();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].user, "");
}

}  // namespace
}  // namespace sallyport::test
