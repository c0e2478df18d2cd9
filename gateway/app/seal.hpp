// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/core/seal.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::app {

/// A key for one purpose, derived from data/key (HKDF-SHA-256). 32 bytes.
std::string derive_key(std::string_view key, std::string_view purpose);
/// AES-256-GCM: nonce (12) || ciphertext || tag (16).
std::string seal(std::string_view key, std::string_view clear);
Result<std::string> unseal(std::string_view key, std::string_view sealed);
/// Both for the credentials that registration forms took.
core::Sealer make_sealer(const std::string& data_key);

}  // namespace sallyport::app
