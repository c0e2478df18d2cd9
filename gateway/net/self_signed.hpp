// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport::net {

/// Makes a P-256 key and a certificate for `domain` that vouches for itself, valid for ten years
/// from yesterday, as two PEM files readable by the owner alone; complete or not at all. `domain`
/// may be a literal address.
Result<> make_self_signed(
    std::string_view domain, const std::filesystem::path& chain, const std::filesystem::path& key
);

/// SHA-256 of the first certificate in the file as clients show it: "AB:CD:…". Errors name the
/// file.
Result<std::string> certificate_fingerprint(const std::filesystem::path& chain);

}  // namespace sallyport::net
