// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "tests/simulator/encoding.hpp"

namespace simulator {

/// How a webhook is signed: as the provider would, or wrongly on purpose. `old` signs rightly with
/// a time ten minutes ago.
enum class Signing { good, bad, none, old };

/// X-Twilio-Signature: base64 of HMAC-SHA1 over the URL (without fragment) and the form's fields,
/// sorted, without separators. https://www.twilio.com/docs/usage/security
[[nodiscard]] std::string sign_twilio(
    std::string_view token, std::string_view url, const Fields& form
);

/// Base64 of the Ed25519 signature over `timestamp|body` (RFC 8032). REQUIRES: `seed` has 32 bytes.
[[nodiscard]] std::string sign_ed25519(
    std::string_view seed, std::string_view timestamp, std::string_view body
);

/// Base64 of the public key that belongs to `seed`. REQUIRES: `seed` has 32 bytes.
[[nodiscard]] std::string public_key_of(std::string_view seed);

/// `count` bytes from the operating system's generator.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// A random UUID, version 4.
[[nodiscard]] std::string random_uuid();

}  // namespace simulator
