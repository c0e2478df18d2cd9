// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

/// The closed lists of the provider description language.
namespace sallyport::config::vocabulary {

/// Why a message failed; gateway/port/failure.hpp gives each its class and sentence.
inline constexpr std::array<std::string_view, 15> reasons{
    "invalid_number",
    "opted_out",
    "landline",
    "blocked",
    "sender_refused",
    "region_refused",
    "too_long",
    "media_refused",
    "bad_request",
    "unreachable",  // permanent
    "throttled",
    "temporary",  // retryable
    "credentials",
    "balance",
    "suspended",  // held
};

struct SignatureScheme {
    std::string_view name;
    std::array<std::string_view, 2>
        options;  ///< keys of its own, besides scheme, keys and tolerance
};

/// How webhooks prove their sender; transports/sms/signature verifies each. There is no "none":
/// nobody can speak for a provider.
inline constexpr std::array<SignatureScheme, 11> signature_schemes{{
    {"twilio", {}},                          // X-Twilio-Signature, HMAC-SHA1 over URL and form
    {"telnyx-ed25519", {}},                  // telnyx-signature-ed25519 over timestamp|body
    {"shared-secret", {"query", "header"}},  // a query field or a header equals a key
    {"basic", {}},                           // Authorization: Basic, key = "user:password"
    {"vonage-sms", {"method"}},  // sig field; method md5hash, md5, sha1, sha256 or sha512
    {"vonage-jwt", {}},          // Bearer HS256 with payload_hash
    {"plivo-v2", {}},            // X-Plivo-Signature-V2, without the body
    {"plivo-v3", {}},            // X-Plivo-Signature-V3
    {"sinch-hmac", {}},          // x-sinch-webhook-signature
    {"messagebird-jwt", {}},     // MessageBird-Signature-JWT
    {"hmac", {"header"}},        // HMAC-SHA256 of the body in a header
}};

/// Names that a template may use besides credentials.*.
inline constexpr std::array<std::string_view, 17> template_names{
    "base_url",  // without a trailing slash
    "number",    // one of ours (check)
    "from",
    "to",  // +E164 or short code
    "text",
    "media",        // a list of URLs
    "id",           // of our message, unique for ever
    "token",        // id and HMAC: proves that a report is about our message
    "callback",     // URL for reports, with the token in its path
    "ttl.seconds",  // validity that is left; whole numbers, rounded down
    "ttl.minutes",
    "ttl.ms",
    "segments",
    "coding",  // 0 = GSM 7 bit, 2 = UCS-2
    "since.date",
    "since.rfc3339",
    "since.unix",  // begin of a sweep
};

}  // namespace sallyport::config::vocabulary
