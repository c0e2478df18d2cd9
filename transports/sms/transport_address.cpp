// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "transports/sms/segments.hpp"
#include "transports/sms/transport_impl.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

using port::Refusal;
using Kind = port::Refusal::Kind;

/// The smaller of two limits, of which either may be absent.
std::optional<std::size_t> stricter(std::optional<unsigned> a, std::optional<unsigned> b) {
    if (!a) return b;
    return b ? std::min(*a, *b) : *a;
}

std::string megabytes(std::uint64_t bytes) {
    const auto tenths = (bytes + 50'000) / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

}  // namespace

port::Capabilities SmsTransport::capabilities() const {
    port::Capabilities out;
    out.receipts = true;
    const auto lines = directory_.lines();
    out.attachments = std::any_of(lines.begin(), lines.end(), [](const auto& line) {
        return line->provider->can_send_media();
    });
    out.gateway_type = "sms";
    out.contact_type = "phone";
    return out;
}

/// Of numbers typed without a country code: that of the user's own number, else the file's.
std::string SmsTransport::region_for(const port::Account* account) const {
    if (account == nullptr || account->own_address.empty()) return config_.region;
    const std::string own = book_.region(account->own_address);
    return own == "ZZ" || own == "001" ? config_.region : own;
}

port::Answer<port::ParsedAddress> SmsTransport::parse_address(
    std::string_view local, std::string_view, const port::Account* account
) const {
    auto peer = book_.parse(local, region_for(account));
    if (!peer) return peer.error();
    port::ParsedAddress out;
    out.is_canonical = peer->text == local;
    out.replyable = peer->kind != PeerKind::sender;
    out.address = port::Address(std::move(peer->text));
    return out;
}

port::Answer<port::Address> SmsTransport::parse_prompt(
    std::string_view typed, const port::Account* account
) const {
    auto peer = book_.parse(typed, region_for(account));
    if (!peer) return peer.error();
    if (peer->kind == PeerKind::sender)
        return port::Failure(
            port::Reason::invalid_number,
            "\"" + truncate_characters(trim(typed), 40) +
                "\" is not a phone number: write it like +15551234567"
        );
    return port::Address(std::move(peer->text));
}

port::ContactInfo SmsTransport::contact(const port::Address& address) const {
    port::ContactInfo out;
    out.address = address;
    const auto kind = kind_of(address.text);
    if (kind != PeerKind::sender) out.phone = address.text;
    out.replyable = kind != PeerKind::sender;
    return out;
}

std::pair<std::string, std::string> SmsTransport::prompt() const {
    return {
        "Enter the phone number that you want to write to, with its country code (+15551234567), "
        "or a short code.",
        "Phone number"};
}

std::optional<Refusal> SmsTransport::refuse_peer(
    const std::string& to, const port::Account& account
) const {
    const auto kind = kind_of(to);
    if (kind == PeerKind::sender)
        return Refusal(
            Kind::not_acceptable,
            "\"" + truncate_characters(to, 40) +
                "\" is a sender's name, not a number: it cannot be answered."
        );
    if (kind == PeerKind::short_code &&
        (is_emergency(to, region_for(&account)) || is_emergency(to, config_.region)))
        return Refusal(
            Kind::not_allowed,
            to + " is an emergency number: dial it on a phone. Texts from here do not reach it."
        );
    if (kind != PeerKind::number || !config_.countries) return std::nullopt;
    const std::string region = book_.region(to);
    if (std::find(config_.countries->begin(), config_.countries->end(), region) !=
        config_.countries->end())
        return std::nullopt;
    const std::string where = region == "ZZ" || region == "001" ? "" : " (" + region + ")";
    return Refusal(
        Kind::not_allowed,
        "Texts to " + to + where +
            " are not allowed: the operator of this gateway has not opened that country."
    );
}

std::optional<Refusal> SmsTransport::refuse_media(
    const port::SendMessage& message, const Line* line
) const {
    if (message.attachments.empty() || line == nullptr) return std::nullopt;
    if (!line->provider->can_send_media())
        return Refusal(
            Kind::not_acceptable,
            "Pictures cannot be sent from your number; send their link as text."
        );
    const auto count = message.attachments.size();
    if (line->limits.media && count > *line->limits.media)
        return Refusal(
            Kind::not_acceptable,
            "This message has " + std::to_string(count) + " pictures; at most " +
                std::to_string(*line->limits.media) + " are sent."
        );
    std::uint64_t bytes = 0;
    for (const auto& one : message.attachments) bytes += one.size_bytes;
    if (line->limits.media_size_bytes && bytes > *line->limits.media_size_bytes)
        return Refusal(
            Kind::not_acceptable,
            "This picture message has " + megabytes(bytes) + "; at most " +
                megabytes(*line->limits.media_size_bytes) + " are sent."
        );
    return std::nullopt;
}

std::optional<Refusal> SmsTransport::refuse(
    const port::SendMessage& message, const port::Account& account
) const {
    if (auto refusal = refuse_peer(message.to.text, account)) return refusal;
    if (message.text.empty() && message.attachments.empty())
        return Refusal(Kind::not_acceptable, "There is nothing to send.");
    const auto* number = directory_.find(account.own_address);
    const Line* line = number != nullptr ? number->line.get() : nullptr;
    if (auto refusal = refuse_media(message, line)) return refusal;
    const auto segments =
        stricter(config_.limits.segments, line != nullptr ? line->limits.segments : std::nullopt);
    const auto characters =
        line != nullptr ? stricter(line->limits.text, std::nullopt) : std::nullopt;
    if (auto why = too_long(message.text, segments, characters))
        return Refusal(Kind::not_acceptable, *std::move(why));
    return std::nullopt;
}

}  // namespace sallyport::sms
