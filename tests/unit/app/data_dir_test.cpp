// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/data_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
using test::mode_of;
using test::TempFolder;

Result<DataDir> open_dir(const fs::path& path) {
    std::optional<DataDir::Held> held;
    return DataDir::open(path, held);
}

TEST(DataDir, is_made_for_its_owner_alone) {
    const TempFolder folder;
    const auto dir = open_dir(folder.path() / "a" / "data");
    ASSERT_TRUE(dir) << dir.error().to_string();
    EXPECT_EQ(mode_of(dir->path()), fs::perms::owner_all);
    EXPECT_EQ(mode_of(dir->media()), fs::perms::owner_all);
}

TEST(DataDir, keeps_the_mode_that_an_operator_gave) {
    const TempFolder folder;
    const fs::path path = folder.path() / "data";
    fs::create_directory(path);
    fs::permissions(path, fs::perms::owner_all | fs::perms::group_read);
    ASSERT_TRUE(open_dir(path));
    EXPECT_EQ(mode_of(path), fs::perms::owner_all | fs::perms::group_read);
}

TEST(DataDir, leaves_what_it_makes_to_the_owner_of_the_folder) {
    const TempFolder folder;
    // As root: to the gateway's user. Else there is one owner only, and this holds by itself.
    const bool is_given = ::geteuid() != 0 || ::chown(folder.path().c_str(), 10'001, 10'002) == 0;
    ASSERT_TRUE(is_given);
    ASSERT_TRUE(open_dir(folder.path()));
    struct stat expected {};
    ASSERT_EQ(::stat(folder.path().c_str(), &expected), 0);
    for (const char* name : {"lock", "media"}) {
        struct stat found {};
        ASSERT_EQ(::stat((folder.path() / name).c_str(), &found), 0);
        EXPECT_EQ(found.st_uid, expected.st_uid) << name;
        EXPECT_EQ(found.st_gid, expected.st_gid) << name;
    }
}

TEST(DataDir, is_held_by_one_at_a_time_and_names_the_holder) {
    const TempFolder folder;
    const auto first = open_dir(folder.path());
    ASSERT_TRUE(first);
    std::optional<DataDir::Held> held;
    const auto second = DataDir::open(folder.path(), held);
    ASSERT_FALSE(second);
    ASSERT_TRUE(held);
    EXPECT_EQ(held->pid, getpid());
    EXPECT_NE(second.error().to_string().find(std::to_string(getpid())), std::string::npos);
    ASSERT_TRUE(DataDir::holder(folder.path()));
    EXPECT_EQ(DataDir::holder(folder.path())->pid, getpid());
}

TEST(DataDir, is_free_again_when_its_holder_ended) {
    const TempFolder folder;
    { const auto first = open_dir(folder.path()); }
    EXPECT_FALSE(DataDir::holder(folder.path()));
    EXPECT_TRUE(open_dir(folder.path()));
}

TEST(DataDir, has_no_holder_where_there_is_no_folder) {
    EXPECT_FALSE(DataDir::holder("/nonexistent/data"));
}

TEST(DataDir, cannot_be_made_below_a_file) {
    const TempFolder folder;
    const auto file = folder.write("file", "");
    std::optional<DataDir::Held> held;
    const auto dir = DataDir::open(file / "data", held);
    ASSERT_FALSE(dir);
    EXPECT_FALSE(held);
    EXPECT_NE(dir.error().to_string().find("uid"), std::string::npos);
}

TEST(DataDir, makes_its_key_once_and_for_itself) {
    const TempFolder folder;
    const auto dir = open_dir(folder.path());
    ASSERT_TRUE(dir);
    const auto first = dir->key(), second = dir->key();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->size(), 32U);
    EXPECT_EQ(*first, *second);
    EXPECT_EQ(mode_of(folder.path() / "key"), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(DataDir, refuses_a_damaged_key) {
    const TempFolder folder;
    const auto dir = open_dir(folder.path());
    folder.write("key", "too short");
    const auto key = dir->key();
    ASSERT_FALSE(key);
    EXPECT_NE(key.error().to_string().find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::app
