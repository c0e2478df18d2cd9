// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What a server stores for the mechanisms that cannot live on SCRAM's keys.
namespace sallyport::xmpp::sasl {

/// MD5(user:realm:password), RFC 2831 §2.1.2.1; 16 bytes.
std::string digest_md5_secret(
    std::string_view user, std::string_view realm, std::string_view password
);
/// The two MD5 states after the padded key blocks (RFC 2104 §4, RFC 2195 §4); 32 bytes.
std::string cram_md5_secret(std::string_view password);
/// HMAC-MD5 with such a key, in lower-case hex. REQUIRES: 32 bytes.
std::string cram_md5_response(std::string_view secret, std::string_view challenge);

}  // namespace sallyport::xmpp::sasl
