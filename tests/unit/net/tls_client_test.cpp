// SPDX-License-Identifier: Apache-2.0
// What a client wants of a server's TLS beside its certificate (tls_verify_test.cpp).
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "gateway/net/error.hpp"
#include "gateway/net/self_signed.hpp"
#include "gateway/net/tls.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

/// A server as the raw library lets it be.
class RawServer {
  public:
    RawServer(const Folder& folder, int newest) : context_(SSL_CTX_new(TLS_server_method())) {
        const std::string chain = folder / "chain.pem";
        const std::string key = folder / "key.pem";
        EXPECT_TRUE(net::make_self_signed("example.org", chain, key));
        SSL_CTX_use_certificate_chain_file(context_, chain.c_str());
        SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_set_max_proto_version(context_, newest);
        ssl_ = SSL_new(context_);
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_, in_, out_);
        SSL_set_accept_state(ssl_);
        client_ = net::make_client_tls(chain).value()->make_session("example.org");
    }
    ~RawServer() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;
    void refuse_extended_secret() { SSL_set_options(ssl_, SSL_OP_NO_EXTENDED_MASTER_SECRET); }

    /// Why our client broke off, "" when the handshake is done.
    std::string shake() {
        std::string wire;
        Result<> shaken = client_->start(wire);
        for (int round = 0; shaken && round < 6; ++round) {
            BIO_write(in_, wire.data(), static_cast<int>(wire.size()));
            wire.clear();
            SSL_do_handshake(ssl_);
            char* data = nullptr;
            const long size = BIO_get_mem_data(out_, &data);
            const std::string said(data, static_cast<std::size_t>(size));
            BIO_reset(out_);
            if (!said.empty()) shaken = client_->feed(said, wire, [](std::string_view) {});
        }
        if (!shaken)
            return std::string(net::fault_word(shaken.error())) + ": " + shaken.error().detail;
        return client_->is_established() ? "" : "not done";
    }
    /// What our client binds with, and the same as the raw library knows it.
    std::string unique() const { return client_->binding().finished; }
    std::string clients_finished() const {
        std::array<char, EVP_MAX_MD_SIZE> bytes{};
        return {bytes.data(), SSL_get_peer_finished(ssl_, bytes.data(), bytes.size())};
    }

  private:
    SSL_CTX* context_;
    SSL* ssl_;
    BIO* in_;   ///< of ssl_
    BIO* out_;  ///< of ssl_
    std::unique_ptr<net::TlsSession> client_;
};

TEST(ClientTls, needs_the_extended_master_secret_in_tls_1_2) {
    const Folder folder;
    EXPECT_EQ(RawServer(folder, TLS1_3_VERSION).shake(), "");
    EXPECT_EQ(RawServer(folder, TLS1_2_VERSION).shake(), "");
    RawServer old(folder, TLS1_2_VERSION);
    old.refuse_extended_secret();
    EXPECT_EQ(old.shake(), "tls: TLS 1.2 without extended master secret");
}

TEST(ClientTls, has_tls_unique_where_it_is_defined) {
    const Folder folder;
    RawServer old(folder, TLS1_2_VERSION);
    ASSERT_EQ(old.shake(), "");
    EXPECT_EQ(old.unique(), old.clients_finished());
    EXPECT_EQ(old.unique().size(), 12U);
    RawServer modern(folder, TLS1_3_VERSION);
    ASSERT_EQ(modern.shake(), "");
    EXPECT_EQ(modern.unique(), "");
}

}  // namespace
}  // namespace sallyport::test
