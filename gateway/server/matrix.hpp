// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "xmpp/core/stanza.hpp"

/// The delivery rules of RFC 6121 §8.5 for messages (Table 1), as a table.
namespace sallyport::server {

/// What the account has.
enum class Reach : std::uint8_t {
    no_account,
    none,          ///< no available resource
    negative,      ///< available ones, all with negative priority
    non_negative,  ///< at least one with priority >= 0
};
/// What the address names.
enum class Aim : std::uint8_t { bare, match, no_match };
/// What becomes of the message. `keep`: offline, or an error when nobody keeps it.
enum class Fate : std::uint8_t { deliver, best, all, keep, bounce, ignore };

/// REQUIRES: `type` is a message's; `aim` is not match with Reach::no_account.
Fate fate_of(Reach reach, Aim aim, xmpp::StanzaType type);

}  // namespace sallyport::server
