// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/account_auth.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"
#include "tests/support/run_until.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"

namespace sallyport::server {
namespace {

using namespace xmpp::sasl;
using test::CoreWorld;

constexpr const char* somewhere = "192.0.2.1";

struct Auth : testing::Test {
    explicit Auth(Legacy legacy = Legacy::off)
        : auth(world.core->world(), test::jid("example.org"), legacy) {
        world.store.write(store::CreateAccount{
            "alice@example.org", *make_keys("secret"), world.time.wall()});
        world.settle();
    }
    /// What comes of a question; derivations run beside us, so this waits in real time.
    Answer ask(const Question& question, const std::string& peer = somewhere) {
        std::optional<Answer> answer;
        auth.ask(peer, question, [&answer](Answer given) { answer = std::move(given); });
        test::run_until(world.io, [&answer] { return answer.has_value(); });
        return answer ? *answer : Answer(Denied{Fault::aborted});
    }
    static std::optional<Fault> fault(const Answer& answer) {
        const auto* denied = std::get_if<Denied>(&answer);
        return denied ? std::optional(denied->fault) : std::nullopt;
    }
    void disable() {
        store::FindAccount::Answer found = world.read(store::FindAccount{"alice@example.org"});
        world.store.write(store::SetAccountDisabled{found.row->id, true});
        world.settle();
    }

    /// dora's password was set while the switch was on.
    void add_dora() {
        const auto dora = test::jid("dora@example.org");
        world.store.write(store::CreateAccount{
            dora.str(), *make_keys(dora, "hidden", Legacy::on), world.time.wall()});
        world.settle();
    }
    std::size_t keys_of_dora() {
        return world.read(store::FindAccount{"dora@example.org"}).keys.size();
    }

    CoreWorld world;
    AccountAuth auth;
};

struct LegacyAuth : Auth {
    LegacyAuth() : Auth(Legacy::on) { add_dora(); }
};
constexpr AskSecret::Kind secret_kinds[] = {AskSecret::Kind::digest_md5, AskSecret::Kind::cram_md5};

TEST(MakeKeys, every_family_gets_keys_with_a_salt_of_its_own) {
    const auto keys = make_keys("secret");
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->size(), 3U);
    EXPECT_NE((*keys)[0].salt, (*keys)[1].salt);
    for (const store::AccountKey& key : *keys) EXPECT_EQ(key.iterations, 10'000);
    EXPECT_FALSE(make_keys(""));
}

TEST(MakeKeys, what_old_mechanisms_compute_with_is_made_while_they_are_on) {
    const auto alice = test::jid("alice@example.org");
    EXPECT_EQ(make_keys(alice, "secret", Legacy::off)->size(), 3U);
    const auto keys = make_keys(alice, "secret", Legacy::on);
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->size(), 5U);
    EXPECT_EQ((*keys)[3].kind, "DIGEST-MD5");
    EXPECT_EQ((*keys)[3].stored_key, digest_md5_secret("alice", "example.org", "secret"));
    EXPECT_EQ((*keys)[4].kind, "CRAM-MD5");
    EXPECT_EQ((*keys)[4].stored_key, cram_md5_secret("secret"));
    EXPECT_FALSE(make_keys(alice, "", Legacy::on));
}

TEST_F(Auth, the_right_password_is_granted_to_the_normalised_name) {
    const Answer answer = ask(AskPassword{"Alice", "secret"});
    const auto* granted = std::get_if<Granted>(&answer);
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->user, "alice");
}

TEST_F(Auth, a_wrong_password_and_an_unknown_name_are_refused_alike) {
    EXPECT_EQ(fault(ask(AskPassword{"alice", "wrong"})), Fault::not_authorized);
    EXPECT_EQ(fault(ask(AskPassword{"nobody", "secret"})), Fault::not_authorized);
    EXPECT_EQ(fault(ask(AskPassword{"no body", "secret"})), Fault::not_authorized);
}

TEST_F(Auth, keys_are_given_for_each_family) {
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha512}) {
        const Answer answer = ask(AskKeys{"alice", hash});
        const auto* keys = std::get_if<Keys>(&answer);
        ASSERT_TRUE(keys);
        EXPECT_TRUE(is_password(hash, "secret", *keys));
    }
    EXPECT_EQ(fault(ask(AskKeys{"nobody", Hash::sha256})), Fault::not_authorized);
}

TEST_F(Auth, a_disabled_account_says_so_only_to_who_knows_the_password) {
    disable();
    EXPECT_EQ(fault(ask(AskPassword{"alice", "secret"})), Fault::account_disabled);
    EXPECT_EQ(fault(ask(AskPassword{"alice", "wrong"})), Fault::not_authorized);
    EXPECT_EQ(fault(ask(AskKeys{"alice", Hash::sha256})), Fault::not_authorized);
}

TEST_F(Auth, who_guesses_too_often_is_refused_unseen) {
    for (int i = 0; i < LoginThrottle::max_wrong; ++i) auth.failed(somewhere, "alice");
    EXPECT_EQ(fault(ask(AskPassword{"alice", "secret"})), Fault::temporary_auth_failure);
    EXPECT_EQ(fault(ask(AskKeys{"alice", Hash::sha1})), Fault::temporary_auth_failure);
    EXPECT_EQ(fault(ask(AskKeys{"nobody", Hash::sha1})), Fault::temporary_auth_failure);
}

/// Their answers come from beside us, long after the ban was looked at.
TEST_F(Auth, passwords_that_are_under_way_together_are_no_more_tries) {
    std::vector<std::optional<Fault>> told;
    for (int i = 0; i < 30; ++i) {
        const std::string peer = i % 2 == 0 ? somewhere : "192.0.2.2";
        auth.ask(peer, AskPassword{"alice", "wrong"}, [&told](const Answer& answer) {
            told.push_back(fault(answer));
        });
    }
    test::run_until(world.io, [&told] { return told.size() == 30; });
    const auto judged = std::count(told.begin(), told.end(), Fault::not_authorized);
    EXPECT_EQ(judged, LoginThrottle::max_wrong);
    EXPECT_EQ(std::count(told.begin(), told.end(), Fault::temporary_auth_failure), 10);
}

TEST_F(Auth, an_address_has_so_many_derivations_at_once_passwords_and_new_keys_together) {
    int done = 0;
    const auto derive = [&](const std::string& who) {
        return auth.derive_for(who, test::jid("alice@example.org"), "secret", [&done](const auto&) {
            ++done;
        });
    };
    const auto most = static_cast<int>(AccountAuth::max_per_address / 3);
    for (int i = 0; i < most; ++i) EXPECT_TRUE(derive(somewhere)) << i;
    EXPECT_FALSE(derive(somewhere));
    EXPECT_TRUE(derive("alice@example.org"));
    EXPECT_FALSE(fault(ask(AskPassword{"alice", "secret"}, "192.0.2.2")));
    EXPECT_EQ(done, most + 1);
    EXPECT_TRUE(derive(somewhere)) << "those that are done count no more";
}

TEST_F(Auth, an_address_that_sends_many_passwords_at_once_hears_that_it_is_too_busy) {
    constexpr std::size_t all = 4 * AccountAuth::max_per_address;
    std::vector<std::optional<Fault>> told;
    for (std::size_t i = 0; i < all; ++i)
        auth.ask(somewhere, AskPassword{"alice", "secret"}, [&told](const Answer& answer) {
            told.push_back(fault(answer));
        });
    test::run_until(world.io, [&told] { return told.size() == all; });
    EXPECT_GT(std::count(told.begin(), told.end(), Fault::temporary_auth_failure), 0);
    EXPECT_GE(
        std::count(told.begin(), told.end(), std::nullopt),
        static_cast<std::ptrdiff_t>(AccountAuth::max_per_address)
    );
}

TEST_F(Auth, all_together_have_so_many_derivations_at_once) {
    const auto alice = test::jid("alice@example.org");
    const auto derive = [&] { return auth.derive_for({}, alice, "secret", [](auto) {}); };
    const auto most = static_cast<int>(AccountAuth::max_waiting / 3);
    for (int i = 0; i < most; ++i) EXPECT_TRUE(derive()) << i;
    EXPECT_FALSE(derive());
}

TEST_F(Auth, who_shows_a_certificate_is_let_in_to_an_account_that_is_there) {
    const Answer answer = ask(AskCertificate{"Alice"});
    const auto* granted = std::get_if<Granted>(&answer);
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->user, "alice");
    for (const char* user : {"nobody", "", "no body"})
        EXPECT_EQ(fault(ask(AskCertificate{user})), Fault::not_authorized) << user;
    disable();
    EXPECT_EQ(fault(ask(AskCertificate{"alice"})), Fault::account_disabled);
}

TEST_F(Auth, tells_which_names_are_accounts) {
    using Users = std::vector<std::string>;
    disable();
    std::optional<Users> found;
    auth.find_accounts({"nobody", "alice", "bob"}, [&](Users users) { found = std::move(users); });
    world.settle();
    EXPECT_EQ(found, Users{"alice"});
}

TEST_F(LegacyAuth, what_old_mechanisms_compute_with_is_given) {
    for (const AskSecret::Kind kind : secret_kinds) {
        const Answer answer = ask(AskSecret{"dora", kind});
        const auto* secret = std::get_if<Secret>(&answer);
        ASSERT_TRUE(secret);
        const std::string expected = kind == AskSecret::Kind::cram_md5
                                         ? cram_md5_secret("hidden")
                                         : digest_md5_secret("dora", "example.org", "hidden");
        EXPECT_EQ(secret->bytes, expected);
    }
}

TEST_F(LegacyAuth, whose_password_is_older_than_the_switch_is_refused_as_who_is_not_there) {
    for (const AskSecret::Kind kind : secret_kinds)
        for (const char* user : {"alice", "nobody", ""})
            EXPECT_EQ(fault(ask(AskSecret{user, kind})), Fault::not_authorized) << user;
    const auto found = world.read(store::FindAccount{"dora@example.org"});
    world.store.write(store::SetAccountDisabled{found.row->id, true});
    world.settle();
    EXPECT_EQ(fault(ask(AskSecret{"dora", secret_kinds[0]})), Fault::not_authorized);
}

TEST_F(LegacyAuth, who_guesses_too_often_is_given_nothing_any_more) {
    for (int i = 0; i < LoginThrottle::max_wrong; ++i) auth.failed(somewhere, "dora");
    for (const AskSecret::Kind kind : secret_kinds)
        EXPECT_EQ(fault(ask(AskSecret{"dora", kind})), Fault::temporary_auth_failure);
}

TEST_F(LegacyAuth, new_passwords_get_such_keys_and_keep_them) {
    std::optional<std::vector<store::AccountKey>> made;
    bool is_done = false;
    EXPECT_TRUE(auth.derive_for(
        somewhere,
        test::jid("erik@example.org"),
        "secret",
        [&](std::optional<std::vector<store::AccountKey>> keys) {
            made = std::move(keys);
            is_done = true;
        }
    ));
    test::run_until(world.io, [&] { return is_done; });
    ASSERT_TRUE(made);
    EXPECT_EQ(made->size(), 5U);
    auth.erase_unwanted_keys();
    world.settle();
    EXPECT_EQ(keys_of_dora(), 5U);
}

TEST_F(Auth, what_an_earlier_on_has_left_is_not_given_and_erased) {
    add_dora();
    EXPECT_EQ(keys_of_dora(), 5U);
    for (const AskSecret::Kind kind : secret_kinds)
        EXPECT_EQ(fault(ask(AskSecret{"dora", kind})), Fault::not_authorized);
    auth.erase_unwanted_keys();
    world.settle();
    EXPECT_EQ(keys_of_dora(), 3U);
    EXPECT_FALSE(fault(ask(AskPassword{"dora", "hidden"})));
}

TEST_F(Auth, what_it_does_not_keep_it_denies) {
    EXPECT_TRUE(fault(ask(AskSecret{"alice", AskSecret::Kind::digest_md5})));
    EXPECT_TRUE(fault(ask(AskAnonymous{})));
}

}  // namespace
}  // namespace sallyport::server
