// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "transports/sms/crypto.hpp"
#include "transports/sms/signature.hpp"
#include "xmpp/core/text.hpp"

// RFC 7515 compact JWS with HMAC (RFC 7518 §3.2), as two providers sign their webhooks.
namespace sallyport::sms {

namespace {

std::optional<std::string> decode_base64url(std::string_view text) {
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
    auto bytes = base64_decode(plain);
    return bytes ? std::optional(*std::move(bytes)) : std::nullopt;
}

std::optional<boost::json::object> parse_object(std::string_view text) {
    boost::system::error_code error;
    auto value = boost::json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string text_of(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains({key.data(), key.size()});
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

std::optional<std::int64_t> number_of(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains({key.data(), key.size()});
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

std::optional<Digest> digest_of(std::string_view algorithm) {
    if (algorithm == "HS256") return Digest::sha256;
    if (algorithm == "HS384") return Digest::sha384;
    if (algorithm == "HS512") return Digest::sha512;
    return std::nullopt;  // "none" and the asymmetric ones: RFC 8725 §3.1
}

/// The claims, when the signature fits.
std::optional<boost::json::object> open_token(std::string_view token, std::string_view key) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    const auto head = decode_base64url(token.substr(0, first));
    const auto claims = decode_base64url(token.substr(first + 1, last - first - 1));
    const auto given = decode_base64url(token.substr(last + 1));
    if (!head || !claims || !given) return std::nullopt;
    const auto header = parse_object(*head);
    if (!header) return std::nullopt;
    const auto algorithm = digest_of(text_of(*header, "alg"));
    if (!algorithm || !equal_constant_time(hmac(*algorithm, key, token.substr(0, last)), *given))
        return std::nullopt;
    return parse_object(*claims);
}

std::int64_t seconds_of(WallTime now) {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

constexpr std::int64_t leeway_seconds = 60;

bool is_timely(const boost::json::object& claims, WallTime now) {
    const auto expires = number_of(claims, "exp");
    const auto begins = number_of(claims, "nbf");
    if (expires && *expires + leeway_seconds < seconds_of(now)) return false;
    return !begins || *begins - leeway_seconds <= seconds_of(now);
}

std::string sha256_hex(std::string_view bytes) {
    return hex_encode(digest(Digest::sha256, bytes));
}

}  // namespace

bool verify_vonage_jwt(
    const SignedRequest& request,
    std::string_view key,
    const SignatureSettings& settings,
    WallTime now
) {
    const std::string_view header =
        port::header(request.headers, "Authorization").value_or(std::string_view());
    constexpr std::string_view scheme = "Bearer ";
    if (header.size() < scheme.size() ||
        !iequals_ascii(std::string_view(header).substr(0, scheme.size()), scheme))
        return false;
    const auto claims = open_token(std::string_view(header).substr(scheme.size()), key);
    if (!claims || text_of(*claims, "iss") != "Vonage" || !is_timely(*claims, now)) return false;
    const auto issued = number_of(*claims, "iat");
    if (!issued || *issued < seconds_of(now) - settings.tolerance.count() ||
        *issued > seconds_of(now) + settings.tolerance.count())
        return false;
    return equal_constant_time(text_of(*claims, "payload_hash"), sha256_hex(request.body));
}

bool verify_messagebird_jwt(
    const SignedRequest& request, std::string_view key, const SignatureSettings&, WallTime now
) {
    const std::string_view token =
        port::header(request.headers, "MessageBird-Signature-JWT").value_or(std::string_view());
    const auto claims = open_token(token, key);
    if (!claims || text_of(*claims, "iss") != "MessageBird" || !is_timely(*claims, now) ||
        !number_of(*claims, "exp"))
        return false;
    if (!equal_constant_time(text_of(*claims, "url_hash"), sha256_hex(request.url))) return false;
    if (claims->contains("payload_hash") != !request.body.empty())
        return false;  // present if and only if there is a body
    return request.body.empty() ||
           equal_constant_time(text_of(*claims, "payload_hash"), sha256_hex(request.body));
}

}  // namespace sallyport::sms
