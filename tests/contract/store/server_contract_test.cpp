// SPDX-License-Identifier: Apache-2.0
// What the embedded server's services keep: waiting messages, archives, texts.
#include "tests/contract/store/store_contract.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;

class ServerRows : public StoreContract {
  protected:
    std::int64_t account(const std::string& user) {
        store::CreateAccount op;
        op.user = user;
        op.now = now;
        return write(std::move(op)).id;
    }
    bool keep(std::int64_t account, const std::string& stanza) {
        store::AddOffline op;
        op.account = account;
        op.stanza = stanza;
        op.now = now;
        op.most = 3;
        op.most_bytes = 100;
        return !write(std::move(op)).is_full;
    }
    std::vector<std::string> waiting(std::int64_t account) {
        store::OfflineMessages question;
        question.account = account;
        std::vector<std::string> stanzas;
        for (const auto& row : read(question).rows) stanzas.push_back(row.stanza);
        return stanzas;
    }
    /// An id of that instant, and of this order within it.
    static std::string id_at(std::chrono::milliseconds later, int order) {
        std::string id = ulid_prefix(now + later) + "0000000000000000";
        id[25] = static_cast<char>('0' + order);
        return id;
    }
    std::string archive(std::int64_t account, const std::string& peer, int order) {
        store::AddArchived op;
        op.account = account;
        op.id = id_at(order * 1s, order);
        op.peer = peer;
        op.resource = "phone";
        op.stanza = std::to_string(order);
        write(op);
        return op.id;
    }
    store::ArchivePage page(std::int64_t account) {
        store::ArchivePage question;
        question.account = account;
        return question;
    }
    std::string texts(const store::ArchivePage& question) {
        std::string joined;
        for (const auto& row : read(question).rows) joined += row.stanza;
        return joined;
    }
};

TEST_P(ServerRows, waiting_messages_come_in_their_order_and_survive) {
    const auto alice = account("alice@example.org"), bob = account("bob@example.org");
    EXPECT_TRUE(keep(alice, "one"));
    EXPECT_TRUE(keep(bob, "other"));
    EXPECT_TRUE(keep(alice, "two"));
    restart();
    EXPECT_EQ(waiting(alice), (std::vector<std::string>{"one", "two"}));
    store::OfflineMessages question;
    question.account = alice;
    EXPECT_EQ(read(question).rows.at(0).arrived, now);
    EXPECT_TRUE(read(question).is_complete);
}

TEST_P(ServerRows, waiting_messages_are_removed_up_to_what_was_taken) {
    const auto alice = account("alice@example.org"), bob = account("bob@example.org");
    keep(alice, "one");
    keep(bob, "other");
    keep(alice, "two");
    store::OfflineMessages question;
    question.account = alice;
    store::RemoveOffline op;
    op.account = alice;
    op.through = read(question).rows.at(0).row;
    write(op);
    restart();
    EXPECT_EQ(waiting(alice), std::vector<std::string>{"two"});
    EXPECT_EQ(waiting(bob), std::vector<std::string>{"other"});
}

TEST_P(ServerRows, waiting_messages_have_a_limit_in_number) {
    const auto alice = account("alice@example.org");
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(keep(alice, "text"));
    EXPECT_FALSE(keep(alice, "text"));
    EXPECT_TRUE(keep(account("bob@example.org"), "text"));
}

TEST_P(ServerRows, waiting_messages_have_a_limit_in_bytes) {
    const auto alice = account("alice@example.org");
    EXPECT_TRUE(keep(alice, std::string(60, 'a')));
    EXPECT_FALSE(keep(alice, std::string(41, 'b')));
    EXPECT_TRUE(keep(alice, std::string(40, 'c')));
}

TEST_P(ServerRows, waiting_messages_are_read_in_bounded_pieces) {
    const auto alice = account("alice@example.org");
    for (const char* text : {"first", "second", "third"}) keep(alice, text);
    store::OfflineMessages question;
    question.account = alice;
    question.bytes = 11;
    auto piece = read(question);
    ASSERT_EQ(piece.rows.size(), 2U);
    EXPECT_FALSE(piece.is_complete);
    question.after = piece.rows.back().row;
    question.bytes = 1;
    piece = read(question);
    ASSERT_EQ(piece.rows.size(), 1U);
    EXPECT_EQ(piece.rows[0].stanza, "third");
    EXPECT_TRUE(piece.is_complete);
}

TEST_P(ServerRows, archive_gives_pages_from_both_ends) {
    const auto alice = account("alice@example.org");
    for (int i = 1; i <= 5; ++i) archive(alice, "bob@example.org", i);
    archive(account("bob@example.org"), "alice@example.org", 6);
    restart();
    auto question = page(alice);
    EXPECT_EQ(texts(question), "12345");
    EXPECT_TRUE(read(question).is_complete);
    question.limit = 2;
    EXPECT_EQ(texts(question), "12");
    EXPECT_FALSE(read(question).is_complete);
    question.from_end = true;
    EXPECT_EQ(texts(question), "45");
    EXPECT_FALSE(read(question).is_complete);
}

TEST_P(ServerRows, archive_pages_follow_and_precede_ids) {
    const auto alice = account("alice@example.org");
    std::vector<std::string> ids;
    for (int i = 1; i <= 5; ++i) ids.push_back(archive(alice, "bob@example.org", i));
    auto question = page(alice);
    question.after = {ids[1]};
    EXPECT_EQ(texts(question), "345");
    question.before = {ids[4]};
    EXPECT_EQ(texts(question), "34");
    question.after = {ids[1], ids[2]};
    EXPECT_EQ(texts(question), "4");
    question.after = {id_at(99s, 9)};
    const auto unknown = read(question);
    EXPECT_FALSE(unknown.knows_ids);
    EXPECT_TRUE(unknown.rows.empty());
}

TEST_P(ServerRows, archive_ids_of_others_are_unknown) {
    const auto alice = account("alice@example.org");
    const std::string of_bob = archive(account("bob@example.org"), "alice@example.org", 1);
    auto question = page(alice);
    question.after = {of_bob};
    EXPECT_FALSE(read(question).knows_ids);
    store::ArchiveByIds by_ids;
    by_ids.account = alice;
    by_ids.ids = {of_bob};
    EXPECT_FALSE(read(by_ids).knows_ids);
}

TEST_P(ServerRows, archive_filters_by_peer_and_time) {
    const auto alice = account("alice@example.org");
    for (int i = 1; i <= 6; ++i)
        archive(alice, i % 2 == 0 ? "bob@example.org" : "carol@example.org", i);
    auto question = page(alice);
    question.peer = "bob@example.org";
    EXPECT_EQ(texts(question), "246");
    question.resource = "phone";
    EXPECT_EQ(texts(question), "246");
    question.resource = "laptop";
    EXPECT_EQ(texts(question), "");
    question = page(alice);
    question.start = now + 2s;
    question.end = now + 4s;
    EXPECT_EQ(texts(question), "234");
    question.peer = "bob@example.org";
    question.from_end = true;
    question.limit = 1;
    EXPECT_EQ(texts(question), "4");
}

TEST_P(ServerRows, archive_counts_what_matches_and_where_the_page_stands) {
    const auto alice = account("alice@example.org");
    std::vector<std::string> ids;
    for (int i = 1; i <= 5; ++i) ids.push_back(archive(alice, "bob@example.org", i));
    auto question = page(alice);
    question.start = now + 2s;
    question.after = {ids[2]};
    question.limit = 1;
    question.with_count = true;
    auto answer = read(question);
    EXPECT_EQ(answer.count, 4U);
    EXPECT_EQ(answer.first_index, 2U);
    question.limit = 0;
    answer = read(question);
    EXPECT_EQ(answer.count, 4U);
    EXPECT_TRUE(answer.rows.empty());
    EXPECT_FALSE(answer.is_complete);
}

TEST_P(ServerRows, archive_pages_are_bounded_in_bytes) {
    const auto alice = account("alice@example.org");
    for (int i = 1; i <= 5; ++i) archive(alice, "bob@example.org", i);
    auto question = page(alice);
    question.bytes = 2;
    EXPECT_EQ(texts(question), "12");
    EXPECT_FALSE(read(question).is_complete);
    question.bytes = 0;
    EXPECT_EQ(texts(question), "1");
}

TEST_P(ServerRows, archived_messages_by_id_are_bounded_in_bytes) {
    const auto alice = account("alice@example.org");
    store::ArchiveByIds question;
    question.account = alice;
    for (int i = 1; i <= 3; ++i) question.ids.push_back(archive(alice, "bob@example.org", i));
    question.bytes = 3;
    EXPECT_EQ(read(question).rows.size(), 3U);
    question.bytes = 2;
    EXPECT_FALSE(read(question).fits);
    EXPECT_TRUE(read(question).rows.empty());
    question.ids.resize(1);
    question.bytes = 0;
    EXPECT_TRUE(read(question).fits);
    EXPECT_EQ(read(question).rows.size(), 1U);
}

TEST_P(ServerRows, archive_knows_messages_by_id_and_its_ends) {
    const auto alice = account("alice@example.org");
    store::ArchiveEnds ends;
    ends.account = alice;
    EXPECT_FALSE(read(ends).first.has_value());
    std::vector<std::string> ids;
    for (int i = 1; i <= 3; ++i) ids.push_back(archive(alice, "bob@example.org", i));
    store::ArchiveByIds question;
    question.account = alice;
    question.ids = {ids[2], ids[0]};
    auto found = read(question).rows;
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].stanza, "1");
    EXPECT_EQ(found[1].stanza, "3");
    EXPECT_EQ(read(ends).first->first, ids[0]);
    EXPECT_EQ(read(ends).last->second, now + 3s);
}

TEST_P(ServerRows, archive_forgets_the_old_in_bounded_steps) {
    const auto alice = account("alice@example.org");
    for (int i = 1; i <= 5; ++i) archive(alice, "bob@example.org", i);
    store::PruneArchive op;
    op.before = now + 4s;
    op.limit = 2;
    EXPECT_EQ(write(op).rows, 2U);
    EXPECT_EQ(texts(page(alice)), "345");
    EXPECT_EQ(write(op).rows, 1U);
    EXPECT_EQ(write(op).rows, 0U);
    restart();
    EXPECT_EQ(texts(page(alice)), "45");
}

TEST_P(ServerRows, texts_of_an_account_are_replaced_and_erased) {
    store::PutAccountTexts op;
    op.account = account("alice@example.org");
    op.texts = {{"blocklist", "spam@example.net"}, {"vcard", ""}};
    write(op);
    op.texts.front().second = "spam@example.net\nother@example.net";
    write(op);
    restart();
    store::AccountTexts question;
    question.account = op.account;
    question.names = {"archive", "blocklist"};
    auto texts = read(question).texts;
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_EQ(texts[0].first, "blocklist");
    EXPECT_EQ(texts[0].second, op.texts.front().second);
    op.texts.front().second = "";
    write(op);
    EXPECT_TRUE(read(question).texts.empty());
}

TEST_P(ServerRows, removing_an_account_erases_all_and_nothing_more_is_kept) {
    const auto alice = account("alice@example.org"), bob = account("bob@example.org");
    keep(bob, "text");
    archive(bob, "alice@example.org", 1);
    store::PutAccountTexts text;
    text.texts = {{"vcard", "card"}};
    const auto fill = [&] {
        keep(alice, "text");
        archive(alice, "bob@example.org", 2);
        text.account = alice;
        write(text);
    };
    fill();
    store::RemoveAccount gone;
    gone.account = alice;
    EXPECT_TRUE(write(gone).found);
    for (int round = 0; round < 2; ++round) {
        EXPECT_TRUE(waiting(alice).empty());
        EXPECT_EQ(texts(page(alice)), "");
        store::AccountTexts question;
        question.account = alice;
        question.names = {"vcard"};
        EXPECT_TRUE(read(question).texts.empty());
        fill();  // what was under way when the account went
    }
    EXPECT_EQ(waiting(bob).size(), 1U);
    EXPECT_EQ(texts(page(bob)), "1");
}

TEST_P(ServerRows, an_account_is_loaded_with_its_texts_and_whether_messages_wait) {
    const auto alice = account("alice@example.org");
    account("bob@example.org");
    store::PutAccountTexts op;
    op.account = alice;
    op.texts = {{"blocklist", "spam@example.net"}, {"vcard", "card"}};
    write(op);
    keep(alice, "text");
    restart();
    const auto loaded = read(store::LoadAccount{"alice@example.org", {"blocklist", "preferences"}});
    EXPECT_EQ(loaded.texts.size(), 1U);
    EXPECT_EQ(loaded.texts.at("blocklist"), "spam@example.net");
    EXPECT_TRUE(loaded.has_offline);
    const auto other = read(store::LoadAccount{"bob@example.org", {"blocklist"}});
    EXPECT_TRUE(other.texts.empty());
    EXPECT_FALSE(other.has_offline);
}

INSTANTIATE_TEST_SUITE_P(
    Sqlite,
    ServerRows,
    ::testing::Values(Medium::memory, Medium::file, Medium::killed, Medium::power),
    [](const auto& medium) { return ::testing::PrintToString(medium.param); }
);

}  // namespace
}  // namespace sallyport::test
