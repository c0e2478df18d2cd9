// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/port/failure.hpp"
#include "gateway/port/transport.hpp"

namespace sallyport::sms {

enum class PeerKind {
    number,      ///< "+15551234567"
    short_code,  ///< "12345": 3 to 8 digits, meaningful inside one country
    sender       ///< "Acme Bank": shown to people, cannot be answered
};

/// Somebody at the other end of a text, in canonical spelling.
struct Peer {
    std::string text;
    PeerKind kind = PeerKind::number;

    Peer() = default;
    Peer(std::string t, PeerKind k) : text(std::move(t)), kind(k) {}
};

/// Reads what a person typed or a client put into a localpart: "+1 555 123-4567", "5551234567" in
/// `region` (ISO 3166, "ZZ" = none), "12345", a tel: or sms: URI, "12345;phone-context=…", "Acme
/// Bank". A number needs to be *possible*, not known as valid, for metadata ages. The failure's
/// text says what to write instead.
port::Answer<Peer> parse_peer(std::string_view typed, std::string_view region);

/// Reads a sender or recipient as a provider spells it, with or without "+". Never fails: what is
/// no number is a sender.
Peer read_provider_peer(std::string_view text, std::string_view region);

/// What a canonical spelling is.
PeerKind kind_of(std::string_view canonical);

/// ISO 3166 region of "+E164"; a number of no known range counts as its calling code's main region,
/// "ZZ" when there is none.
std::string region_of(std::string_view e164);

/// True for numbers that connect to emergency services in `region`, and for 112 and 911 everywhere
/// (3GPP TS 22.101 §10.1).
bool is_emergency(std::string_view canonical, std::string_view region);

}  // namespace sallyport::sms
