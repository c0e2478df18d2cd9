// SPDX-License-Identifier: Apache-2.0
// What becomes of duplicate guards: over an upgrade from schema 4, and when bodies are blanked.
#include "gateway/store/sqlite/keys.hpp"
#include "gateway/store/sqlite/migrate.hpp"
#include "tests/contract/store/file_store.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using enum port::DeliveryState;

/// A file as schema 4 left it: message "m1" in `state`, known by `seen`.
void make_older(const std::string& path, port::DeliveryState state) {
    const auto db = store::Database::open(path, "").value();
    ASSERT_TRUE(store::migrate(*db, embedded::schema().first(4), ""));
    store::KeyHasher hash;
    store::Query(
        *db,
        "INSERT INTO seen (key, expires) VALUES (?, ?)",
        hash({"out", "m1"}),
        start_of_time + 48h
    )
        .run();
    store::Query(
        *db,
        "INSERT INTO outbox VALUES (1, 'm1', 0, 0, ?1, 5, ?2, 0, NULL, NULL, 1, 0, 1, 1, ?3, ?3,"
        " ?3, ?3, 'sms.example.org', 'alice@example.org', '', 'peer of m1', '', 'm1', 'primary',"
        " '', '', '', '', x'')",
        store::stable_hash({"alice@example.org"}),
        state,
        start_of_time
    )
        .run();
    ASSERT_FALSE(db->take_fault());
}

std::int64_t guards_in(const std::string& path) {
    const auto db = store::Database::open(path, "").value();
    return db->number("SELECT count(guard) FROM outbox");
}

store::TakeOutbound::Answer take_again(
    store::Store& store, Owner& owner, const std::string& id, std::chrono::hours later
) {
    auto op = message(id);
    op.message.peer = "peer of m1";
    op.message.stanza_id = "m1";
    op.guard = "m1";
    op.now = start_of_time + later;
    return write_to(store, owner, std::move(op)).value();
}

// An upgrade is a restart, and after one clients send again what was not acknowledged to them.
TEST(Guard, of_a_message_from_before_the_upgrade_still_holds) {
    const Folder folder;
    make_older(folder.file("s.db"), accepted);
    Owner owner;
    const auto store = open_at(folder.file("s.db"), owner).value();
    EXPECT_TRUE(take_again(*store, owner, "m2", 1h).duplicate);
    EXPECT_FALSE(take_again(*store, owner, "m3", 49h).duplicate);
}

TEST(Guard, of_a_message_that_failed_before_the_upgrade_lets_it_go_again) {
    const Folder folder;
    make_older(folder.file("s.db"), failed);
    Owner owner;
    const auto store = open_at(folder.file("s.db"), owner).value();
    EXPECT_FALSE(take_again(*store, owner, "m2", 1h).duplicate);
    EXPECT_TRUE(take_again(*store, owner, "m3", 1h).duplicate) << "the second is on its way";
}

// It is a hash of the body: who reads the file could try the few bodies that a text may have.
TEST(Guard, goes_with_the_body) {
    const Folder folder;
    Owner owner;
    auto store = open_at(folder.file("s.db"), owner).value();
    ASSERT_TRUE(write_to(*store, owner, message("m1")));
    ASSERT_TRUE(write_to(*store, owner, news("m1", delivered)));
    const auto prune = [&](std::chrono::hours later) {
        const WallTime now = start_of_time + later;
        store::Prune op{.now = now, .bodies_before = now - 1h, .ids_before = {}};
        ASSERT_TRUE(write_to(*store, owner, op));
    };
    prune(2h);
    EXPECT_TRUE(take_again(*store, owner, "m2", 47h).duplicate) << "it guards for its time";
    prune(50h);
    store.reset();
    EXPECT_EQ(guards_in(folder.file("s.db")), 0);
}

}  // namespace
}  // namespace sallyport::test
