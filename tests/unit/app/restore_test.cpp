// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/restore.hpp"

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/app/command_tools.hpp"
#include "gateway/store/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
using test::read_all;
using test::TempFolder;
const WallTime now(std::chrono::milliseconds(1'800'000'000'000));

/// Completions run on the store's thread; the tests wait for each.
std::unique_ptr<store::Store> open_store(const fs::path& file) {
    store::OpenOptions options;
    options.path = file.string();
    auto opened = store::open_sqlite(options, [](std::function<void()> run) { run(); });
    EXPECT_TRUE(opened) << opened.error().to_string();
    return *std::move(opened);
}

template <class Start>
void wait_for(Start start) {
    std::mutex mutex;
    std::condition_variable wake;
    bool is_done = false;
    start([&] {
        const std::lock_guard lock(mutex);
        is_done = true;
        wake.notify_one();
    });
    std::unique_lock lock(mutex);
    ASSERT_TRUE(wake.wait_for(lock, std::chrono::seconds(30), [&] { return is_done; }));
}

/// A database with one message that waits.
void make_database(const fs::path& file, const std::string& id) {
    const auto store = open_store(file);
    store::TakeOutbound op;
    op.message.id = port::OutId{id};
    op.message.transport = "sms.example.org";
    op.message.user = "alice@example.org";
    op.message.own = "+15550001111";
    op.message.peer = "+15551234567";
    op.message.payload = "x";
    op.message.deadline = now + std::chrono::hours(24);
    op.now = now;
    wait_for([&](auto done) {
        store->write(std::move(op), [done](Result<store::TakeOutbound::Answer> taken) {
            EXPECT_TRUE(taken);
            done();
        });
    });
}

void make_backup(const fs::path& database, const fs::path& copy) {
    const auto store = open_store(database);
    wait_for([&](auto done) {
        store->backup(copy.string(), [done](Result<> made) {
            EXPECT_TRUE(made);
            done();
        });
    });
}

std::optional<store::OutboundRow> find(const fs::path& database, const std::string& id) {
    const auto store = open_store(database);
    std::optional<store::OutboundRow> row;
    wait_for([&](auto done) {
        store->read(
            store::FindOutbound{port::OutId{id}},
            [&row, done](Result<store::FindOutbound::Answer> found) {
                row = found->row;
                done();
            }
        );
    });
    return row;
}

struct Restore : testing::Test {
    TempFolder folder;
    fs::path database = folder.path() / "sallyport.db";
    fs::path copy = folder.path() / "copy.db";
};

TEST_F(Restore, parks_what_waited_and_keeps_the_database_that_was_there) {
    make_database(database, "OLD");
    make_backup(database, copy);
    make_database(database, "NEW");
    const auto restored = restore_backup(copy, database, now);
    ASSERT_TRUE(restored) << restored.error().to_string();
    EXPECT_EQ(restored->parked, 1U);
    ASSERT_TRUE(find(database, "OLD"));
    EXPECT_EQ(find(database, "OLD")->state, port::DeliveryState::ambiguous);
    EXPECT_FALSE(find(database, "NEW"));
    EXPECT_TRUE(find(restored->previous, "NEW"));
    EXPECT_EQ(find(copy, "OLD")->state, port::DeliveryState::queued)
        << "the backup itself was changed";
}

TEST_F(Restore, works_where_there_was_no_database) {
    make_database(folder.path() / "other.db", "OLD");
    make_backup(folder.path() / "other.db", copy);
    const auto restored = restore_backup(copy, database, now);
    ASSERT_TRUE(restored);
    EXPECT_TRUE(restored->previous.empty());
    EXPECT_TRUE(find(database, "OLD"));
}

TEST_F(Restore, leaves_the_database_to_the_owner_of_its_folder) {
    make_database(folder.path() / "other.db", "OLD");
    make_backup(folder.path() / "other.db", copy);
    // As root: to the gateway's user. Else there is one owner only, and this holds by itself.
    const bool is_given = ::geteuid() != 0 || ::chown(folder.path().c_str(), 10'001, 10'002) == 0;
    ASSERT_TRUE(is_given);
    struct stat expected {};
    ASSERT_EQ(::stat(folder.path().c_str(), &expected), 0);
    ASSERT_TRUE(restore_backup(copy, database, now));
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with("sallyport.db")) continue;
        struct stat found {};
        ASSERT_EQ(::stat(entry.path().c_str(), &found), 0);
        EXPECT_EQ(found.st_uid, expected.st_uid) << name;
        EXPECT_EQ(found.st_gid, expected.st_gid) << name;
    }
}

TEST_F(Restore, replaces_a_damaged_database) {
    make_database(folder.path() / "other.db", "OLD");
    make_backup(folder.path() / "other.db", copy);
    folder.write("sallyport.db", std::string(8192, 'x'));
    const auto restored = restore_backup(copy, database, now);
    ASSERT_TRUE(restored);
    EXPECT_EQ(read_all(restored->previous), std::string(8192, 'x'));
    EXPECT_TRUE(find(database, "OLD"));
}

TEST_F(Restore, refuses_what_is_no_backup_and_changes_nothing) {
    make_database(database, "OLD");
    const std::string before = read_all(database);
    for (const std::string& text :
         {std::string(),
          std::string("SQLite format 3"),
          std::string(4096, 'x'),
          std::string("SQLite format 3\0", 16) + std::string(4080, '\0')}) {
        folder.write("copy.db", text);
        const auto restored = restore_backup(copy, database, now);
        ASSERT_FALSE(restored);
        EXPECT_EQ(exit_of(restored.error()), Exit::internal);
    }
    EXPECT_FALSE(restore_backup(folder.path() / "absent.db", database, now));
    EXPECT_FALSE(restore_backup(folder.path(), database, now));
    EXPECT_EQ(read_all(database), before);
    EXPECT_FALSE(fs::exists(folder.path() / "sallyport.db.restoring"));
}

TEST_F(Restore, refuses_a_backup_that_is_cut_off) {
    make_database(database, "OLD");
    make_backup(database, copy);
    fs::resize_file(copy, fs::file_size(copy) / 2);
    EXPECT_FALSE(restore_backup(copy, database, now));
    EXPECT_TRUE(find(database, "OLD"));
}

TEST_F(Restore, refuses_a_database_with_its_log_beside_it) {
    make_database(database, "OLD");
    make_backup(database, copy);
    folder.write("copy.db-wal", "log");
    const auto restored = restore_backup(copy, database, now);
    ASSERT_FALSE(restored);
    EXPECT_NE(restored.error().to_string().find("sallyport backup"), std::string::npos);
}

TEST_F(Restore, never_overwrites_an_earlier_copy) {
    make_database(database, "OLD");
    make_backup(database, copy);
    const auto first = restore_backup(copy, database, now),
               second = restore_backup(copy, database, now);
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->previous, second->previous);
    EXPECT_TRUE(fs::exists(first->previous) && fs::exists(second->previous));
}

}  // namespace
}  // namespace sallyport::app
