// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/signature.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "transports/sms/crypto.hpp"
#include "transports/sms/form_fields.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::sms {

namespace {

std::string_view header_or_empty(const SignedRequest& request, std::string_view name) {
    return port::header(request.headers, name).value_or(std::string_view());
}

/// Unix seconds within the tolerance of now.
bool is_timely(std::string_view seconds, const SignatureSettings& settings, WallTime now) {
    const auto value = parse_decimal<long long>(seconds);
    if (!value) return false;
    const auto at =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    return *value <= at + settings.tolerance.count() && *value >= at - settings.tolerance.count();
}

// --- Twilio (twilio.com/docs/usage/security) ----------------------------------------------------

/// Names sorted bytewise; of each the different values, sorted; no separators.
std::string twilio_fields(const port::HttpFields& form) {
    std::map<std::string_view, std::set<std::string_view>> sorted;
    for (const auto& [name, value] : form) sorted[name].insert(value);
    std::string out;
    for (const auto& [name, values] : sorted) {
        for (const auto value : values) out.append(name).append(value);
    }
    return out;
}

/// The URL with its scheme's default port written out if it names none, or without it if it does.
std::string with_other_port(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::string(url);
    const std::string_view port = url.starts_with("https") ? ":443" : ":80";
    const auto authority = scheme + 3;
    const auto end = std::min(url.find_first_of("/?", authority), url.size());
    const std::string_view host = url.substr(authority, end - authority);
    const std::string head(url.substr(0, end));
    if (host.ends_with(port))
        return head.substr(0, head.size() - port.size()) + std::string(url.substr(end));
    if (host.find(':', host.find(']') == std::string_view::npos ? 0 : host.find(']')) !=
        std::string_view::npos)
        return std::string(url);
    return head + std::string(port) + std::string(url.substr(end));
}

bool verify_twilio(
    const SignedRequest& request, std::string_view key, const SignatureSettings&, WallTime
) {
    const std::string_view given = header_or_empty(request, "X-Twilio-Signature");
    std::string fields;
    const auto query = parse_form(query_of(request.url));
    const std::string* hash = query ? find_field(*query, "bodySHA256") : nullptr;
    if (hash != nullptr) {
        if (!equal_constant_time(*hash, hex_encode(digest(Digest::sha256, request.body))))
            return false;
    } else if (request.form != nullptr) {
        fields = twilio_fields(*request.form);
    }
    const std::string plain =
        base64_encode(hmac(Digest::sha1, key, std::string(request.url) + fields));
    if (equal_constant_time(plain, given)) return true;
    return equal_constant_time(
        base64_encode(hmac(Digest::sha1, key, with_other_port(request.url) + fields)), given
    );
}

// --- Telnyx -------------------------------------------------------------------------------------

bool verify_telnyx(
    const SignedRequest& request,
    std::string_view key,
    const SignatureSettings& settings,
    WallTime now
) {
    const std::string_view timestamp = header_or_empty(request, "telnyx-timestamp");
    if (!is_timely(timestamp, settings, now)) return false;
    const auto signature = base64_decode(header_or_empty(request, "telnyx-signature-ed25519"));
    const auto public_key = base64_decode(key);
    if (!signature || !public_key) return false;
    return verify_ed25519(
        *public_key, *signature, std::string(timestamp) + "|" + std::string(request.body)
    );
}

// --- secrets that are simply told ----------------------------------------------------------------

bool verify_shared_secret(
    const SignedRequest& request, std::string_view key, const SignatureSettings& settings, WallTime
) {
    if (const auto name = settings.options.find("header"); name != settings.options.end()) {
        return equal_constant_time(header_or_empty(request, name->second), key);
    }
    const auto name = settings.options.find("query");
    const auto query = parse_form(query_of(request.url));
    if (!query) return false;
    const std::string* given =
        find_field(*query, name == settings.options.end() ? "secret" : name->second);
    return given != nullptr && equal_constant_time(*given, key);
}

bool verify_basic(
    const SignedRequest& request, std::string_view key, const SignatureSettings&, WallTime
) {
    const std::string_view given = header_or_empty(request, "Authorization");
    constexpr std::string_view scheme = "Basic ";
    if (given.size() < scheme.size() ||
        !iequals_ascii(std::string_view(given).substr(0, scheme.size()), scheme))
        return false;
    return equal_constant_time(
        trim(std::string_view(given).substr(scheme.size())), base64_encode(key)
    );
}

// --- Vonage SMS ----------------------------------------------------------------------------------

std::string vonage_text(const port::HttpFields& fields) {
    std::map<std::string_view, std::string> sorted;
    for (const auto& [name, value] : fields) {
        if (name == "sig") continue;
        std::string clean = value;
        std::replace(clean.begin(), clean.end(), '&', '_');
        std::replace(clean.begin(), clean.end(), '=', '_');
        sorted[name] = std::move(clean);
    }
    std::string out;
    for (const auto& [name, value] : sorted) out.append("&").append(name).append("=").append(value);
    return out;
}

std::string vonage_signature(
    std::string_view method, std::string_view key, const std::string& text
) {
    if (method == "md5hash") return hex_encode(digest(Digest::md5, text + std::string(key)));
    if (method == "md5") return hex_encode(hmac(Digest::md5, key, text));
    if (method == "sha1") return hex_encode(hmac(Digest::sha1, key, text));
    if (method == "sha512") return hex_encode(hmac(Digest::sha512, key, text));
    return hex_encode(hmac(Digest::sha256, key, text));
}

bool verify_vonage_sms(
    const SignedRequest& request,
    std::string_view key,
    const SignatureSettings& settings,
    WallTime now
) {
    const auto query = parse_form(query_of(request.url));
    if (!query) return false;
    const port::HttpFields& fields = request.form != nullptr ? *request.form : *query;
    const std::string* given = find_field(fields, "sig");
    const std::string* timestamp = find_field(fields, "timestamp");
    if (given == nullptr || timestamp == nullptr || !is_timely(*timestamp, settings, now))
        return false;
    const auto method = settings.options.find("method");
    const std::string expected = vonage_signature(
        method == settings.options.end() ? "sha256" : std::string_view(method->second),
        key,
        vonage_text(fields)
    );
    return equal_constant_time(expected, lower_ascii(*given));
}

// --- Plivo V2, Sinch, any other
// -------------------------------------------------------------------

bool verify_plivo_v2(
    const SignedRequest& request, std::string_view key, const SignatureSettings&, WallTime
) {
    const std::string_view nonce = header_or_empty(request, "X-Plivo-Signature-V2-Nonce");
    const std::string url(request.url.substr(0, request.url.find('?')));
    return equal_constant_time(
        base64_encode(hmac(Digest::sha256, key, url + std::string(nonce))),
        header_or_empty(request, "X-Plivo-Signature-V2")
    );
}

bool verify_sinch(
    const SignedRequest& request,
    std::string_view key,
    const SignatureSettings& settings,
    WallTime now
) {
    const std::string_view timestamp =
        header_or_empty(request, "x-sinch-webhook-signature-timestamp");
    if (!is_timely(timestamp, settings, now)) return false;
    const std::string text =
        std::string(request.body) + "." +
        std::string(header_or_empty(request, "x-sinch-webhook-signature-nonce")) + "." +
        std::string(timestamp);
    return equal_constant_time(
        base64_encode(hmac(Digest::sha256, key, text)),
        header_or_empty(request, "x-sinch-webhook-signature")
    );
}

bool verify_hmac(
    const SignedRequest& request, std::string_view key, const SignatureSettings& settings, WallTime
) {
    const auto name = settings.options.find("header");
    if (name == settings.options.end()) return false;
    const std::string_view given = header_or_empty(request, name->second);
    const std::string expected = hmac(Digest::sha256, key, request.body);
    const bool is_base64 = equal_constant_time(base64_encode(expected), given);
    return equal_constant_time(hex_encode(expected), lower_ascii(given)) || is_base64;
}

struct Scheme {
    std::string_view name;
    VerifySignature verify;
};

constexpr std::array<Scheme, 11> schemes{{
    {"twilio", verify_twilio},
    {"telnyx-ed25519", verify_telnyx},
    {"shared-secret", verify_shared_secret},
    {"basic", verify_basic},
    {"vonage-sms", verify_vonage_sms},
    {"vonage-jwt", verify_vonage_jwt},
    {"plivo-v2", verify_plivo_v2},
    {"plivo-v3", verify_plivo_v3},
    {"sinch-hmac", verify_sinch},
    {"messagebird-jwt", verify_messagebird_jwt},
    {"hmac", verify_hmac},
}};

}  // namespace

VerifySignature find_signature(std::string_view scheme) {
    const auto found = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& row) {
        return row.name == scheme;
    });
    return found == schemes.end() ? nullptr : found->verify;
}

bool verify_any(
    VerifySignature verify,
    const SignedRequest& request,
    const std::vector<std::string>& keys,
    const SignatureSettings& settings,
    WallTime now
) {
    bool fits = false;
    for (const auto& key : keys) {
        if (!key.empty() && verify(request, key, settings, now)) fits = true;
    }
    return fits;
}

}  // namespace sallyport::sms
