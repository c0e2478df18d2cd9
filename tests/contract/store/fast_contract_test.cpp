// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using std::chrono::hours;

class FastContract : public StoreContract {
  protected:
    std::int64_t account(const std::string& user) {
        return write(store::CreateAccount{.user = user, .keys = {}, .now = start_of_time}).id;
    }
    bool put(
        std::int64_t account,
        const std::string& client,
        const std::string& salt,
        int days = 21,
        WallTime issued = now
    ) {
        store::FastTokenRow row;
        row.mechanism = "HT-SHA-256-NONE";
        row.salt = salt;
        row.issued = issued;
        row.expires = issued + hours(24 * days);
        return write(store::PutFastToken{account, client, row, 3}).found;
    }
    bool use(
        std::int64_t account,
        const std::string& client,
        const std::string& salt,
        std::optional<std::uint64_t> count = {}
    ) {
        return write(store::UseFastToken{account, client, salt, count}).is_good;
    }
    /// "new:salt", "salt", … in the order in which they are tried.
    std::string tokens(const std::string& client, const std::string& user = "alice@example.org") {
        std::string said;
        for (const auto& row : read(store::FindFastTokens{user, client}).tokens)
            said += (said.empty() ? "" : " ") + std::string(row.is_new ? "new:" : "") + row.salt;
        return said;
    }
};

TEST_P(FastContract, a_token_comes_back_as_it_was_put) {
    const auto id = account("alice@example.org");
    EXPECT_TRUE(put(id, "phone", std::string("s\0lt", 4)));
    restart();
    const auto found = read(store::FindFastTokens{"alice@example.org", "phone"});
    ASSERT_TRUE(found.row);
    EXPECT_EQ(found.row->id, id);
    ASSERT_EQ(found.tokens.size(), 1U);
    EXPECT_EQ(found.tokens[0].mechanism, "HT-SHA-256-NONE");
    EXPECT_EQ(found.tokens[0].salt, std::string("s\0lt", 4));
    EXPECT_EQ(found.tokens[0].issued, now);
    EXPECT_EQ(found.tokens[0].expires, now + hours(24 * 21));
    EXPECT_EQ(found.tokens[0].count, 0U);
    EXPECT_TRUE(found.tokens[0].is_new);
    EXPECT_TRUE(read(store::FindFastTokens{"alice@example.org", "laptop"}).tokens.empty());
    EXPECT_FALSE(read(store::FindFastTokens{"bob@example.org", "phone"}).row);
}

TEST_P(FastContract, nobody_who_is_gone_gets_one) {
    EXPECT_FALSE(put(7, "phone", "a"));
    EXPECT_FALSE(use(7, "phone", "a"));
}

TEST_P(FastContract, the_first_use_ends_the_token_before) {
    const auto id = account("alice@example.org");
    put(id, "phone", "a");
    EXPECT_TRUE(use(id, "phone", "a"));
    EXPECT_EQ(tokens("phone"), "a");
    put(id, "phone", "b");
    EXPECT_EQ(tokens("phone"), "new:b a") << "until the client has shown that it has the new one";
    EXPECT_TRUE(use(id, "phone", "a"));
    EXPECT_EQ(tokens("phone"), "new:b a");
    EXPECT_TRUE(use(id, "phone", "b"));
    EXPECT_EQ(tokens("phone"), "b");
    EXPECT_FALSE(use(id, "phone", "a"));
    restart();
    EXPECT_EQ(tokens("phone"), "b");
}

TEST_P(FastContract, one_that_was_never_used_is_replaced) {
    const auto id = account("alice@example.org");
    put(id, "phone", "a");
    put(id, "phone", "b");
    EXPECT_EQ(tokens("phone"), "new:b");
    EXPECT_FALSE(use(id, "phone", "a"));
}

TEST_P(FastContract, a_count_never_comes_twice) {
    const auto id = account("alice@example.org");
    put(id, "phone", "a");
    EXPECT_TRUE(use(id, "phone", "a", 1));
    EXPECT_FALSE(use(id, "phone", "a", 1));
    EXPECT_FALSE(use(id, "phone", "a", 0));
    EXPECT_TRUE(use(id, "phone", "a", 5));
    EXPECT_TRUE(use(id, "phone", "a")) << "who does not count is not bound by it";
    restart();
    EXPECT_FALSE(use(id, "phone", "a", 5));
    put(id, "phone", "b");
    EXPECT_TRUE(use(id, "phone", "b", 1)) << "another token counts from the beginning";
}

TEST_P(FastContract, a_client_throws_its_tokens_away) {
    const auto id = account("alice@example.org");
    put(id, "phone", "a");
    use(id, "phone", "a");
    put(id, "phone", "b");
    put(id, "laptop", "c");
    write(store::DropFastTokens{id, "phone"});
    EXPECT_EQ(tokens("phone"), "");
    EXPECT_EQ(tokens("laptop"), "new:c");
}

TEST_P(FastContract, a_new_password_and_a_deletion_take_all_away) {
    const auto alice = account("alice@example.org");
    const auto bob = account("bob@example.org");
    put(alice, "phone", "a");
    put(bob, "phone", "b");
    write(store::SetAccountKeys{alice, {}});
    EXPECT_EQ(tokens("phone"), "");
    EXPECT_EQ(tokens("phone", "bob@example.org"), "new:b");
    write(store::RemoveAccount{bob});
    account("bob@example.org");
    EXPECT_EQ(tokens("phone", "bob@example.org"), "");
}

TEST_P(FastContract, an_account_has_so_many_clients) {
    const auto id = account("alice@example.org");
    put(id, "one", "a", 21);
    put(id, "two", "b", 1);
    put(id, "three", "c", 21);
    put(id, "four", "d", 21);
    EXPECT_EQ(tokens("two"), "") << "it would have ended first";
    EXPECT_EQ(tokens("one"), "new:a");
    EXPECT_EQ(tokens("four"), "new:d");
    put(id, "five", "e", 1);
    EXPECT_EQ(tokens("five"), "new:e") << "the one that is given now stays";
}

TEST_P(FastContract, expired_ones_go_when_another_is_given) {
    const auto id = account("alice@example.org");
    put(id, "phone", "a", 1);
    use(id, "phone", "a");
    put(id, "laptop", "b", 21, now + hours(24));
    EXPECT_EQ(tokens("phone"), "");
}

INSTANTIATE_TEST_SUITE_P(
    Media,
    FastContract,
    ::testing::Values(Medium::memory, Medium::file, Medium::killed, Medium::power),
    ::testing::PrintToStringParamName()
);

}  // namespace
}  // namespace sallyport::test
