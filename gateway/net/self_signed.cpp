// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/self_signed.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "gateway/base/durable_file.hpp"
#include "gateway/net/deleter.hpp"
#include "gateway/net/error.hpp"

namespace sallyport::net {
namespace {

namespace fs = std::filesystem;

constexpr long day_seconds = 24L * 60 * 60;
constexpr long valid_days = 3652;
constexpr int serial_bits = 127;

using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

bool is_literal(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return inet_pton(AF_INET, text.c_str(), ignored.data()) == 1 ||
           inet_pton(AF_INET6, text.c_str(), ignored.data()) == 1;
}

bool add_extension(X509& certificate, int what, const std::string& value) {
    const ExtensionPtr made(X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
    return made && X509_add_ext(&certificate, made.get(), -1) == 1;
}

bool set_serial(X509& certificate) {
    const NumberPtr number(BN_new());
    return BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_names(X509& certificate, const std::string& domain) {
    X509_NAME* const name = X509_get_subject_name(&certificate);
    // Clients look at the alternative names; the common name has room for 64 characters only.
    const std::string shown = domain.size() <= 64 ? domain : "Sallyport";
    const auto* text = reinterpret_cast<const unsigned char*>(shown.data());
    return X509_NAME_add_entry_by_NID(
               name, NID_commonName, MBSTRING_UTF8, text, static_cast<int>(shown.size()), -1, 0
           ) == 1 &&
           X509_set_issuer_name(&certificate, name) == 1 &&
           add_extension(
               certificate, NID_subject_alt_name, (is_literal(domain) ? "IP:" : "DNS:") + domain
           );
}

CertificatePtr make_certificate(const std::string& domain, EVP_PKEY& key) {
    CertificatePtr made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), valid_days * day_seconds);
    const bool is_made = set_serial(*made) && set_names(*made, domain) &&
                         X509_set_pubkey(made.get(), &key) == 1 &&
                         add_extension(*made, NID_basic_constraints, "critical,CA:FALSE") &&
                         add_extension(*made, NID_ext_key_usage, "serverAuth") &&
                         X509_sign(made.get(), &key, EVP_sha256()) != 0;
    return is_made ? std::move(made) : nullptr;
}

std::string text_of(BIO& memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<> make_self_signed(std::string_view domain, const fs::path& chain, const fs::path& key) {
    const KeyPtr pair(EVP_EC_gen("P-256"));
    const CertificatePtr made = pair ? make_certificate(std::string(domain), *pair) : nullptr;
    const BioPtr key_text(BIO_new(BIO_s_mem()));
    const BioPtr chain_text(BIO_new(BIO_s_mem()));
    const bool is_made = made && PEM_write_bio_X509(chain_text.get(), made.get()) == 1 &&
                         PEM_write_bio_PrivateKey(
                             key_text.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr
                         ) == 1;
    if (!is_made)
        return make_error(Fault::tls, "cannot make a certificate for " + std::string(domain));
    if (auto written = write_private_file(key, text_of(*key_text)); !written) return written;
    return write_private_file(chain, text_of(*chain_text));
}

Result<std::string> certificate_fingerprint(const fs::path& chain) {
    const BioPtr file(BIO_new_file(chain.c_str(), "r"));
    const CertificatePtr found(
        file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr
    );
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (!found || X509_digest(found.get(), EVP_sha256(), digest.data(), &length) != 1)
        return make_error(Fault::tls, chain.string() + ": holds no certificate");
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), i == 0 ? "%02X" : ":%02X", digest.at(i));
        text += hex.data();
    }
    return text;
}

}  // namespace sallyport::net
