// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/signing.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace simulator {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Key key_of(std::string_view seed) {
    Key key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()),
        &EVP_PKEY_free
    );
    if (!key) throw std::runtime_error("an Ed25519 seed has 32 bytes");
    return key;
}

}  // namespace

std::string sign_twilio(std::string_view token, std::string_view url, const Fields& form) {
    std::set<std::pair<std::string, std::string>> sorted(form.begin(), form.end());
    std::string text(url.substr(0, url.find('#')));
    for (const auto& [name, value] : sorted) text += name + value;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(
        EVP_sha1(),
        token.data(),
        static_cast<int>(token.size()),
        bytes_of(text),
        text.size(),
        digest.data(),
        &length
    );
    return base64_encode({reinterpret_cast<const char*>(digest.data()), length});
}

std::string sign_ed25519(std::string_view seed, std::string_view timestamp, std::string_view body) {
    Key key = key_of(seed);
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), &EVP_MD_CTX_free
    );
    std::string text = std::string(timestamp) + "|" + std::string(body);
    std::string signature(64, '\0');
    std::size_t length = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get());
    EVP_DigestSign(
        context.get(),
        reinterpret_cast<unsigned char*>(signature.data()),
        &length,
        bytes_of(text),
        text.size()
    );
    return base64_encode(signature);
}

std::string public_key_of(std::string_view seed) {
    Key key = key_of(seed);
    std::string raw(32, '\0');
    std::size_t length = raw.size();
    EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &length);
    return base64_encode(raw);
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
    return bytes;
}

std::string random_uuid() {
    std::string bytes = random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    std::string text = hex(bytes);
    for (std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
    return text;
}

}  // namespace simulator
