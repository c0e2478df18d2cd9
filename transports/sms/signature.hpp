// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/port/http.hpp"

namespace sallyport::sms {

/// What a webhook's signature is computed over. The views live as long as the request.
struct SignedRequest {
    std::string_view method;
    std::string_view url;  ///< our public URL + path + query: never made of Host or X-Forwarded-*
    const port::HttpFields& headers;
    const port::HttpFields*
        form;               ///< decoded fields of an urlencoded body; null for any other body
    std::string_view body;  ///< raw
};

struct SignatureSettings {
    std::chrono::seconds tolerance{
        300};  ///< of a timestamp that is part of what is signed, both ways
    std::map<std::string, std::string> options;  ///< the scheme's own
};

/// True when the request is signed with this key. Comparisons take constant time.
using VerifySignature =
    bool (*)(const SignedRequest&, std::string_view key, const SignatureSettings&, WallTime now);

/// The closed set of schemes; null for an unknown name.
/// - twilio: X-Twilio-Signature, HMAC-SHA1 over URL and sorted form, or bodySHA256 for JSON;
/// default port with and without
/// - telnyx-ed25519: telnyx-signature-ed25519 over timestamp|body; key = public key in base64
/// - shared-secret: option `query: NAME` or `header: NAME` equals the key
/// - basic: Authorization: Basic; key = "user:password"
/// - vonage-sms: field `sig`; option `method`: md5hash, md5, sha1, sha256 (default), sha512
/// - vonage-jwt: Authorization: Bearer, HS256, payload_hash
/// - plivo-v2, plivo-v3: X-Plivo-Signature-V2/-V3 and their nonces
/// - sinch-hmac: x-sinch-webhook-signature over body.nonce.timestamp
/// - messagebird-jwt: MessageBird-Signature-JWT, HS256/384/512, url_hash and payload_hash
/// - hmac: option `header: NAME`, HMAC-SHA256 of the body in hex or base64
VerifySignature find_signature(std::string_view scheme);

/// True when any of the keys fits; empty keys are skipped. All keys are tried, so that time does
/// not tell which one fits.
bool verify_any(
    VerifySignature verify,
    const SignedRequest& request,
    const std::vector<std::string>& keys,
    const SignatureSettings& settings,
    WallTime now
);

// The schemes that need more than one screen; listed in the table of signature.cpp.
bool verify_vonage_jwt(
    const SignedRequest&, std::string_view key, const SignatureSettings&, WallTime now
);
bool verify_messagebird_jwt(
    const SignedRequest&, std::string_view key, const SignatureSettings&, WallTime now
);
bool verify_plivo_v3(
    const SignedRequest&, std::string_view key, const SignatureSettings&, WallTime now
);

}  // namespace sallyport::sms
