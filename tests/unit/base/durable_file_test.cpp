// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/durable_file.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

struct DurableFile : testing::Test {
    test::TempFolder temp;
    const fs::path& folder = temp.path();
};

TEST_F(DurableFile, is_private_and_replaces_what_was_there) {
    const fs::path file = folder / "key";
    ASSERT_TRUE(write_private_file(file, "first"));
    ASSERT_TRUE(write_private_file(file, "second"));
    EXPECT_EQ(test::read_all(file), "second");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_FALSE(fs::exists(folder / "key.new"));
}

TEST_F(DurableFile, that_cannot_be_written_names_path_and_uid) {
    const auto written = write_private_file(folder / "absent" / "key", "x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, boost::system::errc::no_such_file_or_directory);
    EXPECT_NE(written.error().detail.find("absent/key.new"), std::string::npos);
    EXPECT_NE(written.error().detail.find("(as uid "), std::string::npos);
}

TEST_F(DurableFile, says_that_the_disk_is_full) {
    std::filesystem::create_symlink("/dev/full", folder / "key.new");
    const auto written = write_private_file(folder / "key", "x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, boost::system::errc::no_space_on_device);
    EXPECT_FALSE(fs::exists(folder / "key"));
}

TEST_F(DurableFile, syncs_say_what_is_not_there) {
    ASSERT_TRUE(write_private_file(folder / "here", "x"));
    EXPECT_TRUE(sync_file(folder / "here"));
    EXPECT_TRUE(sync_folder(folder));
    EXPECT_TRUE(sync_folder("")) << "a name without folder stands in this one";
    EXPECT_FALSE(sync_file(folder / "nowhere"));
    EXPECT_FALSE(sync_folder(folder / "here")) << "a file is no folder";
}

}  // namespace
}  // namespace sallyport
