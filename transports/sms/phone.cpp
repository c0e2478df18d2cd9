// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/phone.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include "transports/sms/phone_alias.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

namespace lib = i18n::phonenumbers;
using port::Failure;
using port::Reason;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Without the separators that people put between digits (RFC 3966 §5.1.1).
std::string without_separators(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view(" -.()/\t").find(c) == std::string_view::npos) out.push_back(c);
    }
    return out;
}

Failure no_number(std::string_view typed, std::string_view why) {
    return Failure(
        Reason::invalid_number, "\"" + truncate_characters(typed, 40) + "\" " + std::string(why)
    );
}

Failure group_refused() {
    return Failure(
        Reason::not_supported, "Group texts cannot be sent yet: write to one number at a time"
    );
}

/// The spelling of Cheogram and of the alphabetic sender itself: 1 to 11 characters (3GPP TS 23.040
/// §9.1.2.5), one a letter.
bool is_sender(std::string_view text) {
    if (text.empty() || text.size() > 11) return false;
    const bool allowed = std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) ||
               std::string_view(" &.-_+").find(c) != std::string_view::npos;
    });
    return allowed && std::any_of(text.begin(), text.end(), is_letter) && text.front() != '+';
}

struct Explanation {
    lib::PhoneNumberUtil::ValidationResult result;
    std::string_view why;
};

constexpr std::array<Explanation, 6> explanations{{
    {lib::PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY,
     "lacks its area code: write the whole number, like +15551234567"},
    {lib::PhoneNumberUtil::INVALID_COUNTRY_CODE, "has an unknown country code"},
    {lib::PhoneNumberUtil::TOO_SHORT, "is too short to be a phone number"},
    {lib::PhoneNumberUtil::INVALID_LENGTH, "has a wrong number of digits to be a phone number"},
    {lib::PhoneNumberUtil::TOO_LONG, "is too long to be a phone number"},
    {lib::PhoneNumberUtil::IS_POSSIBLE, ""},
}};

std::string_view explain(lib::PhoneNumberUtil::ValidationResult result) {
    for (const auto& row : explanations) {
        if (row.result == result) return row.why;
    }
    return "is not a phone number";
}

/// REQUIRES: `text` is what remains of `typed` after its scheme and parameters.
port::Answer<Peer> parse_number(
    std::string_view typed, const std::string& text, std::string_view region
) {
    const auto* util = lib::PhoneNumberUtil::GetInstance();
    lib::PhoneNumber number;
    const auto error = util->Parse(text, std::string(region), &number);
    if (error == lib::PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR) {
        return no_number(typed, "needs its country code: write it like +15551234567");
    }
    if (error != lib::PhoneNumberUtil::NO_PARSING_ERROR) {
        return no_number(typed, "is not a phone number: write it like +15551234567");
    }
    const auto possible = util->IsPossibleNumberWithReason(number);
    if (possible != lib::PhoneNumberUtil::IS_POSSIBLE) return no_number(typed, explain(possible));
    Peer peer;
    util->Format(number, lib::PhoneNumberUtil::E164, &peer.text);
    return peer;
}

bool looks_like_number(std::string_view bare) {
    const auto digits = std::count_if(bare.begin(), bare.end(), is_digit);
    return bare.starts_with('+') || digits >= 7 ||
           std::none_of(bare.begin(), bare.end(), is_letter);
}

bool is_plain_e164(std::string_view text) {
    return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
           all_digits(text.substr(1));
}

}  // namespace

port::Answer<Peer> parse_peer(std::string_view typed, std::string_view region) {
    auto alias = strip_uri(trim(typed));
    if (alias.text.find(',') != std::string::npos) return group_refused();
    if (!alias.context.empty()) {
        if (auto peer = resolve_context(alias)) return *std::move(peer);
    }
    const std::string bare = without_separators(alias.text);
    if (bare.empty()) return no_number(typed, "is not a phone number: write it like +15551234567");
    if (all_digits(bare) && bare.size() >= 3 && bare.size() <= 6)
        return Peer(bare, PeerKind::short_code);
    if (!looks_like_number(bare)) {
        if (is_sender(alias.text)) return Peer(alias.text, PeerKind::sender);
        return no_number(typed, "is not a phone number: write it like +15551234567");
    }
    return parse_number(typed, alias.text, region);
}

Peer read_provider_peer(std::string_view text, std::string_view region) {
    const std::string_view trimmed = trim(text);
    if (is_plain_e164(trimmed)) return Peer(std::string(trimmed), PeerKind::number);
    const std::string bare = without_separators(trimmed);
    if (bare.empty()) return Peer("anonymous", PeerKind::sender);
    if (all_digits(bare)) {
        if (bare.size() >= 9) {
            if (auto peer = parse_number(bare, "+" + bare, "ZZ")) return *std::move(peer);
        }
        if (auto peer = parse_number(bare, bare, region); peer && bare.size() >= 7)
            return *std::move(peer);
        if (bare.size() >= 3 && bare.size() <= 8) return Peer(bare, PeerKind::short_code);
    }
    if (auto peer = parse_peer(trimmed, region)) return *std::move(peer);
    return Peer(truncate_characters(to_xml_text(trimmed), 64), PeerKind::sender);
}

PeerKind kind_of(std::string_view canonical) {
    if (canonical.starts_with('+') && all_digits(canonical.substr(1))) return PeerKind::number;
    return all_digits(canonical) ? PeerKind::short_code : PeerKind::sender;
}

std::string region_of(std::string_view e164) {
    const auto* util = lib::PhoneNumberUtil::GetInstance();
    lib::PhoneNumber number;
    if (util->Parse(std::string(e164), "ZZ", &number) != lib::PhoneNumberUtil::NO_PARSING_ERROR)
        return "ZZ";
    std::string region;
    util->GetRegionCodeForNumber(number, &region);
    if (region.empty() || region == "ZZ")
        util->GetRegionCodeForCountryCode(number.country_code(), &region);
    return region.empty() ? "ZZ" : region;
}

bool is_emergency(std::string_view canonical, std::string_view region) {
    if (canonical == "112" || canonical == "911") return true;
    if (canonical.starts_with('+') || !all_digits(canonical) || region == "ZZ") return false;
    static const lib::ShortNumberInfo info;
    return info.IsEmergencyNumber(std::string(canonical), std::string(region));
}

}  // namespace sallyport::sms
