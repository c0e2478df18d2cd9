// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/crypto.hpp"

#include <array>
#include <cassert>
#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace sallyport::sms {

namespace {

const EVP_MD* algorithm_of(Digest algorithm) {
    switch (algorithm) {
        case Digest::md5:
            return EVP_md5();
        case Digest::sha1:
            return EVP_sha1();
        case Digest::sha256:
            return EVP_sha256();
        case Digest::sha384:
            return EVP_sha384();
        case Digest::sha512:
            return EVP_sha512();
    }
    return EVP_sha256();
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

using Raw = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string to_string(const Raw& raw, unsigned length) {
    return {reinterpret_cast<const char*>(raw.data()), length};
}

}  // namespace

std::string digest(Digest algorithm, std::string_view bytes) {
    Raw raw{};
    unsigned length = 0;
    if (EVP_Digest(
            bytes.data(), bytes.size(), raw.data(), &length, algorithm_of(algorithm), nullptr
        ) != 1)
        return {};
    return to_string(raw, length);
}

std::string hmac(Digest algorithm, std::string_view key, std::string_view bytes) {
    Raw raw{};
    unsigned length = 0;
    // HMAC() refuses a null key, which an empty view may have.
    const unsigned char* key_bytes = key.empty() ? raw.data() : bytes_of(key);
    const auto* done = HMAC(
        algorithm_of(algorithm),
        key_bytes,
        static_cast<int>(key.size()),
        bytes_of(bytes),
        bytes.size(),
        raw.data(),
        &length
    );
    return done == nullptr ? std::string() : to_string(raw, length);
}

bool verify_ed25519(
    std::string_view public_key, std::string_view signature, std::string_view bytes
) {
    if (public_key.size() != 32 || signature.size() != 64) return false;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_public_key(
            EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()
        ),
        &EVP_PKEY_free
    );
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), &EVP_MD_CTX_free
    );
    if (!key || !context) return false;
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1)
        return false;
    return EVP_DigestVerify(
               context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()
           ) == 1;
}

}  // namespace sallyport::sms
