// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/migrate.hpp"

#include <array>
#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace sallyport::store {
namespace {

using embedded::File;

class Migrate : public ::testing::Test {
  protected:
    Migrate() {
        std::string name =
            (std::filesystem::temp_directory_path() / "sallyport-migrate-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        db_ = *Database::open(file("s.db"), "");
    }
    ~Migrate() override {
        db_.reset();
        std::filesystem::remove_all(folder_);
    }
    std::string file(const std::string& name) const { return (folder_ / name).string(); }
    std::size_t files() const {
        const std::filesystem::directory_iterator all(folder_);
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
    Result<> run(std::span<const File> steps) { return migrate(*db_, steps, folder_.string()); }

    std::filesystem::path folder_;
    std::unique_ptr<Database> db_;
};

constexpr std::array steps{
    File{"001.sql", "CREATE TABLE a (x); INSERT INTO a VALUES (1);"},
    File{"002.sql", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;"},
    File{"003.sql", "CREATE TABLE b (x);"},
};
constexpr std::array broken{steps[0], File{"002.sql", "CREATE TABLE c (x); nonsense;"}};

TEST_F(Migrate, a_new_database_gets_all_steps_and_no_copy) {
    ASSERT_TRUE(run(steps));
    EXPECT_EQ(db_->number("PRAGMA user_version"), 3);
    EXPECT_EQ(db_->number("SELECT y FROM a"), 2);
    EXPECT_EQ(files(), 1U);
    EXPECT_TRUE(run(steps)) << "and is left alone from then on";
}

TEST_F(Migrate, an_older_database_is_copied_before_it_is_changed) {
    ASSERT_TRUE(run(std::span(steps).first(1)));
    ASSERT_TRUE(run(steps));
    EXPECT_EQ(db_->number("SELECT y FROM a"), 2);
    auto copy = *Database::open(file("before-schema-3.db"), "");
    EXPECT_EQ(copy->number("PRAGMA user_version"), 1);
    EXPECT_EQ(copy->number("SELECT x FROM a"), 1);
    EXPECT_EQ(copy->number("SELECT count(*) FROM pragma_table_info('a')"), 1);
}

TEST_F(Migrate, a_step_that_fails_leaves_everything_as_it_was) {
    ASSERT_TRUE(run(std::span(steps).first(1)));
    const auto result = run(broken);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().detail.find("migrating"), std::string::npos);
    EXPECT_EQ(db_->number("PRAGMA user_version"), 1);
    EXPECT_EQ(db_->number("SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
    EXPECT_TRUE(run(steps)) << "a repaired program goes on";
}

TEST_F(Migrate, a_newer_schema_is_refused) {
    ASSERT_TRUE(run(steps));
    const auto result = run(std::span(steps).first(2));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().detail.find("before-schema-3.db"), std::string::npos);
    EXPECT_EQ(db_->number("PRAGMA user_version"), 3);
}

TEST_F(Migrate, without_a_copy_there_is_no_migration) {
    ASSERT_TRUE(run(std::span(steps).first(1)));
    EXPECT_FALSE(migrate(*db_, steps, file("missing")));
    EXPECT_EQ(db_->number("PRAGMA user_version"), 1);
}

TEST(Schema, its_steps_are_numbered_without_gaps) {
    int number = 0;
    for (const File& step : embedded::schema()) {
        EXPECT_EQ(std::stoi(std::string(step.name.substr(0, 3))), ++number) << step.name;
    }
    EXPECT_GT(number, 0);
}

}  // namespace
}  // namespace sallyport::store
