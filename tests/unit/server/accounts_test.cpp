// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/server/account_state.hpp"
#include "tests/support/core_world.hpp"

namespace sallyport::test {
namespace {

using server::Accounts;
using server::AccountState;
using Lines = std::vector<std::string>;

/// Accounts whose loads end when the test says so.
struct AccountsTest : testing::Test {
    std::map<std::string, std::function<void(bool)>> loads;
    std::size_t count = 0;
    Accounts accounts{[this](AccountState& account, std::function<void(bool)> done) {
        ++count;
        loads[account.bare().str()] = std::move(done);
    }};
    Lines seen;

    Accounts::Use note(std::string what) {
        return [this, what = std::move(what)](AccountState* account) {
            seen.push_back(what + (account != nullptr ? " yes" : " no"));
        };
    }
    void loaded(const std::string& bare, bool exists) { loads.extract(bare).mapped()(exists); }
};

TEST_F(AccountsTest, what_needs_an_account_waits_in_order_and_one_load_serves_all) {
    accounts.with(jid("a@x.org"), note("1"));
    accounts.with(jid("a@x.org/phone"), note("2"));
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(accounts.find(jid("a@x.org")), nullptr);
    EXPECT_TRUE(accounts.knows(jid("a@x.org/phone")));
    loaded("a@x.org", true);
    EXPECT_EQ(seen, (Lines{"1 yes", "2 yes"}));
    accounts.with(jid("a@x.org"), note("3"));
    EXPECT_EQ(seen.back(), "3 yes");
    EXPECT_EQ(count, 1U);
}

TEST_F(AccountsTest, one_that_does_not_exist_is_looked_for_again) {
    accounts.with(jid("a@x.org"), note("1"));
    loaded("a@x.org", false);
    EXPECT_EQ(seen, Lines{"1 no"});
    EXPECT_EQ(accounts.size(), 0U);
    accounts.with(jid("a@x.org"), note("2"));
    EXPECT_EQ(count, 2U);
}

TEST_F(AccountsTest, behind_everything_that_waits) {
    accounts.after_waiting([this] { seen.push_back("at once"); });
    accounts.with(jid("a@x.org"), note("a"));
    accounts.with(jid("b@x.org"), note("b"));
    accounts.after_waiting([this] { seen.push_back("then"); });
    loaded("b@x.org", true);
    EXPECT_EQ(seen, (Lines{"at once", "b yes"}));
    loaded("a@x.org", false);
    EXPECT_EQ(seen, (Lines{"at once", "b yes", "a no", "then"}));
}

TEST_F(AccountsTest, who_waits_for_everything_takes_no_room_of_what_waits) {
    accounts.with(jid("a@x.org"), note("1"));
    int calls = 0;
    for (int i = 0; i < 3'000; ++i) accounts.after_waiting([&calls] { ++calls; });
    accounts.with(jid("a@x.org"), note("2"));
    accounts.after_waiting([this] { seen.push_back("last"); });
    AccountState* account = nullptr;
    accounts.with(jid("a@x.org"), [&account](AccountState* found) { account = found; });
    loaded("a@x.org", true);
    EXPECT_EQ(calls, 3'000);
    EXPECT_EQ(seen, (Lines{"1 yes", "2 yes", "last"}));
    accounts.begin_change(*account, {});
    for (int i = 0; i < 3'000; ++i) accounts.after_waiting([&calls] { ++calls; });
    EXPECT_EQ(account->waiting(), 1U);
    accounts.end_change(*account, {});
    EXPECT_EQ(calls, 6'000);
}

TEST(Accounts, that_are_given_up_call_nobody) {
    int calls = 0;
    {
        Accounts accounts([](AccountState&, const std::function<void(bool)>&) {});
        accounts.with(jid("a@x.org"), [&calls](AccountState*) { ++calls; });
        accounts.after_waiting([&calls] { ++calls; });
    }
    EXPECT_EQ(calls, 0) << "whom it would call may be gone before";
}

TEST_F(AccountsTest, one_that_is_forgotten_while_it_is_used_lives_on_and_is_nobodys) {
    accounts.with(jid("a@x.org"), [this](AccountState* account) {
        accounts.forget(account->bare());
        seen.push_back(account->bare().str());
    });
    accounts.with(jid("a@x.org"), note("next"));
    loaded("a@x.org", true);
    accounts.bury();
    EXPECT_EQ(seen, (Lines{"a@x.org", "next no"}));
    EXPECT_EQ(accounts.size(), 0U);
}

TEST_F(AccountsTest, of_those_that_nobody_uses_the_last_few_stay) {
    for (std::size_t i = 0; i < Accounts::max_idle + 10; ++i) {
        const std::string bare = "u" + std::to_string(i) + "@x.org";
        accounts.with(jid(bare), [](AccountState*) {});
        loaded(bare, true);
    }
    EXPECT_EQ(accounts.size(), Accounts::max_idle);
    EXPECT_EQ(accounts.find(jid("u0@x.org")), nullptr);
    EXPECT_NE(accounts.find(jid("u" + std::to_string(Accounts::max_idle) + "@x.org")), nullptr);
}

}  // namespace
}  // namespace sallyport::test
