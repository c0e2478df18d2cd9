// SPDX-License-Identifier: Apache-2.0
#include "xmpp/sasl/legacy/digest_md5.hpp"

#include <algorithm>

#include "xmpp/core/text.hpp"
#include "xmpp/core/utf8.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"

namespace sallyport::xmpp::sasl {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void skip(std::string_view& rest, std::string_view also) {
    while (!rest.empty() && (is_space(rest[0]) || also.find(rest[0]) != also.npos))
        rest.remove_prefix(1);
}

// After the opening quote: the value up to the closing one, which is taken too.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (rest[i] == '\\') ++i;
        if (i == rest.size()) return std::nullopt;
        value += rest[i];
    }
    return std::nullopt;
}

std::string take_token(std::string_view& rest) {
    std::size_t end = rest.find(',');
    std::string_view value = trim(rest.substr(0, end));
    rest.remove_prefix(end == rest.npos ? rest.size() : end);
    return std::string(value);
}

std::optional<Directive> take_directive(std::string_view& rest) {
    std::size_t equals = rest.find('=');
    if (equals == rest.npos) return std::nullopt;
    Directive directive{lower_ascii(trim(rest.substr(0, equals))), {}};
    if (directive.name.empty() || directive.name.find(',') != directive.name.npos)
        return std::nullopt;
    rest.remove_prefix(equals + 1);
    skip(rest, "");
    if (rest.starts_with('"')) {
        rest.remove_prefix(1);
        std::optional<std::string> value = take_quoted(rest);
        if (!value) return std::nullopt;
        directive.value = std::move(*value);
    } else {
        directive.value = take_token(rest);
    }
    skip(rest, "");
    if (!rest.empty() && rest[0] != ',') return std::nullopt;
    return directive;
}

// RFC 2831 §2.1.2.1: what ISO 8859-1 can say is hashed in it, whatever charset says.
std::string latin1_if_it_can(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::optional<char32_t> c = decode_utf8(text, at);
        if (!c || *c > 0xFF) return std::string(text);
        out += static_cast<char>(*c);
    }
    return out;
}

}  // namespace

std::optional<std::vector<Directive>> parse_directives(std::string_view text) {
    std::vector<Directive> directives;
    // Empty list elements are allowed, and so nothing but commas is no error.
    for (skip(text, ","); !text.empty(); skip(text, ",")) {
        std::optional<Directive> directive = take_directive(text);
        if (!directive) return std::nullopt;
        directives.push_back(std::move(*directive));
    }
    return directives;
}

std::size_t count(const std::vector<Directive>& all, std::string_view name) {
    auto same = [&](const Directive& one) { return one.name == name; };
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), same));
}

std::optional<std::string> only(const std::vector<Directive>& all, std::string_view name) {
    if (count(all, name) != 1) return std::nullopt;
    auto same = [&](const Directive& one) { return one.name == name; };
    return std::find_if(all.begin(), all.end(), same)->value;
}

std::string quote(std::string_view value) {
    std::string out = "\"";
    for (char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string digest_md5_secret(
    std::string_view user, std::string_view realm, std::string_view password
) {
    std::string text = latin1_if_it_can(user) + ':' + latin1_if_it_can(realm) + ':';
    std::string secret = latin1_if_it_can(password);
    text += secret;
    std::string out = md5(text);
    wipe(secret);
    wipe(text);
    return out;
}

std::string digest_response(const DigestInput& input, Prover who) {
    std::string a1 = input.secret + ':' + input.nonce + ':' + input.cnonce;
    if (!input.authzid.empty()) a1 += ':' + input.authzid;
    std::string a2 = (who == Prover::client ? "AUTHENTICATE:" : ":") + input.uri;
    if (input.qop != "auth") a2 += ":00000000000000000000000000000000";
    std::string text = hex_encode(md5(a1)) + ':' + input.nonce + ':' + input.count + ':' +
                       input.cnonce + ':' + input.qop + ':' + hex_encode(md5(a2));
    wipe(a1);
    return hex_encode(md5(text));
}

}  // namespace sallyport::xmpp::sasl
