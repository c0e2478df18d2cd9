// SPDX-License-Identifier: Apache-2.0
// `sallyport user` on a store, as when nothing runs.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "gateway/app/command_table.hpp"
#include "gateway/app/user_rows.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/temp_folder.hpp"
#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::app {
namespace {

using test::CoreWorld;
using Words = std::vector<std::string>;
using test::TempFolder;

struct UserCommands : testing::Test {
    UserCommands() {
        world.config.server.emplace();
        world.config.server->domain = test::jid("example.org");
    }
    CommandAnswer run(Words words) {
        auto parsed = parse_command(std::move(words));
        if (!parsed) return {parsed.error().detail, Exit::usage};
        std::optional<CommandAnswer> answer;
        const ControlContext context{world.store, world.time, nullptr, nullptr, &world.config};
        run_command(context, *std::move(parsed), [&](CommandAnswer given) {
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(given);
        });
        world.settle();
        EXPECT_TRUE(answer) << "not answered";
        return answer.value_or(CommandAnswer{"no answer", -1});
    }
    bool has_password(const std::string& user, std::string_view password) {
        const auto found = world.read(store::FindAccount{user});
        for (const store::AccountKey& key : found.keys)
            if (key.kind == "SCRAM-SHA-1")
                return xmpp::sasl::is_password(
                    xmpp::sasl::Hash::sha1,
                    password,
                    {key.salt, key.iterations, key.stored_key, key.server_key}
                );
        return false;
    }

    CoreWorld world;
};

TEST_F(UserCommands, add_makes_an_account_from_a_jid_or_a_name) {
    const CommandAnswer answer = run({"user", "add", "Alice@example.org", "secret"});
    EXPECT_EQ(answer.exit, Exit::ok);
    EXPECT_EQ(answer.text, "alice@example.org may log in\n");
    EXPECT_EQ(run({"user", "add", "bob", "hidden"}).exit, Exit::ok);
    EXPECT_TRUE(has_password("alice@example.org", "secret"));
    EXPECT_TRUE(has_password("bob@example.org", "hidden"));
}

TEST_F(UserCommands, what_old_mechanisms_compute_with_is_kept_while_they_are_on) {
    const auto kinds = [this] {
        std::set<std::string> found;
        for (const auto& key : world.read(store::FindAccount{"alice@example.org"}).keys)
            found.insert(key.kind);
        return found;
    };
    run({"user", "add", "alice", "secret"});
    const std::set<std::string> scram = kinds();
    EXPECT_EQ(scram.size(), 3U);
    world.config.server->legacy = config::ServerConfig::Legacy::on;
    run({"user", "passwd", "alice", "secret"});
    std::set<std::string> all = scram;
    all.insert("CRAM-MD5");
    all.insert("DIGEST-MD5");
    EXPECT_EQ(kinds(), all);
    world.config.server->legacy = config::ServerConfig::Legacy::off;
    run({"user", "passwd", "alice", "secret"});
    EXPECT_EQ(kinds(), scram);
}

TEST_F(UserCommands, add_refuses_what_cannot_be_and_says_why) {
    run({"user", "add", "alice", "secret"});
    for (const auto& [typed, password, why] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {"alice", "other", "is there already"},
             {"alice@elsewhere.example", "x", "not of this server"},
             {"alice@example.org/phone", "x", "is no JID"},
             {"a b@example.org", "x", "is no JID"},
             {"carol", "", "cannot be a password"}}) {
        const CommandAnswer answer = run({"user", "add", typed, password});
        EXPECT_EQ(answer.exit, Exit::usage) << typed;
        EXPECT_NE(answer.text.find(why), std::string::npos) << answer.text;
    }
    EXPECT_TRUE(has_password("alice@example.org", "secret"));
}

TEST_F(UserCommands, passwd_replaces_the_password) {
    run({"user", "add", "alice", "secret"});
    EXPECT_EQ(run({"user", "passwd", "alice", "another"}).exit, Exit::ok);
    EXPECT_TRUE(has_password("alice@example.org", "another"));
    EXPECT_FALSE(has_password("alice@example.org", "secret"));
    const CommandAnswer nobody = run({"user", "passwd", "nobody", "x"});
    EXPECT_EQ(nobody.exit, Exit::usage);
    EXPECT_NE(nobody.text.find("there is no user nobody@example.org"), std::string::npos);
}

TEST_F(UserCommands, delete_removes_and_list_shows_who_is_left) {
    EXPECT_NE(run({"user", "list"}).text.find("nobody yet"), std::string::npos);
    run({"user", "add", "alice", "secret"});
    run({"user", "add", "bob", "secret"});
    EXPECT_EQ(run({"user", "delete", "alice"}).exit, Exit::ok);
    const std::string left = run({"user", "list"}).text;
    EXPECT_EQ(left.find("alice@example.org"), std::string::npos);
    EXPECT_NE(left.find("bob@example.org"), std::string::npos);
    EXPECT_EQ(run({"user", "delete", "alice"}).exit, Exit::usage);
}

TEST_F(UserCommands, delete_leaves_neither_files_nor_records_to_the_next_of_that_name) {
    const TempFolder folder;
    world.config.data = folder.path();
    const auto picture = folder.path() / "media" / "token" / "file.jpg";
    std::filesystem::create_directories(picture.parent_path());
    std::ofstream(picture) << "a picture";
    run({"user", "add", "alice", "secret"});
    const std::string key = media_record_key("alice@example.org", "token");
    world.store.write(store::PutRecord{
        "sms.example.org", key, "file.jpg", world.time.wall() + std::chrono::hours(1)});
    world.settle();
    EXPECT_EQ(run({"user", "delete", "alice"}).exit, Exit::ok);
    EXPECT_FALSE(std::filesystem::exists(picture.parent_path()));
    const store::ScanRecords question{"sms.example.org", "alice@example.org/", world.time.wall()};
    EXPECT_TRUE(world.read(question).rows.empty());
}

TEST_F(UserCommands, without_a_server_there_are_no_users_to_add) {
    world.config.server.reset();
    EXPECT_EQ(run({"user", "add", "alice", "secret"}).exit, Exit::configuration);
}

}  // namespace
}  // namespace sallyport::app
