// SPDX-License-Identifier: Apache-2.0
// Which files are refused at the start, and with what words.
#include <fstream>

#include <sqlite3.h>

#include "tests/contract/store/file_store.hpp"

namespace sallyport::test {
namespace {

/// What the file's user is told when it cannot be opened.
std::string refusal(const std::string& path) {
    Owner owner;
    auto store = open_at(path, owner);
    return store ? "opened" : store.error().to_string();
}

void execute_on(const std::string& path, const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
}

void expect_contains(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Opening, a_file_that_is_no_database_is_refused) {
    const Folder folder;
    std::ofstream(folder.file("s.db")) << std::string(10'000, 'x');
    expect_contains(refusal(folder.file("s.db")), folder.file("s.db"));
    expect_contains(refusal(folder.file("s.db")), "not a database");
}

TEST(Opening, a_damaged_database_is_refused) {
    const Folder folder;
    {
        Owner owner;
        auto store = open_at(folder.file("s.db"), owner);
        for (int i = 0; i < 50; ++i)
            ASSERT_TRUE(write_to(**store, owner, message("m" + std::to_string(i))));
    }
    std::fstream file(folder.file("s.db"), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 20; ++page) {
        file.seekp(page * 4096);
        file << std::string(64, '\xee');
    }
    file.close();
    expect_contains(refusal(folder.file("s.db")), "damaged");
}

TEST(Opening, a_database_of_a_newer_program_is_refused_untouched) {
    const Folder folder;
    refusal(folder.file("s.db"));
    execute_on(folder.file("s.db"), "PRAGMA user_version = 999");
    expect_contains(refusal(folder.file("s.db")), "schema 999");
    expect_contains(refusal(folder.file("s.db")), "newer");
}

TEST(Opening, a_database_of_another_program_is_refused_untouched) {
    const Folder folder;
    execute_on(folder.file("s.db"), "CREATE TABLE theirs (x)");
    expect_contains(refusal(folder.file("s.db")), "another program");
}

TEST(Opening, a_locked_database_is_refused_after_a_moment) {
    const Folder folder;
    refusal(folder.file("s.db"));
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(folder.file("s.db").c_str(), &db), SQLITE_OK);
    sqlite3_exec(
        db,
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1",
        nullptr,
        nullptr,
        nullptr
    );
    expect_contains(refusal(folder.file("s.db")), "locked");
    sqlite3_close(db);
    EXPECT_EQ(refusal(folder.file("s.db")), "opened");
}

TEST(Opening, a_folder_that_is_not_there_is_named) {
    const Folder folder;
    expect_contains(refusal(folder.file("missing/s.db")), "missing/s.db");
}

}  // namespace
}  // namespace sallyport::test
