// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/digest.hpp"

#include <array>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace sallyport {
namespace {

constexpr std::array names{"SHA1", "SHA256", "SHA512"};

void require(bool fine) {
    if (!fine) std::abort();
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const EVP_MD* algorithm(Hash hash) {
    static const auto fetched = [] {
        std::array<EVP_MD*, names.size()> all{};
        for (std::size_t i = 0; i < names.size(); ++i)
            require((all.at(i) = EVP_MD_fetch(nullptr, names.at(i), nullptr)) != nullptr);
        return all;
    }();
    return fetched.at(static_cast<std::size_t>(hash));
}

struct FreeContext {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, FreeContext>;

Context make_context(std::size_t hash) {
    static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    require(mac != nullptr);
    Context context(EVP_MAC_CTX_new(mac));
    std::string name = names.at(hash);
    const std::array settings{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    require(context && EVP_MAC_CTX_set_params(context.get(), settings.data()) == 1);
    return context;
}

}  // namespace

std::size_t size_of(Hash hash) {
    return static_cast<std::size_t>(EVP_MD_get_size(algorithm(hash)));
}

std::string digest(Hash hash, std::string_view bytes) {
    std::string out(size_of(hash), '\0');
    require(
        EVP_Digest(bytes.data(), bytes.size(), bytes_of(out), nullptr, algorithm(hash), nullptr) ==
        1
    );
    return out;
}

std::string hmac(Hash hash, std::string_view key, std::string_view bytes) {
    static thread_local std::array<Context, names.size()> contexts;
    Context& context = contexts.at(static_cast<std::size_t>(hash));
    if (!context) context = make_context(static_cast<std::size_t>(hash));
    std::string out(size_of(hash), '\0');
    std::size_t length = 0;
    // A null key would mean "the key of the last call".
    const unsigned char* secret = bytes_of(key.empty() ? std::string_view("") : key);
    require(EVP_MAC_init(context.get(), secret, key.size(), nullptr) == 1);
    require(EVP_MAC_update(context.get(), bytes_of(bytes), bytes.size()) == 1);
    require(EVP_MAC_final(context.get(), bytes_of(out), &length, out.size()) == 1);
    // What follows from the key does not stay behind in the context.
    static constexpr unsigned char nothing = 0;
    require(EVP_MAC_init(context.get(), &nothing, 1, nullptr) == 1);
    return out;
}

}  // namespace sallyport
