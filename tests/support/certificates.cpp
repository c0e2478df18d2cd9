// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificates.hpp"

#include <cstdio>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "gateway/net/deleter.hpp"

namespace sallyport::test {
namespace {

using net::Deleter;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Made = std::unique_ptr<X509, Deleter<X509_free>>;
using File = std::unique_ptr<FILE, Deleter<std::fclose>>;

File open(const std::filesystem::path& path, const char* mode) {
    File file(std::fopen(path.c_str(), mode));
    EXPECT_TRUE(file) << path;
    return file;
}

void add(X509& to, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
    X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    ASSERT_NE(made, nullptr) << value;
    X509_add_ext(&to, made, -1);
    X509_EXTENSION_free(made);
}

void set_name(X509_NAME* name, const std::string& text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1, 0);
}

/// RFC 6120 §13.7.1.4. Built by hand: in a line of OpenSSL's configuration an address with a comma
/// or a NUL would be something else.
void add_addresses(X509& to, const std::vector<std::string>& addresses) {
    if (addresses.empty()) return;
    GENERAL_NAMES* names = GENERAL_NAMES_new();
    for (const std::string& address : addresses) {
        ASN1_TYPE* value = ASN1_TYPE_new();
        ASN1_UTF8STRING* text = ASN1_UTF8STRING_new();
        ASN1_STRING_set(text, address.data(), static_cast<int>(address.size()));
        ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
        GENERAL_NAME* name = GENERAL_NAME_new();
        GENERAL_NAME_set0_othername(name, OBJ_txt2obj("1.3.6.1.5.5.7.8.5", 1), value);
        sk_GENERAL_NAME_push(names, name);
    }
    X509_add1_ext_i2d(&to, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
}

long next_serial() {
    static long last = 0;
    return ++last;
}

/// Unsigned.
Made make(EVP_PKEY& key, const CertificateWish& wish, X509* issuer) {
    Made made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), next_serial());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.valid_to);
    X509_set_pubkey(made.get(), &key);
    set_name(X509_get_subject_name(made.get()), wish.common_name);
    X509& by = issuer != nullptr ? *issuer : *made;
    X509_set_issuer_name(made.get(), X509_get_subject_name(&by));
    add(*made, by, NID_basic_constraints, wish.is_issuer ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wish.usage.empty()) add(*made, by, NID_ext_key_usage, wish.usage);
    if (!wish.constraints.empty()) add(*made, by, NID_name_constraints, wish.constraints);
    add_addresses(*made, wish.addresses);
    return made;
}

}  // namespace

struct Issuer::Impl {
    std::filesystem::path folder;
    Key key{EVP_EC_gen("P-256")};
    Made own;
    bool is_signed = false;  ///< by another
    std::filesystem::path file;

    void write(const CertificateFiles& to, X509& made, EVP_PKEY* its_key) const {
        const File chain = open(to.chain, "w");
        PEM_write_X509(chain.get(), &made);
        if (its_key == nullptr) return;
        if (is_signed) PEM_write_X509(chain.get(), own.get());
        const File secret = open(to.key, "w");
        PEM_write_PrivateKey(secret.get(), its_key, nullptr, nullptr, 0, nullptr, nullptr);
    }
};

Issuer::Issuer(std::filesystem::path folder, const std::string& name)
    : impl_(std::make_unique<Impl>()) {
    impl_->folder = std::move(folder);
    CertificateWish wish;
    wish.common_name = name;
    wish.usage.clear();
    wish.is_issuer = true;
    impl_->own = make(*impl_->key, wish, nullptr);
    X509_sign(impl_->own.get(), impl_->key.get(), EVP_sha256());
    impl_->file = impl_->folder / (name + ".pem");
    impl_->write({impl_->file, {}}, *impl_->own, nullptr);
}

Issuer::Issuer(Issuer& by, const std::string& name, const CertificateWish& wish)
    : impl_(std::make_unique<Impl>()) {
    impl_->folder = by.impl_->folder;
    CertificateWish issuing = wish;
    issuing.common_name = name;
    issuing.usage.clear();
    issuing.is_issuer = true;
    impl_->own = make(*impl_->key, issuing, by.impl_->own.get());
    X509_sign(impl_->own.get(), by.impl_->key.get(), EVP_sha256());
    impl_->is_signed = true;
    impl_->file = impl_->folder / (name + ".pem");
    impl_->write({impl_->file, {}}, *impl_->own, nullptr);
}

Issuer::~Issuer() = default;

const std::filesystem::path& Issuer::certificate() const {
    return impl_->file;
}

CertificateFiles Issuer::issue(const std::string& name, const CertificateWish& wish) {
    const Key key(EVP_EC_gen("P-256"));
    const Made made = make(*key, wish, impl_->own.get());
    X509_sign(made.get(), impl_->key.get(), EVP_sha256());
    CertificateFiles files{impl_->folder / (name + ".pem"), impl_->folder / (name + ".key")};
    impl_->write(files, *made, key.get());
    return files;
}

std::string Issuer::revoke(const std::vector<CertificateFiles>& bad, long valid_to) {
    const std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>> list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(impl_->own.get()));
    const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> time(ASN1_TIME_new());
    X509_gmtime_adj(time.get(), -3600);
    X509_CRL_set1_lastUpdate(list.get(), time.get());
    for (const CertificateFiles& files : bad) {
        const File file = open(files.chain, "r");
        const Made one(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
        X509_REVOKED* entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.get()));
        X509_REVOKED_set_revocationDate(entry, time.get());
        X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_gmtime_adj(time.get(), valid_to);
    X509_CRL_set1_nextUpdate(list.get(), time.get());
    X509_CRL_sort(list.get());
    X509_CRL_sign(list.get(), impl_->key.get(), EVP_sha256());
    const std::unique_ptr<BIO, Deleter<BIO_free_all>> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509_CRL(out.get(), list.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace sallyport::test
