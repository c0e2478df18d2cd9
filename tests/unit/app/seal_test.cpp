// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/seal.hpp"

#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

const std::string key(32, 'k');

TEST(Seal, opens_what_it_closed) {
    const std::string clear("auth_token\0and more", 19);
    for (const std::string& text : {clear, std::string(), std::string(100'000, 'x')}) {
        const auto opened = unseal(key, seal(key, text));
        ASSERT_TRUE(opened);
        EXPECT_EQ(*opened, text);
    }
}

TEST(Seal, hides_the_text_and_never_looks_the_same_twice) {
    const std::string sealed = seal(key, "secret-token");
    EXPECT_EQ(sealed.find("secret-token"), std::string::npos);
    EXPECT_NE(sealed, seal(key, "secret-token"));
}

TEST(Seal, notices_any_changed_byte) {
    const std::string sealed = seal(key, "secret");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(unseal(key, changed)) << i;
    }
}

TEST(Seal, refuses_what_is_cut_off) {
    const std::string sealed = seal(key, "secret");
    EXPECT_FALSE(unseal(key, sealed.substr(0, sealed.size() - 1)));
    EXPECT_FALSE(unseal(key, sealed.substr(0, 27)));
    EXPECT_FALSE(unseal(key, ""));
}

TEST(Seal, needs_the_same_key) {
    EXPECT_FALSE(unseal(std::string(32, 'K'), seal(key, "secret")));
}

TEST(Seal, derives_another_key_for_each_purpose) {
    EXPECT_EQ(derive_key(key, "credentials"), derive_key(key, "credentials"));
    EXPECT_NE(derive_key(key, "credentials"), derive_key(key, "hooks/sms.example.org"));
    EXPECT_NE(derive_key(key, "credentials"), derive_key(std::string(32, 'K'), "credentials"));
    EXPECT_EQ(derive_key(key, "credentials").size(), 32U);
}

TEST(Seal, makes_a_sealer_for_credentials) {
    const core::Sealer sealer = make_sealer(key);
    ASSERT_TRUE(sealer);
    const auto opened = sealer.open(sealer.seal("token"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, "token");
    EXPECT_FALSE(make_sealer(std::string(32, 'K')).open(sealer.seal("token")));
}

}  // namespace
}  // namespace sallyport::app
