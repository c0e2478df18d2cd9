// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Hashes over OpenSSL. Its algorithms are fetched once: a call that names one finds it anew each
/// time, which takes longer than to run it over a short text. Thread-safe; out of memory ends the
/// program, for nothing safe can follow.
namespace sallyport {

enum class Hash { sha1, sha256, sha512 };

/// In bytes.
std::size_t size_of(Hash hash);
/// Raw bytes.
std::string digest(Hash hash, std::string_view bytes);
/// RFC 2104, raw bytes.
std::string hmac(Hash hash, std::string_view key, std::string_view bytes);

}  // namespace sallyport
