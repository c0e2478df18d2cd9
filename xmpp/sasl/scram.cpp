// SPDX-License-Identifier: Apache-2.0
#include "xmpp/sasl/scram.hpp"

#include <algorithm>

#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/sasl/crypto.hpp"

namespace sallyport::xmpp::sasl {
namespace {

struct Attribute {
    char name = '\0';
    std::string_view value;
};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What stands before the next comma, which is taken too.
std::string_view take_part(std::string_view& rest) {
    std::size_t comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    return part;
}

// "x=value", cut at its first '='. Nothing when it is anything else.
std::optional<Attribute> parse_attribute(std::string_view part) {
    if (part.size() < 2 || !is_letter(part[0]) || part[1] != '=') return std::nullopt;
    return Attribute{part[0], part.substr(2)};
}

std::optional<std::vector<Attribute>> parse_attributes(std::string_view text) {
    if (text.empty() || text.ends_with(',')) return std::nullopt;
    std::vector<Attribute> attributes;
    while (!text.empty()) {
        std::optional<Attribute> attribute = parse_attribute(take_part(text));
        if (!attribute) return std::nullopt;
        attributes.push_back(*attribute);
    }
    return attributes;
}

// RFC 5802 §7: the named attributes come first and in this order.
bool begins_with(const std::vector<Attribute>& attributes, std::string_view names) {
    if (attributes.size() < names.size()) return false;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (attributes[i].name != names[i]) return false;
    return true;
}

bool is_nonce(std::string_view text) {
    auto printable = [](char c) { return c >= 0x21 && c <= 0x7E; };
    return !text.empty() && std::all_of(text.begin(), text.end(), printable);
}

bool is_binding_type(std::string_view text) {
    auto fits = [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool parse_flag(std::string_view part, ClientFirst& into) {
    if (part == "n" || part == "y") {
        into.flag = part[0];
        return true;
    }
    into.flag = 'p';
    if (!part.starts_with("p=")) return false;
    into.binding = part.substr(2);
    return is_binding_type(into.binding);
}

bool parse_authzid(std::string_view part, ClientFirst& into) {
    if (part.empty()) return true;
    if (!part.starts_with("a=")) return false;
    std::optional<std::string> name = decode_name(part.substr(2));
    if (!name || name->empty()) return false;
    into.authzid = std::move(*name);
    return true;
}

bool parse_bare(std::string_view text, ClientFirst& into) {
    auto attributes = parse_attributes(text);
    if (!attributes || !begins_with(*attributes, "nr") || !is_nonce((*attributes)[1].value))
        return false;
    std::optional<std::string> name = decode_name((*attributes)[0].value);
    if (!name || name->empty() || !is_utf8(*name)) return false;
    into.user = std::move(*name);
    into.nonce = (*attributes)[1].value;
    into.bare = text;
    return true;
}

std::optional<int> parse_positive(std::string_view text) {
    const auto value = parse_decimal<int>(text);
    if (!value || *value < 1 || text[0] == '0') return std::nullopt;
    return value;
}

std::string join(std::vector<std::string>& words) {
    std::sort(words.begin(), words.end());
    std::string out;
    for (const std::string& word : words) {
        if (&word != &words.front()) out += '\x1e';
        out += word;
    }
    return out;
}

}  // namespace

std::variant<ClientFirst, Fault> parse_client_first(std::string_view text) {
    ClientFirst first;
    std::string_view rest = text;
    if (!parse_flag(take_part(rest), first) || !parse_authzid(take_part(rest), first))
        return Fault::malformed_request;
    first.gs2_header = text.substr(0, text.size() - rest.size());
    if (!parse_bare(rest, first)) return Fault::malformed_request;
    return first;
}

std::optional<ClientFinal> parse_client_final(std::string_view text) {
    auto attributes = parse_attributes(text);
    if (!attributes || attributes->size() < 3 || !begins_with(*attributes, "cr") ||
        attributes->back().name != 'p')
        return std::nullopt;
    Result<std::string> binding = base64_decode((*attributes)[0].value);
    std::string_view encoded_proof = attributes->back().value;
    Result<std::string> proof = base64_decode(encoded_proof);
    if (!binding || !proof) return std::nullopt;
    ClientFinal final;
    final.binding = std::move(*binding);
    final.nonce = (*attributes)[1].value;
    final.proof = std::move(*proof);
    final.without_proof = text.substr(0, text.size() - encoded_proof.size() - 3);
    return final;
}

std::optional<ServerFirst> parse_server_first(std::string_view text) {
    auto attributes = parse_attributes(text);
    if (!attributes || !begins_with(*attributes, "rsi") || !is_nonce((*attributes)[0].value))
        return std::nullopt;
    Result<std::string> salt = base64_decode((*attributes)[1].value);
    std::optional<int> iterations = parse_positive((*attributes)[2].value);
    if (!salt || salt->empty() || !iterations) return std::nullopt;
    ServerFirst first{std::string((*attributes)[0].value), std::move(*salt), *iterations, {}};
    for (const Attribute& extension : std::span(*attributes).subspan(3)) {
        if (extension.name == 'm') return std::nullopt;  // mandatory, and we do not know it
        if (extension.name == 'h') first.offer_hash = std::string(extension.value);
    }
    return first;
}

std::optional<ServerFinal> parse_server_final(std::string_view text) {
    auto attributes = parse_attributes(text);
    if (!attributes) return std::nullopt;
    const Attribute& first = attributes->front();
    if (first.name == 'e') return ServerFinal{"", std::string(first.value)};
    Result<std::string> signature = base64_decode(first.value);
    if (first.name != 'v' || !signature) return std::nullopt;
    return ServerFinal{std::move(*signature), ""};
}

std::string encode_name(std::string_view name) {
    std::string out;
    for (char c : name) {
        if (c == ',') {
            out += "=2C";
        } else if (c == '=') {
            out += "=3D";
        } else {
            out += c;
        }
    }
    return out;
}

std::optional<std::string> decode_name(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        std::string_view code = text.substr(i + 1, 2);
        if (code != "2C" && code != "3D") return std::nullopt;
        out += code == "2C" ? ',' : '=';
        i += 2;
    }
    return out;
}

std::string hash_of_offer(
    Hash hash, std::vector<std::string> mechanisms, std::vector<std::string> bindings
) {
    std::string text = join(mechanisms);
    if (!bindings.empty()) text += '\x1f' + join(bindings);
    return base64_encode(digest(hash, text));
}

bool offers_binding(std::span<const std::string> mechanisms) {
    return std::any_of(mechanisms.begin(), mechanisms.end(), [](std::string_view name) {
        return name.ends_with("-PLUS");
    });
}

std::string_view binding_data(const Binding& binding, std::string_view type) {
    if (type == tls_exporter) return binding.exporter;
    if (type == tls_end_point) return binding.end_point;
    if (type == tls_unique) return binding.finished;
    return {};
}

std::string_view choose_binding(const Binding& binding, std::span<const std::string> announced) {
    for (const std::string_view type : {tls_exporter, tls_unique, tls_end_point}) {
        const bool is_meant =
            announced.empty()
                ? type == tls_unique
                : std::find(announced.begin(), announced.end(), type) != announced.end();
        if (is_meant && !binding_data(binding, type).empty()) return type;
    }
    return {};
}

}  // namespace sallyport::xmpp::sasl
