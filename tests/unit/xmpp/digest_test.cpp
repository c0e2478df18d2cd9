// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/digest.hpp"

#include <gtest/gtest.h>

#include "xmpp/core/text.hpp"

namespace sallyport {
namespace {

TEST(Digest, is_of_fips_180) {
    EXPECT_EQ(hex_encode(digest(Hash::sha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(
        hex_encode(digest(Hash::sha256, "")),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    EXPECT_EQ(digest(Hash::sha512, "abc").size(), size_of(Hash::sha512));
}

// RFC 2202 §3 and RFC 4231 §4.3.
TEST(Hmac, is_of_its_rfcs_one_key_after_another) {
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(
            hex_encode(hmac(Hash::sha1, "Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        EXPECT_EQ(
            hex_encode(hmac(Hash::sha1, std::string(20, '\x0b'), "Hi There")),
            "b617318655057264e28bc0b6fb378c8ef146be00"
        );
        EXPECT_EQ(
            hex_encode(hmac(Hash::sha256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        EXPECT_EQ(
            hex_encode(hmac(Hash::sha512, "Jefe", "what do ya want for nothing?")),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
    }
}

TEST(Hmac, of_an_empty_key_is_not_that_of_the_last_one) {
    const std::string empty = hmac(Hash::sha256, "", "");
    hmac(Hash::sha256, "a key", "");
    EXPECT_EQ(hmac(Hash::sha256, "", ""), empty);
    EXPECT_EQ(
        hex_encode(empty), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );
}

}  // namespace
}  // namespace sallyport
