// SPDX-License-Identifier: Apache-2.0
// Logins by our own client, and what ends them.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/certificates.hpp"
#include "tests/unit/server/login_world.hpp"

namespace sallyport::server {
namespace {

namespace fs = std::filesystem;

TEST_F(Login, over_starttls_by_the_strongest_mechanism_bound_to_the_channel) {
    const auto client = log_in("alice");
    EXPECT_EQ(client->mechanism, "SCRAM-SHA-512-PLUS");
    EXPECT_EQ(client->full->bare_view(), "alice@example.org");
    EXPECT_FALSE(client->full->resource().empty());
    EXPECT_EQ(server_->hub().session_count(), 1U);
}

TEST_F(Login, over_direct_tls) {
    const auto client = connect("alice", "secret of alice", ClientTls::direct);
    EXPECT_TRUE(until([&] { return client->full.has_value(); }));
}

TEST_F(Login, by_each_family_that_is_bound_to_the_channel) {
    for (const char* mechanism : {"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}) {
        const auto client = connect("alice", "secret of alice", ClientTls::required, {mechanism});
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        EXPECT_TRUE(client->full) << mechanism;
        EXPECT_EQ(client->mechanism, mechanism);
    }
}

TEST_F(Login, with_a_wrong_password_or_name_is_refused_alike) {
    for (const char* user : {"alice", "nobody"}) {
        const auto client = connect(user, "wrong", ClientTls::required, {"SCRAM-SHA-256-PLUS"});
        EXPECT_TRUE(until([&] { return client->ended.has_value(); }));
        EXPECT_EQ(client->ended->reason, "sasl-not-authorized") << user;
    }
    EXPECT_EQ(server_->hub().session_count(), 0U);
}

TEST_F(Login, people_write_to_each_other) {
    const auto alice = log_in("alice");
    const auto bob = log_in("bob");
    bob->say_available();
    EXPECT_TRUE(until([&] {
        const Session* session = server_->hub().find(*bob->full);
        return session != nullptr && session->is_available();
    }));
    alice->send("bob@example.org", "hello");
    EXPECT_TRUE(until([&] { return bob->body().has_value(); }));
    EXPECT_EQ(*bob->body(), "hello");
}

TEST_F(Login, ends_with_its_session_when_the_password_changes) {
    const auto client = log_in("alice");
    server_->hub().end_sessions(
        test::jid("alice@example.org"), xmpp::StreamError(xmpp::StreamCondition::reset)
    );
    EXPECT_TRUE(until([&] { return client->ended.has_value(); }));
    EXPECT_EQ(client->ended->reason, "reset");
}

/// Whoever knew the old password and is at it must not get in by it, nor get a token for weeks.
TEST_F(Login, that_is_under_way_ends_when_the_password_changes) {
    const auto client = connect("alice", "secret of alice");
    EXPECT_TRUE(until([&] { return server_->clients().is_logging_in("alice"); }));
    server_->hub().end_sessions(
        test::jid("alice@example.org"), xmpp::StreamError(xmpp::StreamCondition::reset)
    );
    EXPECT_TRUE(until([&] { return client->ended || client->full; }));
    EXPECT_FALSE(client->full);
    ASSERT_TRUE(client->ended);
    EXPECT_EQ(client->ended->reason, "reset");
}

TEST_F(Login, all_hear_that_the_server_goes) {
    const auto client = log_in("alice");
    bool is_stopped = false;
    server_->stop([&is_stopped] { is_stopped = true; });
    EXPECT_TRUE(until([&] { return client->is_closed && is_stopped; }));
    ASSERT_TRUE(client->ended);
    EXPECT_EQ(client->ended->reason, "system-shutdown");
    EXPECT_EQ(server_->clients().connections(), 0U);
}

TEST_F(Login, a_reload_shows_the_new_certificate_to_those_who_come_next) {
    const auto before = log_in("alice");
    const std::string old_print = server_->fingerprint();
    fs::remove(folder_ / "self-signed-example.org.pem");
    ASSERT_TRUE(reload());
    EXPECT_NE(server_->fingerprint(), old_print);
    trust_ = *net::make_client_tls(folder_ / "self-signed-example.org.pem");
    log_in("bob");
    EXPECT_FALSE(before->ended) << "who was there stays";
}

/// Logins by a certificate (XEP-0178), of an issuer that a reload has made known.
class CertificateLogin : public Login {
  protected:
    CertificateLogin() {
        section_.client_ca = root_.certificate();
        EXPECT_TRUE(reload());
    }
    /// Ends with a session or a refusal. A client without a password has the certificate alone.
    std::unique_ptr<Client> show(
        std::vector<std::string> addresses,
        const std::string& authzid = {},
        const std::string& password = {}
    ) {
        const test::CertificateFiles own = root_.issue("client", {std::move(addresses)});
        trust_ = *net::make_client_tls(
            folder_ / "self-signed-example.org.pem", {{}, {}, net::TlsIdentity{own.chain, own.key}}
        );
        xmpp::ClientOptions options;
        options.user = "alice";
        options.domain = test::jid("example.org");
        options.authzid = authzid;
        options.secrets.has_certificate = true;
        options.secrets.password = password;
        options.tls = tls_;
        options.nonce = "a-nonce-of-the-test";
        auto client = connect(std::move(options));
        EXPECT_TRUE(until([&] { return client->full || client->ended; }));
        return client;
    }
    static std::string outcome(const Client& client) {
        return client.full ? client.mechanism + " " + std::string(client.full->bare_view())
                           : client.ended->reason;
    }

    test::Issuer root_{folder_.path(), "root"};
    ClientTls tls_ = ClientTls::required;
};

TEST_F(CertificateLogin, is_as_the_address_that_it_names) {
    for (const ClientTls tls : {ClientTls::required, ClientTls::direct}) {
        tls_ = tls;
        EXPECT_EQ(outcome(*show({"alice@example.org"})), "EXTERNAL alice@example.org");
        EXPECT_EQ(
            outcome(*show({"bob@example.org"}, "bob@example.org")), "EXTERNAL bob@example.org"
        );
    }
}

TEST_F(CertificateLogin, is_not_offered_to_who_has_no_account_here) {
    for (const char* address : {"nobody@example.org", "alice@example.net", "example.org"}) {
        EXPECT_EQ(outcome(*show({address})), "sasl-no-mechanism") << address;
        EXPECT_EQ(
            outcome(*show({address}, {}, "secret of alice")), "SCRAM-SHA-512-PLUS alice@example.org"
        ) << address;
    }
}

TEST_F(CertificateLogin, with_two_accounts_needs_the_name_of_one) {
    const std::vector<std::string> both{"alice@example.org", "bob@example.org"};
    EXPECT_EQ(outcome(*show(both)), "sasl-invalid-authzid");
    EXPECT_EQ(outcome(*show(both, "bob@example.org")), "EXTERNAL bob@example.org");
    EXPECT_EQ(
        outcome(*show({"alice@example.org", "nobody@example.org", "bob@example.net"})),
        "EXTERNAL alice@example.org"
    );
}

TEST_F(CertificateLogin, is_never_as_somebody_else) {
    EXPECT_EQ(outcome(*show({"alice@example.org"}, "bob@example.org")), "sasl-invalid-authzid");
}

TEST_F(CertificateLogin, ends_when_the_issuers_are_taken_away) {
    EXPECT_EQ(outcome(*show({"alice@example.org"})), "EXTERNAL alice@example.org");
    section_.client_ca.reset();
    ASSERT_TRUE(reload());
    EXPECT_EQ(outcome(*show({"alice@example.org"})), "sasl-no-mechanism");
}

TEST_F(CertificateLogin, goes_on_as_before_when_a_reload_cannot_read_the_issuers) {
    section_.client_ca = folder_ / "absent.pem";
    const auto read = reload();
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("absent.pem"), std::string::npos);
    EXPECT_EQ(outcome(*show({"alice@example.org"})), "EXTERNAL alice@example.org");
}

}  // namespace
}  // namespace sallyport::server
