// SPDX-License-Identifier: Apache-2.0
// Certificates that clients show to a server (RFC 6120 §13.7.2.2, XEP-0178).
#include "gateway/net/tls_verify.hpp"

#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/ssl.h>

#include "gateway/net/error.hpp"
#include "gateway/net/self_signed.hpp"
#include "gateway/net/tls.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using net::TlsSession;
using Names = std::vector<std::string>;

/// Lets two sessions talk until neither has anything to say. False: one broke off.
bool shake(TlsSession& client, TlsSession& server) {
    const auto nothing = [](std::string_view) {};
    std::string to_server;
    std::string to_client;
    bool is_fine = client.start(to_server).has_value();
    while (is_fine && (!to_server.empty() || !to_client.empty())) {
        const std::string up = std::exchange(to_server, {});
        const std::string down = std::exchange(to_client, {});
        if (!up.empty()) is_fine = server.feed(up, to_client, nothing).has_value();
        if (is_fine && !down.empty()) is_fine = client.feed(down, to_server, nothing).has_value();
    }
    return is_fine && client.is_established() && server.is_established();
}

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

class ClientCertificates : public testing::Test {
  protected:
    ClientCertificates() {
        EXPECT_TRUE(net::make_self_signed("example.org", chain_, key_));
        root_.emplace(folder_ / "", "root");
        ca_ = root_->certificate();
    }
    std::shared_ptr<const net::TlsContext> server() const {
        return net::make_server_tls(chain_, key_, {"xmpp-client", false, true, ca_}).value();
    }
    std::shared_ptr<const net::TlsContext> client(const std::optional<CertificateFiles>& shown) {
        net::ClientTlsOptions options;
        if (shown) options.identity = {shown->chain, shown->key};
        return net::make_client_tls(chain_, options).value();
    }
    /// What a server knows of a client that shows this. TLS stands in any case.
    TlsDone meet(const std::optional<CertificateFiles>& shown) {
        const auto here = client(shown)->make_session("example.org");
        const auto there = server()->make_session({});
        EXPECT_TRUE(shake(*here, *there));
        if (!there->is_established()) return {};
        EXPECT_EQ(here->binding().exporter, there->binding().exporter);
        return there->binding();
    }
    TlsDone meet_one(const CertificateWish& wish) { return meet(root_->issue("client", wish)); }
    void expect_refused(const TlsDone& done, std::string_view why) {
        EXPECT_EQ(done.certified, Names{});
        EXPECT_NE(done.refusal.find(why), std::string::npos) << done.refusal;
    }

    Folder folder_;
    std::filesystem::path chain_ = folder_ / "server.pem";
    std::filesystem::path key_ = folder_ / "server.key";
    std::filesystem::path ca_;
    std::optional<Issuer> root_;
};

TEST_F(ClientCertificates, hand_up_their_xmpp_addresses) {
    const TlsDone done = meet_one({{"juliet@example.org", "romeo@example.net"}});
    EXPECT_EQ(done.certified, (Names{"juliet@example.org", "romeo@example.net"}));
    EXPECT_EQ(done.refusal, "");
}

TEST_F(ClientCertificates, need_not_be_shown) {
    const TlsDone done = meet(std::nullopt);
    EXPECT_EQ(done.certified, Names{});
    EXPECT_EQ(done.refusal, "");
    EXPECT_FALSE(done.exporter.empty());
}

// CVE-2025-59154 is what becomes of believing the common name.
TEST_F(ClientCertificates, name_nobody_by_their_common_name) {
    CertificateWish wish;
    wish.common_name = "juliet@example.org,CN=romeo@example.org";
    const TlsDone done = meet_one(wish);
    EXPECT_EQ(done.certified, Names{});
    EXPECT_EQ(done.refusal, "");
}

TEST_F(ClientCertificates, keep_a_nul_in_an_address_where_it_is) {
    const std::string address("juliet@example.org\0.example.net", 31);
    EXPECT_EQ(meet_one({{address}}).certified, Names{address});
}

TEST_F(ClientCertificates, of_an_unknown_issuer_name_nobody) {
    Issuer other(folder_ / "", "other");
    expect_refused(meet(other.issue("client", {{"juliet@example.org"}})), "has signed");
}

// Same name, other key: the signature decides.
TEST_F(ClientCertificates, of_an_issuer_who_took_the_name_of_ours_name_nobody) {
    std::filesystem::create_directory(folder_ / "false");
    Issuer other(folder_ / "false", "root");
    const TlsDone done = meet(other.issue("client", {{"juliet@example.org"}}));
    EXPECT_EQ(done.certified, Names{});
    EXPECT_NE(done.refusal, "");
}

TEST_F(ClientCertificates, that_sign_themselves_name_nobody) {
    const CertificateFiles own{folder_ / "own.pem", folder_ / "own.key"};
    ASSERT_TRUE(net::make_self_signed("example.org", own.chain, own.key));
    expect_refused(meet(own), "self-signed");
}

TEST_F(ClientCertificates, out_of_date_name_nobody) {
    CertificateWish wish{{"juliet@example.org"}};
    wish.valid_from = -7200;
    wish.valid_to = -3600;
    expect_refused(meet_one(wish), "the certificate expired on 20");
    wish.valid_from = 3600;
    wish.valid_to = 7200;
    expect_refused(meet_one(wish), "is not valid before 20");
}

TEST_F(ClientCertificates, are_for_clients) {
    CertificateWish wish{{"juliet@example.org"}};
    wish.usage = "serverAuth";
    expect_refused(meet_one(wish), "refused");
    wish.usage = "clientAuth,emailProtection";
    EXPECT_EQ(meet_one(wish).certified, Names{"juliet@example.org"});
    wish.usage.clear();
    EXPECT_EQ(meet_one(wish).certified, Names{"juliet@example.org"});
}

// RFC 6120 §13.7.1.1.
TEST_F(ClientCertificates, that_sign_others_are_nobodys) {
    CertificateWish wish{{"juliet@example.org"}};
    wish.is_issuer = true;
    expect_refused(meet_one(wish), "an issuer's own");
}

TEST_F(ClientCertificates, may_come_with_the_issuers_between) {
    Issuer middle(*root_, "middle", {});
    EXPECT_EQ(meet(middle.issue("c", {{"juliet@example.org"}})).certified.size(), 1U);
}

// Who trusts one department does not trust the whole company.
TEST_F(ClientCertificates, may_be_of_an_issuer_whom_somebody_unknown_signed) {
    Issuer middle(*root_, "middle", {});
    const CertificateFiles of_middle = middle.issue("c", {{"juliet@example.org"}});
    const CertificateFiles of_root = root_->issue("d", {{"romeo@example.org"}});
    ca_ = middle.certificate();
    EXPECT_EQ(meet(of_middle).certified, Names{"juliet@example.org"});
    EXPECT_EQ(meet(of_root).certified, Names{});
}

// The constraints of hosts are none for addresses: he who may sign for one host would sign for all.
TEST_F(ClientCertificates, of_an_issuer_for_some_names_alone_name_nobody) {
    CertificateWish some;
    some.constraints = "permitted;DNS:dept.example.org";
    Issuer middle(*root_, "middle", some);
    expect_refused(meet(middle.issue("c", {{"ceo@example.org"}})), "some names alone");
}

TEST_F(ClientCertificates, that_are_revoked_name_nobody) {
    const CertificateFiles lost = root_->issue("lost", {{"juliet@example.org"}});
    const CertificateFiles kept = root_->issue("kept", {{"juliet@example.org"}});
    ca_ = folder_.write("ca-and-list.pem", read(ca_) + root_->revoke({lost}));
    expect_refused(meet(lost), "revoked");
    EXPECT_EQ(meet(kept).certified, Names{"juliet@example.org"});
    ca_ = folder_.write("old-list.pem", read(root_->certificate()) + root_->revoke({lost}, -60));
    expect_refused(meet(kept), "CRL has expired");
}

TEST_F(ClientCertificates, are_asked_for_only_where_issuers_are_known) {
    const CertificateFiles own = root_->issue("c", {{"juliet@example.org"}});
    const auto silent = net::make_server_tls(chain_, key_, {"xmpp-client", false, true}).value();
    const auto here = client(own)->make_session("example.org");
    const auto there = silent->make_session({});
    ASSERT_TRUE(shake(*here, *there));
    EXPECT_EQ(there->binding().certified, Names{});
    EXPECT_EQ(there->binding().refusal, "");
}

TEST_F(ClientCertificates, come_with_their_own_key) {
    const CertificateFiles hers = root_->issue("c", {{"juliet@example.org"}});
    const CertificateFiles his = root_->issue("d", {{"romeo@example.org"}});
    const auto mixed =
        net::make_client_tls(chain_, {{}, {}, net::TlsIdentity{hers.chain, his.key}});
    ASSERT_FALSE(mixed);
    EXPECT_NE(mixed.error().detail.find("d.key"), std::string::npos);
}

TEST_F(ClientCertificates, need_issuers_that_can_be_read) {
    for (const auto& file :
         {folder_ / "absent.pem",
          folder_.write("empty.pem", ""),
          key_,
          folder_.write("list.pem", root_->revoke({}))}) {
        const auto made = net::make_server_tls(chain_, key_, {"", false, true, file});
        ASSERT_FALSE(made) << file;
        EXPECT_TRUE(made.error().detail.starts_with(file.string())) << made.error().detail;
    }
}

/// A client of the raw library, which tries to go on with an earlier session (RFC 8446 §2.2, RFC
/// 5077), as ours never does.
class ResumingClient {
  public:
    ResumingClient(const CertificateFiles& shown, int newest)
        : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_max_proto_version(context_, newest);
        SSL_CTX_use_certificate_chain_file(context_, shown.chain.c_str());
        SSL_CTX_use_PrivateKey_file(context_, shown.key.c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(context_, [](SSL*, SSL_SESSION*) { return 0; });
    }
    ~ResumingClient() {
        SSL_SESSION_free(last_);
        SSL_CTX_free(context_);
    }
    ResumingClient(const ResumingClient&) = delete;
    ResumingClient& operator=(const ResumingClient&) = delete;

    /// A handshake, with the certificate or without, that offers the last session. True: it stood
    /// and went on with that session.
    bool meets(TlsSession& server, bool shows) {
        SSL* ssl = SSL_new(context_);
        if (!shows) SSL_certs_clear(ssl);
        BIO* in = BIO_new(BIO_s_mem());
        BIO* out = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl, in, out);
        SSL_set_connect_state(ssl);
        if (last_ != nullptr) SSL_set_session(ssl, last_);
        for (int round = 0; round < 6; ++round) {
            SSL_do_handshake(ssl);
            std::array<char, 16> ignored{};
            SSL_read(ssl, ignored.data(), ignored.size());
            char* data = nullptr;
            const long size = BIO_get_mem_data(out, &data);
            const std::string said(data, static_cast<std::size_t>(size));
            BIO_reset(out);
            std::string answer;
            if (!said.empty()) {
                EXPECT_TRUE(server.feed(said, answer, [](std::string_view) {}));
            }
            BIO_write(in, answer.data(), static_cast<int>(answer.size()));
        }
        EXPECT_TRUE(server.is_established());
        const bool is_resumed = SSL_session_reused(ssl) == 1;
        SSL_SESSION_free(last_);
        last_ = SSL_get1_session(ssl);
        SSL_shutdown(ssl);
        SSL_free(ssl);
        return is_resumed;
    }

  private:
    SSL_CTX* context_;
    SSL_SESSION* last_ = nullptr;
};

// There is no resumption where identities come from: each connection shows its certificate, or has
// none.
TEST_F(ClientCertificates, are_not_inherited_from_an_earlier_session) {
    const CertificateFiles own = root_->issue("c", {{"juliet@example.org"}});
    for (const int newest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
        const auto context = server();
        ResumingClient client(own, newest);
        const auto first = context->make_session({});
        EXPECT_FALSE(client.meets(*first, true));
        EXPECT_EQ(first->binding().certified, Names{"juliet@example.org"});
        const auto second = context->make_session({});
        EXPECT_FALSE(client.meets(*second, false));
        EXPECT_EQ(second->binding().certified, Names{}) << newest;
        EXPECT_EQ(second->binding().refusal, "");
    }
}

#if defined(__SANITIZE_ADDRESS__)
#define SALLYPORT_OWN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SALLYPORT_OWN_MALLOC 1
#endif
#endif

/// Bytes that one server's session holds at rest, with a client who shows this.
std::size_t bytes_at_rest(const net::TlsContext& server, const net::TlsContext& client) {
    constexpr std::size_t count = 50;
    std::vector<std::unique_ptr<TlsSession>> all;
    all.reserve(count);
    const std::size_t before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(server.make_session({}));
        const auto here = client.make_session("example.org");
        EXPECT_TRUE(shake(*here, *all.back()));
        static_cast<void>(all.back()->binding());
    }
    return (mallinfo2().uordblks - before) / count;
}

TEST_F(ClientCertificates, leave_little_behind) {
#ifdef SALLYPORT_OWN_MALLOC
    GTEST_SKIP() << "mallinfo2 knows nothing of this malloc";
#endif
    const auto silent = net::make_server_tls(chain_, key_, {"xmpp-client", false, true}).value();
    const auto asking = server();
    const auto anonymous = client(std::nullopt);
    Issuer middle(*root_, "middle", {});
    const auto known = client(middle.issue("c", {{"juliet@example.org"}}));
    bytes_at_rest(*silent, *anonymous);  // what the library makes once
    bytes_at_rest(*asking, *known);
    const std::size_t plain = bytes_at_rest(*silent, *anonymous);
    const std::size_t asked = bytes_at_rest(*asking, *anonymous);
    const std::size_t shown = bytes_at_rest(*asking, *known);
    EXPECT_LT(asked, plain + 256);
    EXPECT_LT(shown, plain + 6 * 1024);
}

}  // namespace
}  // namespace sallyport::test
