// SPDX-License-Identifier: Apache-2.0
#include "xmpp/sasl/crypto.hpp"

#include <cassert>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace sallyport::xmpp::sasl {
namespace {

const EVP_MD* algorithm(Hash hash) {
    switch (hash) {
        case Hash::sha1:
            return EVP_sha1();
        case Hash::sha256:
            return EVP_sha256();
        case Hash::sha512:
            return EVP_sha512();
    }
    std::abort();
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

// These fail only when memory is out or the library is broken: nothing safe can follow.
void require(bool fine) {
    if (!fine) std::abort();
}

}  // namespace

std::string md5(std::string_view bytes) {
    std::string out(16, '\0');
    require(
        EVP_Digest(bytes.data(), bytes.size(), bytes_of(out), nullptr, EVP_md5(), nullptr) == 1
    );
    return out;
}

std::string stretch(Hash hash, std::string_view password, std::string_view salt, int iterations) {
    std::string out(size_of(hash), '\0');
    require(
        PKCS5_PBKDF2_HMAC(
            password.empty() ? "" : password.data(),
            static_cast<int>(password.size()),
            bytes_of(salt),
            static_cast<int>(salt.size()),
            iterations,
            algorithm(hash),
            static_cast<int>(out.size()),
            bytes_of(out)
        ) == 1
    );
    return out;
}

std::string exclusive_or(std::string_view a, std::string_view b) {
    assert(a.size() == b.size());
    std::string out(a);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
    return out;
}

void wipe(std::string& secret) {
    secret.resize(secret.capacity());
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace sallyport::xmpp::sasl
