// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/keys.hpp"

#include <algorithm>
#include <cstdlib>

#include <openssl/evp.h>

namespace sallyport::store {

constexpr char separator = '\xff';  // no byte of UTF-8

std::int64_t stable_hash(std::initializer_list<std::string_view> parts) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](char byte) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    };
    for (const std::string_view part : parts) {
        for (const char byte : part) add(byte);
        add(separator);
    }
    return static_cast<std::int64_t>(hash);
}

int shard_of(std::int64_t user_key) {
    return static_cast<int>(static_cast<std::uint64_t>(user_key) % 1024);
}

struct KeyHasher::State {
    // Fetched once: OpenSSL 3 takes longer to find an algorithm than to run it on a short text.
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    State() {
        if (algorithm == nullptr || context == nullptr) std::abort();
    }
    ~State() {
        EVP_MD_CTX_free(context);
        EVP_MD_free(algorithm);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

KeyHasher::KeyHasher() : state_(std::make_unique<State>()) {}
KeyHasher::~KeyHasher() = default;

Key KeyHasher::operator()(std::initializer_list<std::string_view> parts) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_DigestInit_ex2(state_->context, state_->algorithm, nullptr);
    for (const std::string_view part : parts) {
        EVP_DigestUpdate(state_->context, part.data(), part.size());
        EVP_DigestUpdate(state_->context, &separator, 1);
    }
    EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
    Key key{};
    std::copy_n(digest.begin(), key.size(), key.begin());
    return key;
}

}  // namespace sallyport::store
