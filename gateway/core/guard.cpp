// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/guard.hpp"

#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace sallyport::core {

std::string duplicate_guard(
    std::string_view from_bare, std::string_view to, std::string_view id, std::string_view body
) {
    std::string text;
    text.reserve(from_bare.size() + to.size() + id.size() + body.size() + 3);
    // NUL cannot occur in any of them: no two different quadruples make one text.
    text.append(from_bare)
        .append(1, '\0')
        .append(to)
        .append(1, '\0')
        .append(id)
        .append(1, '\0')
        .append(body);
    // Fetched once: SHA256() finds the algorithm anew each time, which takes longer than to run it.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(hash.data());
    if (EVP_Digest(text.data(), text.size(), out, nullptr, algorithm, nullptr) != 1) std::abort();
    return hash;
}

}  // namespace sallyport::core
