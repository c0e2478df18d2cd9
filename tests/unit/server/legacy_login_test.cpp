// SPDX-License-Identifier: Apache-2.0
// Logins of the time before SCRAM (`server.legacy`), by our own client.
#include <memory>
#include <string>
#include <utility>

#include "tests/unit/server/login_world.hpp"

namespace sallyport::server {
namespace {

class LegacyLogin : public Login {
  protected:
    LegacyLogin() : Login(section()) {}
    static config::ServerConfig section() {
        config::ServerConfig section;
        section.legacy = Legacy::on;
        return section;
    }
};

/// A client that may, by this mechanism; "" = by the one it likes best.
xmpp::ClientOptions old_client(
    const std::string& user, const std::string& password, const std::string& mechanism
) {
    xmpp::ClientOptions options;
    options.user = user;
    options.domain = test::jid("example.org");
    options.secrets.password = password;
    options.tls = ClientTls::required;
    options.nonce = "a-nonce-of-the-test";
    options.allows_legacy = true;
    if (!mechanism.empty()) options.mechanisms = {mechanism};
    return options;
}

constexpr const char* old_mechanisms[] = {"DIGEST-MD5", "CRAM-MD5"};

TEST_F(LegacyLogin, by_each_old_mechanism) {
    for (const char* mechanism : old_mechanisms) {
        const auto client = connect(old_client("alice", "secret of alice", mechanism));
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        EXPECT_TRUE(client->full) << mechanism;
        EXPECT_EQ(client->mechanism, mechanism);
    }
}

TEST_F(LegacyLogin, with_a_wrong_password_or_name_is_refused_alike) {
    for (const char* mechanism : old_mechanisms)
        for (const char* user : {"alice", "nobody"}) {
            const auto client = connect(old_client(user, "wrong", mechanism));
            EXPECT_TRUE(until([&] { return client->ended.has_value(); }));
            EXPECT_EQ(client->ended->reason, "sasl-not-authorized") << mechanism << ' ' << user;
        }
}

/// The hash over what was offered (XEP-0474), which the client checks, covers the old ones too.
TEST_F(LegacyLogin, is_by_scram_where_the_client_can) {
    const auto client = connect(old_client("alice", "secret of alice", ""));
    EXPECT_TRUE(until([&] { return client->full || client->ended; }));
    EXPECT_TRUE(client->full);
    EXPECT_EQ(client->mechanism, "SCRAM-SHA-512-PLUS");
}

TEST_F(Login, by_an_old_mechanism_is_not_offered) {
    for (const char* mechanism : old_mechanisms) {
        const auto client = connect(old_client("alice", "secret of alice", mechanism));
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        ASSERT_TRUE(client->ended) << mechanism;
        EXPECT_EQ(client->ended->reason, "sasl-no-mechanism");
    }
}

}  // namespace
}  // namespace sallyport::server
