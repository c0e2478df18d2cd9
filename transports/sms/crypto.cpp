// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/crypto.hpp"

#include <array>
#include <cassert>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

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

struct FreeContext {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using HmacContext = std::unique_ptr<EVP_MAC_CTX, FreeContext>;

HmacContext make_hmac_context(Digest algorithm) {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    HmacContext context(mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac));
    EVP_MAC_free(mac);  // the context holds its own reference
    std::string name = EVP_MD_get0_name(algorithm_of(algorithm));
    const std::array<OSSL_PARAM, 2> settings{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    if (context && EVP_MAC_CTX_set_params(context.get(), settings.data()) != 1) return nullptr;
    return context;
}

/// Made once: OpenSSL 3 takes longer to find an algorithm than to run it on a short text.
EVP_MAC_CTX* hmac_context(Digest algorithm) {
    thread_local std::array<HmacContext, 5> contexts;
    HmacContext& context = contexts.at(static_cast<std::size_t>(algorithm));
    if (!context) context = make_hmac_context(algorithm);
    return context.get();
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
    EVP_MAC_CTX* const context = hmac_context(algorithm);
    Raw raw{};
    std::size_t length = 0;
    // A null key, which an empty view may have, would mean the key of the time before.
    const unsigned char* key_bytes = key.empty() ? raw.data() : bytes_of(key);
    const bool is_done = context != nullptr &&
                         EVP_MAC_init(context, key_bytes, key.size(), nullptr) == 1 &&
                         EVP_MAC_update(context, bytes_of(bytes), bytes.size()) == 1 &&
                         EVP_MAC_final(context, raw.data(), &length, raw.size()) == 1;
    return is_done ? to_string(raw, static_cast<unsigned>(length)) : std::string();
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
