// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "transports/sms/crypto.hpp"
#include "transports/sms/form_fields.hpp"
#include "transports/sms/signature.hpp"
#include "xmpp/core/text.hpp"

// plivo.com/docs/messaging/concepts/signature-validation, version 3:
//   GET:  url without query, "?", sorted k=v joined by "&".
//   POST: url without query, then with body fields: "?", sorted query, "." unless the query is
//   empty, sorted body as kv signed: that + "." + nonce, HMAC-SHA256, base64; the header lists
//   several signatures, any may match.
namespace sallyport::sms {

namespace {

std::string join_sorted(
    port::HttpFields fields, std::string_view equals, std::string_view separator
) {
    std::sort(fields.begin(), fields.end());
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out.append(separator);
        out.append(name).append(equals).append(value);
    }
    return out;
}

std::string signed_text(const SignedRequest& request, const port::HttpFields& query) {
    std::string out(request.url.substr(0, request.url.find('?')));
    const bool has_fields = request.form != nullptr && !request.form->empty();
    if (request.method == "GET") {
        port::HttpFields all = query;
        if (has_fields) all.insert(all.end(), request.form->begin(), request.form->end());
        if (!all.empty()) out += "?" + join_sorted(std::move(all), "=", "&");
        return out;
    }
    if (!query.empty() || has_fields) out += "?" + join_sorted(query, "=", "&");
    if (has_fields) {
        if (!query.empty()) out += ".";
        out += join_sorted(*request.form, "", "");
    }
    return out;
}

}  // namespace

bool verify_plivo_v3(
    const SignedRequest& request, std::string_view key, const SignatureSettings&, WallTime
) {
    const auto query = parse_form(query_of(request.url));
    if (!query) return false;
    const std::string_view nonce =
        port::header(request.headers, "X-Plivo-Signature-V3-Nonce").value_or(std::string_view());
    const std::string_view given =
        port::header(request.headers, "X-Plivo-Signature-V3").value_or(std::string_view());
    const std::string expected = base64_encode(
        hmac(Digest::sha256, key, signed_text(request, *query) + "." + std::string(nonce))
    );
    bool fits = false;
    for (std::string_view rest = given; !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        if (equal_constant_time(trim(rest.substr(0, end)), expected)) fits = true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return fits;
}

}  // namespace sallyport::sms
