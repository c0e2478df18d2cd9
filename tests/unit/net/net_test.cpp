// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/net/net_test.hpp"

#include <cstdio>
#include <fstream>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "gateway/net/listener.hpp"

namespace sallyport::test {

Folder::Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-net-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
}
Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}
std::filesystem::path Folder::write(std::string_view name, std::string_view content) const {
    const auto path = path_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

namespace {

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

bool is_address(const std::string& name) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET, name.c_str(), &ignored) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

}  // namespace

Certificate::Certificate(const Folder& folder, const std::string& name, const std::string& file)
    : chain(folder / (file + ".pem")), key(folder / (file + ".key")) {
    EVP_PKEY* const pair = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, pair);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const auto* const text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, NID_subject_alt_name, (is_address(name) ? "IP:" : "DNS:") + name);
    X509_sign(certificate, pair, EVP_sha256());
    std::FILE* const chain_file = std::fopen(chain.c_str(), "w");
    PEM_write_X509(chain_file, certificate);
    std::fclose(chain_file);
    std::FILE* const key_file = std::fopen(key.c_str(), "w");
    PEM_write_PrivateKey(key_file, pair, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key_file);
    X509_free(certificate);
    EVP_PKEY_free(pair);
}

struct Acceptor::Impl {
    std::unique_ptr<net::Listener> listener;
};

Acceptor::Acceptor(LiveLoop& loop, config::Endpoint at) : impl_(std::make_unique<Impl>()) {
    auto listener = net::listen(loop.timers, at, [this, &loop](int socket, std::string peer) {
        streams.push_back(net::adopt_socket(loop.timers, socket, std::move(peer)));
    });
    impl_->listener = std::move(listener.value());
}
Acceptor::~Acceptor() = default;
config::Endpoint Acceptor::endpoint() const {
    return impl_->listener->endpoint();
}

}  // namespace sallyport::test
