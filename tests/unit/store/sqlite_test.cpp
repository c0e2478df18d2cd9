// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/sqlite.hpp"

#include <gtest/gtest.h>

#include "gateway/store/sqlite/keys.hpp"
#include "gateway/store/sqlite/records.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::store {
namespace {

std::unique_ptr<Database> memory() {
    return *Database::open(":memory:", "");
}

TEST(Query, values_come_back_as_they_were_bound) {
    auto db = memory();
    db->execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d INTEGER, e TEXT) STRICT");
    const std::string text("a\0b", 3);
    const std::optional<WallTime> none;
    Query(*db, "INSERT INTO t VALUES (?, ?, ?, ?, ?)", -5, text, Bytes{text}, none, "").run();
    Query query(*db, "SELECT a, b, c, d, e FROM t");
    ASSERT_TRUE(query.next());
    int number = 0;
    std::string first;
    std::string second;
    std::optional<WallTime> time = WallTime{};
    std::string empty = "x";
    query.read(number, first, second, time, empty);
    EXPECT_EQ(number, -5);
    EXPECT_EQ(first, text);
    EXPECT_EQ(second, text);
    EXPECT_FALSE(time);
    EXPECT_EQ(empty, "");
    EXPECT_FALSE(query.next());
}

TEST(Database, the_first_fault_stays_and_stops_everything_until_it_is_taken) {
    auto db = memory();
    db->execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
    db->execute("INSERT INTO t VALUES (1)");
    Query(*db, "INSERT INTO t VALUES (?)", 1).run();
    EXPECT_TRUE(db->failed());
    EXPECT_FALSE(Query(*db, "SELECT a FROM t").next());
    Query(*db, "INSERT INTO t VALUES (2)").run();
    const auto fault = db->take_fault();
    ASSERT_TRUE(fault);
    EXPECT_FALSE(fault->is_environment());
    EXPECT_NE(fault->text.find("UNIQUE"), std::string::npos);
    EXPECT_EQ(db->number("SELECT count(*) FROM t"), 1);
}

TEST(Keys, hashes_are_stable_over_versions) {
    // Stored in databases: these values never change.
    EXPECT_EQ(static_cast<std::uint64_t>(stable_hash({})), 0xcbf29ce484222325ULL);
    EXPECT_EQ(shard_of(stable_hash({"juliet@example.org"})), 57);
    KeyHasher hash;
    const Key key = hash({"a", "b"});
    EXPECT_EQ(
        hex_encode({reinterpret_cast<const char*>(key.data()), key.size()}),
        "8872fa7b26b0c523940efc1110657380"
    );
}

TEST(Keys, parts_do_not_run_into_each_other) {
    KeyHasher hash;
    EXPECT_NE(hash({"ab", "c"}), hash({"a", "bc"}));
    EXPECT_NE(stable_hash({"ab", "c"}), stable_hash({"a", "bc"}));
    EXPECT_GE(shard_of(-1), 0);
    EXPECT_LT(shard_of(-1), 1024);
}

TEST(Records, the_end_of_a_prefix_is_the_first_text_after_all_that_begin_with_it) {
    EXPECT_EQ(end_of_prefix("ab"), "ac");
    EXPECT_EQ(end_of_prefix("a\xff"), "b");
    EXPECT_FALSE(end_of_prefix("\xff\xff"));
    EXPECT_FALSE(end_of_prefix(""));
}

}  // namespace
}  // namespace sallyport::store
