// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/phone_alias.hpp"

#include <algorithm>

#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

constexpr std::string_view cheogram_suffix = "phone-context.soprani.ca";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view cut_scheme(std::string_view typed, bool& had_scheme) {
    for (const std::string_view scheme : {"tel:", "sms:", "smsto:", "mms:", "mmsto:"}) {
        if (typed.size() > scheme.size() && iequals_ascii(typed.substr(0, scheme.size()), scheme)) {
            had_scheme = true;
            typed.remove_prefix(scheme.size());
            if (typed.starts_with("//")) typed.remove_prefix(2);
            return typed;
        }
    }
    return typed;
}

std::string find_context(std::string_view parameters) {
    constexpr std::string_view key = "phone-context=";
    while (!parameters.empty()) {
        const auto end = std::min(parameters.find(';'), parameters.size());
        const std::string_view one = parameters.substr(0, end);
        if (one.size() > key.size() && iequals_ascii(one.substr(0, key.size()), key)) {
            return lower_ascii(one.substr(key.size()));
        }
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
    }
    return {};
}

/// Characters an alphabetic sender may have (sms.md §3.2), as the codes of Cheogram's spelling.
bool is_sender_code(int code) {
    const int c = code + 30;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '&' || c == '.' || c == '-' || c == '_';
}

bool decode_from(std::string_view digits, std::size_t at, std::string& out) {
    if (at == digits.size()) return true;
    for (const std::size_t width : {2U, 1U}) {
        if (at + width > digits.size() || out.size() >= 11) continue;
        int code = 0;
        for (std::size_t i = 0; i < width; ++i) code = code * 10 + (digits[at + i] - '0');
        if (!is_sender_code(code)) continue;
        out.push_back(static_cast<char>(code + 30));
        if (decode_from(digits, at + width, out)) return true;
        out.pop_back();
    }
    return false;
}

}  // namespace

Alias strip_uri(std::string_view typed) {
    bool had_scheme = false;
    std::string_view rest = cut_scheme(typed, had_scheme);
    if (had_scheme) rest = rest.substr(0, rest.find('?'));
    const auto semicolon = rest.find(';');
    Alias alias;
    alias.text = std::string(trim(rest.substr(0, semicolon)));
    if (semicolon != std::string_view::npos)
        alias.context = find_context(rest.substr(semicolon + 1));
    if (had_scheme) {
        if (auto decoded = percent_decode(alias.text)) alias.text = *std::move(decoded);
    }
    return alias;
}

std::optional<std::string> decode_cheogram_sender(std::string_view digits) {
    std::string out;
    if (digits.empty() || digits.size() > 22 ||
        !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    if (!decode_from(digits, 0, out)) return std::nullopt;
    return out;
}

std::optional<Peer> resolve_context(Alias& alias) {
    if (alias.context.starts_with('+')) {  // RFC 3966 §5.1.5: a global prefix
        if (!alias.text.starts_with('+')) alias.text = alias.context + alias.text;
        return std::nullopt;
    }
    if (!alias.context.ends_with(cheogram_suffix)) return std::nullopt;
    if (alias.context.starts_with("anonymous.")) return Peer("anonymous", PeerKind::sender);
    if (alias.context.starts_with("alphanumeric.")) {
        const auto name = decode_cheogram_sender(alias.text);
        const bool has_letter =
            name && std::any_of(name->begin(), name->end(), [](char c) { return c >= 'A'; });
        if (!has_letter) return std::nullopt;  // digits would read as a number
        return Peer(std::string(trim(*name)), PeerKind::sender);
    }
    const bool is_code = alias.text.size() >= 3 && alias.text.size() <= 8 &&
                         std::all_of(alias.text.begin(), alias.text.end(), is_digit);
    return is_code ? std::optional(Peer(alias.text, PeerKind::short_code)) : std::nullopt;
}

}  // namespace sallyport::sms
