// SPDX-License-Identifier: Apache-2.0
// `sallyport user` on a store, as when nothing runs.
#include <optional>
#include <tuple>

#include <gtest/gtest.h>

#include "gateway/app/command_table.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::app {
namespace {

using test::CoreWorld;
using Words = std::vector<std::string>;

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

TEST_F(UserCommands, without_a_server_there_are_no_users_to_add) {
    world.config.server.reset();
    EXPECT_EQ(run({"user", "add", "alice", "secret"}).exit, Exit::configuration);
}

}  // namespace
}  // namespace sallyport::app
