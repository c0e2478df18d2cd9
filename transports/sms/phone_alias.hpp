// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "transports/sms/phone.hpp"

namespace sallyport::sms {

/// A number taken out of a URI: "tel:863-1234;phone-context=+1-914-555" (RFC 3966), "sms:+1…?body="
/// (RFC 5724).
struct Alias {
    std::string text;     ///< the digits as written, without scheme and parameters
    std::string context;  ///< of phone-context, "" = none
};
Alias strip_uri(std::string_view typed);

/// What a phone-context makes of the text: a global prefix ("+1"), or one of Cheogram's domains for
/// short codes, alphabetic and anonymous senders. Nothing when it says nothing.
std::optional<Peer> resolve_context(Alias& alias);

/// Cheogram spells a sender as the decimal numbers (character − 30), run together without padding:
/// read back with backtracking, for " " and "&" have one digit and all others two.
std::optional<std::string> decode_cheogram_sender(std::string_view digits);

}  // namespace sallyport::sms
