// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport::sms {

enum class Digest { md5, sha1, sha256, sha384, sha512 };

/// Raw bytes of the digest, of the HMAC (RFC 2104).
std::string digest(Digest algorithm, std::string_view bytes);
std::string hmac(Digest algorithm, std::string_view key, std::string_view bytes);

/// RFC 8032; false also for a key or signature of a wrong length.
bool verify_ed25519(
    std::string_view public_key, std::string_view signature, std::string_view bytes
);

}  // namespace sallyport::sms
