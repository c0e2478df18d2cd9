// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/self_signed.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gateway/net/tls.hpp"

namespace sallyport::net {
namespace {

namespace fs = std::filesystem;

class SelfSigned : public testing::Test {
  protected:
    SelfSigned() {
        std::string name = (fs::temp_directory_path() / "sallyport-cert-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~SelfSigned() override { fs::remove_all(folder_); }
    fs::path chain() const { return folder_ / "chain.pem"; }
    fs::path key() const { return folder_ / "key.pem"; }
    void make(std::string_view domain = "example.org") {
        ASSERT_TRUE(make_self_signed(domain, chain(), key()));
    }
    fs::path folder_;
};

/// Lets two sessions talk until neither has anything to say; the first error ends it.
Result<> shake(TlsSession& client, TlsSession& server) {
    const auto nothing = [](std::string_view) {};
    std::string to_server;
    std::string to_client;
    if (auto begun = client.start(to_server); !begun) return begun;
    while (!to_server.empty() || !to_client.empty()) {
        const std::string up = std::exchange(to_server, {});
        const std::string down = std::exchange(to_client, {});
        if (!up.empty())
            if (auto fed = server.feed(up, to_client, nothing); !fed) return fed;
        if (!down.empty())
            if (auto fed = client.feed(down, to_server, nothing); !fed) return fed;
    }
    return {};
}

TEST_F(SelfSigned, clients_that_trust_it_find_the_name_and_the_same_bindings) {
    make();
    const auto server_tls = *make_server_tls(chain(), key(), {"xmpp-client", true, true});
    const auto client_tls = *make_client_tls(chain());
    auto client = client_tls->make_session("example.org");
    auto server = server_tls->make_session({});
    ASSERT_TRUE(shake(*client, *server));
    EXPECT_TRUE(server->is_established());
    EXPECT_EQ(client->binding().exporter, server->binding().exporter);
    EXPECT_EQ(client->binding().end_point, server->binding().end_point);
    EXPECT_EQ(server->binding().exporter.size(), 32U);
    // TLS 1.3 has no tls-unique: the server knows what some clients take for it, ours is none.
    EXPECT_EQ(client->binding().finished, "");
    EXPECT_GE(server->binding().finished.size(), 32U);
    const auto second = server_tls->make_session({});
    ASSERT_TRUE(shake(*client_tls->make_session("example.org"), *second));
    EXPECT_NE(second->binding().finished, server->binding().finished);
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Dates the certificate back, and signs it anew.
void expire(const fs::path& chain, const fs::path& key) {
    const File key_file(std::fopen(key.c_str(), "r"), &std::fclose);
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> secret(
        PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free
    );
    File chain_file(std::fopen(chain.c_str(), "r"), &std::fclose);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        PEM_read_X509(chain_file.get(), nullptr, nullptr, nullptr), &X509_free
    );
    constexpr long day = 24 * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3 * day);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), -day);
    ASSERT_GT(X509_sign(certificate.get(), secret.get(), EVP_sha256()), 0);
    chain_file.reset(std::fopen(chain.c_str(), "w"));
    ASSERT_EQ(PEM_write_X509(chain_file.get(), certificate.get()), 1);
}

TEST_F(SelfSigned, an_expired_certificate_is_refused) {
    make();
    expire(chain(), key());
    const auto server_tls = *make_server_tls(chain(), key());
    const auto client_tls = *make_client_tls(chain());
    auto client = client_tls->make_session("example.org");
    auto server = server_tls->make_session({});
    const auto shaken = shake(*client, *server);
    ASSERT_FALSE(shaken);
    EXPECT_NE(shaken.error().to_string().find("expired"), std::string::npos)
        << shaken.error().to_string();
}

TEST_F(SelfSigned, it_is_for_its_domain_alone) {
    make();
    const auto server_tls = *make_server_tls(chain(), key());
    const auto client_tls = *make_client_tls(chain());
    auto client = client_tls->make_session("example.net");
    auto server = server_tls->make_session({});
    EXPECT_FALSE(shake(*client, *server));
}

TEST_F(SelfSigned, literal_addresses_can_be_vouched_for) {
    make("192.0.2.1");
    const auto server_tls = *make_server_tls(chain(), key());
    const auto client_tls = *make_client_tls(chain());
    auto client = client_tls->make_session("192.0.2.1");
    auto server = server_tls->make_session({});
    EXPECT_TRUE(shake(*client, *server));
}

TEST_F(SelfSigned, the_files_are_the_owners_alone_and_the_print_is_of_the_certificate) {
    make();
    for (const fs::path& file : {chain(), key()}) {
        struct stat found {};
        ASSERT_EQ(::stat(file.c_str(), &found), 0);
        EXPECT_EQ(found.st_mode & 0777U, 0600U) << file;
    }
    const auto print = certificate_fingerprint(chain());
    ASSERT_TRUE(print);
    EXPECT_EQ(print->size(), 32U * 3 - 1);
    EXPECT_EQ(print->at(2), ':');
    EXPECT_FALSE(certificate_fingerprint(key()));
    EXPECT_FALSE(certificate_fingerprint(folder_ / "missing.pem"));
}

TEST_F(SelfSigned, what_cannot_be_written_is_named) {
    const auto made = make_self_signed("example.org", "/nowhere/c.pem", "/nowhere/k.pem");
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().to_string().find("/nowhere/k.pem"), std::string::npos);
}

/// A client that names protocols as the raw library lets it (RFC 7301).
class NamingClient {
  public:
    explicit NamingClient(std::string_view protocol, int newest = TLS1_3_VERSION)
        : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_security_level(context_, 0);  // the server refuses, not we
        SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_, newest);
        ssl_ = SSL_new(context_);
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_, in_, out_);
        std::string wire(1, static_cast<char>(protocol.size()));
        wire += protocol;
        SSL_set_alpn_protos(
            ssl_,
            reinterpret_cast<const unsigned char*>(wire.data()),
            static_cast<unsigned>(wire.size())
        );
        SSL_set_connect_state(ssl_);
    }
    ~NamingClient() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    NamingClient(const NamingClient&) = delete;
    NamingClient& operator=(const NamingClient&) = delete;
    void refuse_extended_secret() { SSL_set_options(ssl_, SSL_OP_NO_EXTENDED_MASTER_SECRET); }
    /// Asks for another handshake within the session. True: it was done.
    bool renegotiates(TlsSession& server) {
        bool is_done = SSL_renegotiate(ssl_) == 1;
        for (int round = 0; is_done && round < 6; ++round) is_done = talk(server);
        return is_done && SSL_do_handshake(ssl_) == 1;
    }
    /// True when the handshake is done on both sides.
    bool meets(TlsSession& server) {
        for (int round = 0; round < 6; ++round)
            if (!talk(server)) return false;
        return server.is_established() && SSL_is_init_finished(ssl_) == 1;
    }

  private:
    /// False: the server breaks off.
    bool talk(TlsSession& server) {
        SSL_do_handshake(ssl_);
        std::string answer;
        const std::string said = take();
        const bool is_refused =
            !said.empty() && !server.feed(said, answer, [](std::string_view) {});
        BIO_write(in_, answer.data(), static_cast<int>(answer.size()));
        return !is_refused;
    }
    std::string take() {
        char* data = nullptr;
        const long size = BIO_get_mem_data(out_, &data);
        std::string said(data, static_cast<std::size_t>(size));
        BIO_reset(out_);
        return said;
    }
    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
};

TEST_F(SelfSigned, bytes_for_another_protocol_do_not_get_in) {
    make();
    const auto direct = *make_server_tls(chain(), key(), {"xmpp-client", true, true});
    EXPECT_TRUE(NamingClient("xmpp-client").meets(*direct->make_session({})));
    EXPECT_FALSE(NamingClient("http/1.1").meets(*direct->make_session({})));
    const auto after_starttls = *make_server_tls(chain(), key(), {"xmpp-client", false, true});
    EXPECT_TRUE(NamingClient("http/1.1").meets(*after_starttls->make_session({})));
}

TEST_F(SelfSigned, tls_1_2_needs_the_extended_master_secret) {
    make();
    const auto strict = *make_server_tls(chain(), key(), {"", true, true});
    EXPECT_TRUE(NamingClient("x", TLS1_2_VERSION).meets(*strict->make_session({})));
    NamingClient old("x", TLS1_2_VERSION);
    old.refuse_extended_secret();
    EXPECT_FALSE(old.meets(*strict->make_session({})));
}

TEST_F(SelfSigned, old_versions_and_renegotiation_are_refused) {
    make();
    const auto strict = *make_server_tls(chain(), key(), {"", true, true});
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION})
        EXPECT_FALSE(NamingClient("x", version).meets(*strict->make_session({}))) << version;
    NamingClient client("x", TLS1_2_VERSION);
    const auto server = strict->make_session({});
    ASSERT_TRUE(client.meets(*server));
    EXPECT_FALSE(client.renegotiates(*server));
}

TEST_F(SelfSigned, a_session_outlives_the_context_that_a_reload_replaced) {
    make();
    auto tls = *make_server_tls(chain(), key(), {"xmpp-client", true, true});
    auto server = tls->make_session({});
    tls.reset();
    EXPECT_TRUE(NamingClient("xmpp-client").meets(*server));
}

}  // namespace
}  // namespace sallyport::net
