// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/fast_tokens.hpp"

#include <gtest/gtest.h>

#include "gateway/server/account_auth.hpp"
#include "tests/support/core_world.hpp"
#include "xmpp/sasl/hashed_token.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using test::CoreWorld;
using xmpp::sasl::Fault;

constexpr const char* unbound = "HT-SHA-256-NONE";

struct FastLogins : testing::Test {
    FastLogins() {
        for (const char* user : {"alice@example.org", "bob@example.org"})
            world.store.write(store::CreateAccount{user, {}, world.time.wall()});
        world.settle();
    }

    std::optional<xmpp::Issued> issue(
        const std::string& user = "alice",
        const std::string& client = "phone",
        const std::string& mechanism = unbound
    ) {
        std::optional<xmpp::Issued> given;
        bool is_answered = false;
        tokens.issue({user, client, mechanism, true}, [&](xmpp::ServerAnswer answer) {
            is_answered = true;
            if (auto* issued = std::get_if<xmpp::Issued>(&answer)) given = *issued;
        });
        world.settle();
        EXPECT_TRUE(is_answered);
        return given;
    }
    struct Try {
        std::string user = "alice";
        std::string client = "phone";
        std::string mechanism = unbound;
        std::string binding = {};
        std::optional<std::uint64_t> count = {};
    };
    /// "granted", "granted due", or the fault.
    std::string log_in(const std::string& token, const Try& how) {
        const xmpp::sasl::AskToken ask{
            how.mechanism,
            how.user,
            xmpp::sasl::hashed_token(token, "Initiator", how.binding),
            how.binding};
        std::string said;
        tokens.judge(ask, how.client, how.count, [&](xmpp::sasl::Answer answer, bool is_due) {
            if (const auto* denied = std::get_if<xmpp::sasl::Denied>(&answer)) {
                said = to_string(denied->fault);
                return;
            }
            const auto& granted = std::get<xmpp::sasl::Granted>(answer);
            EXPECT_EQ(granted.user, how.user);
            EXPECT_EQ(granted.data, xmpp::sasl::hashed_token(token, "Responder", how.binding))
                << "the client learns that it speaks to who gave the token";
            said = is_due ? "granted due" : "granted";
        });
        world.settle();
        return said;
    }
    std::string log_in(const std::string& token) { return log_in(token, Try()); }

    CoreWorld world;
    FastTokens tokens{world.core->world(), test::jid("example.org"), "a key of the test"};
};

TEST_F(FastLogins, a_token_logs_its_client_in_again_and_again) {
    const auto issued = issue();
    ASSERT_TRUE(issued);
    EXPECT_GE(issued->token.size(), 64U);
    EXPECT_EQ(xmpp::parse_datetime(issued->expiry), world.time.wall() + FastTokens::lifetime);
    EXPECT_EQ(log_in(issued->token), "granted");
    EXPECT_EQ(log_in(issued->token), "granted");
}

TEST_F(FastLogins, no_token_is_in_the_database) {
    const auto issued = issue();
    const auto rows = world.read(store::FindFastTokens{"alice@example.org", "phone"}).tokens;
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_NE(rows[0].salt, issued->token);
    FastTokens other(world.core->world(), test::jid("example.org"), "another key");
    std::string said;
    const xmpp::sasl::AskToken ask{
        unbound, "alice", xmpp::sasl::hashed_token(issued->token, "Initiator", ""), ""};
    other.judge(ask, "phone", {}, [&said](const xmpp::sasl::Answer& answer, bool) {
        said = to_string(std::get<xmpp::sasl::Denied>(answer).fault);
    });
    world.settle();
    EXPECT_EQ(said, "not-authorized");
}

TEST_F(FastLogins, a_token_is_good_for_one_account_client_and_mechanism) {
    const std::string token = issue()->token;
    EXPECT_EQ(log_in(token, {.user = "bob"}), "not-authorized");
    EXPECT_EQ(log_in(token, {.client = "laptop"}), "not-authorized");
    EXPECT_EQ(log_in(token, {.user = "nobody"}), "not-authorized");
    EXPECT_EQ(
        log_in(token, {.mechanism = "HT-SHA-256-EXPR", .binding = "of this connection"}),
        "not-authorized"
    );
    EXPECT_EQ(log_in("guessed"), "not-authorized");
    EXPECT_EQ(log_in(token), "granted");
}

TEST_F(FastLogins, a_bound_token_needs_its_binding) {
    const std::string token = issue("alice", "phone", "HT-SHA-256-EXPR")->token;
    EXPECT_EQ(log_in(token), "not-authorized");
    EXPECT_EQ(
        log_in(token, {.mechanism = "HT-SHA-256-EXPR", .binding = "of this connection"}), "granted"
    );
}

TEST_F(FastLogins, two_tokens_of_one_client_differ) {
    EXPECT_NE(issue()->token, issue()->token);
}

TEST_F(FastLogins, a_token_ends) {
    const std::string token = issue()->token;
    world.time.move(FastTokens::lifetime - hours(1));
    EXPECT_EQ(log_in(token), "granted due");
    world.time.move(hours(1));
    EXPECT_EQ(log_in(token), "credentials-expired");
}

TEST_F(FastLogins, a_token_is_due_after_a_day_and_lives_until_the_next_is_used) {
    const std::string first = issue()->token;
    EXPECT_EQ(log_in(first), "granted");
    world.time.move(days(1));
    EXPECT_EQ(log_in(first), "granted due");
    const std::string second = issue()->token;
    EXPECT_EQ(log_in(first), "granted due") << "the client may not have heard of the second";
    EXPECT_EQ(log_in(second), "granted");
    EXPECT_EQ(log_in(first), "not-authorized");
}

TEST_F(FastLogins, a_replay_is_refused_where_the_client_counts) {
    const std::string token = issue()->token;
    EXPECT_EQ(log_in(token, {.count = 1}), "granted");
    EXPECT_EQ(log_in(token, {.count = 1}), "not-authorized");
    EXPECT_EQ(log_in(token, {.count = 2}), "granted");
}

TEST_F(FastLogins, a_token_is_thrown_away) {
    const std::string token = issue()->token;
    const std::string other = issue("alice", "laptop")->token;
    tokens.invalidate({"alice", "phone"});
    world.settle();
    EXPECT_EQ(log_in(token), "not-authorized");
    EXPECT_EQ(log_in(other, {.client = "laptop"}), "granted");
}

TEST_F(FastLogins, throwing_away_and_asking_again_leaves_the_new_one) {
    const std::string token = issue()->token;
    tokens.invalidate({"alice", "phone"});
    const std::string next = issue()->token;
    EXPECT_EQ(log_in(token), "not-authorized");
    EXPECT_EQ(log_in(next), "granted");
}

TEST_F(FastLogins, a_new_password_takes_tokens_away_and_a_disabled_account_logs_nobody_in) {
    const std::string token = issue()->token;
    const std::int64_t number = world.read(store::FindAccount{"alice@example.org"}).row->id;
    world.store.write(store::SetAccountDisabled{number, true});
    EXPECT_EQ(log_in(token), "account-disabled");
    EXPECT_FALSE(issue());
    world.store.write(store::SetAccountDisabled{number, false});
    EXPECT_EQ(log_in(token), "granted");
    world.store.write(store::SetAccountKeys{number, {}});
    EXPECT_EQ(log_in(token), "not-authorized");
}

TEST_F(FastLogins, nobody_is_given_one_who_is_not_there_or_says_too_much) {
    EXPECT_FALSE(issue("nobody"));
    EXPECT_FALSE(issue("alice", std::string(FastTokens::max_client_bytes + 1, 'x')));
}

}  // namespace
}  // namespace sallyport::server
