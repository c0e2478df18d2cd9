// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/seal.hpp"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "xmpp/core/random.hpp"

namespace sallyport::app {
namespace {

constexpr int nonce_bytes = 12;
constexpr int tag_bytes = 16;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
/// OpenSSL's own failures here are out of memory or a broken build: nothing safe can follow.
void must(int ok) {
    if (ok != 1) std::abort();
}

}  // namespace

std::string derive_key(std::string_view key, std::string_view purpose) {
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> hkdf(
        EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), EVP_PKEY_CTX_free
    );
    std::string derived(32, '\0');
    std::size_t size = derived.size();
    must(EVP_PKEY_derive_init(hkdf.get()));
    must(EVP_PKEY_CTX_set_hkdf_md(hkdf.get(), EVP_sha256()));
    must(EVP_PKEY_CTX_set1_hkdf_key(hkdf.get(), bytes(key), static_cast<int>(key.size())));
    must(EVP_PKEY_CTX_add1_hkdf_info(hkdf.get(), bytes(purpose), static_cast<int>(purpose.size())));
    must(EVP_PKEY_derive(hkdf.get(), bytes(derived), &size));
    return derived;
}

std::string seal(std::string_view key, std::string_view clear) {
    Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string sealed = random_bytes(nonce_bytes);
    sealed.resize(nonce_bytes + clear.size() + tag_bytes);
    unsigned char* out = bytes(sealed);
    int n = 0;
    must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), out));
    must(EVP_EncryptUpdate(
        cipher.get(), out + nonce_bytes, &n, bytes(clear), static_cast<int>(clear.size())
    ));
    must(EVP_EncryptFinal_ex(cipher.get(), out + nonce_bytes + n, &n));
    must(EVP_CIPHER_CTX_ctrl(
        cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, out + nonce_bytes + clear.size()
    ));
    return sealed;
}

Result<std::string> unseal(std::string_view key, std::string_view sealed) {
    if (sealed.size() < nonce_bytes + tag_bytes) return Error("sealed value is too short");
    Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const std::size_t size = sealed.size() - nonce_bytes - tag_bytes;
    std::string clear(size, '\0');
    std::string tag(sealed.substr(nonce_bytes + size));
    int n = 0;
    must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(sealed)));
    must(EVP_DecryptUpdate(
        cipher.get(), bytes(clear), &n, bytes(sealed) + nonce_bytes, static_cast<int>(size)
    ));
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()));
    if (EVP_DecryptFinal_ex(cipher.get(), bytes(clear) + n, &n) != 1)
        return Error("sealed with another data/key, or damaged");
    return clear;
}

core::Sealer make_sealer(const std::string& data_key) {
    const std::string key = derive_key(data_key, "credentials");
    core::Sealer sealer;
    sealer.seal = [key](std::string_view clear) { return seal(key, clear); };
    sealer.open = [key](std::string_view sealed) { return unseal(key, sealed); };
    return sealer;
}

}  // namespace sallyport::app
