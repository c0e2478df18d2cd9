// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The messages and the arithmetic of DIGEST-MD5 (RFC 2831), which both sides share.
namespace sallyport::xmpp::sasl {

struct Directive {
    std::string name;  ///< lower case
    std::string value;
};
/// `name=value` or `name="value"`, separated by commas and white space (RFC 2831 §7.1); a line
/// break at the end, as old servers send it, is no part of the last value. Nothing when malformed.
std::optional<std::vector<Directive>> parse_directives(std::string_view text);
/// The only directive of this name; nothing when there is none, or several.
std::optional<std::string> only(const std::vector<Directive>& all, std::string_view name);
std::size_t count(const std::vector<Directive>& all, std::string_view name);
std::string quote(std::string_view value);

struct DigestInput {
    std::string secret;  ///< digest_md5_secret
    std::string nonce;
    std::string cnonce;
    std::string count = "00000001";
    std::string uri;
    std::string authzid;
    std::string qop = "auth";
};
enum class Prover { client, server };
/// RFC 2831 §2.1.2.1 (client) and §2.1.3 (server, rspauth): 32 lower-case hex digits.
std::string digest_response(const DigestInput& input, Prover who);

}  // namespace sallyport::xmpp::sasl
