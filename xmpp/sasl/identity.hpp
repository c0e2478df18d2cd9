// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::xmpp::sasl {

/// A user name as it came over the wire, as a normalised localpart; nothing when it cannot be one.
std::optional<std::string> normal_user(std::string_view user, std::string_view domain);
/// The localpart of a bare JID at this domain; nothing when it is no such thing.
std::optional<std::string> local_user(std::string_view jid, std::string_view domain);

/// What an answer about `asked` (or about anybody, when empty) comes to: a Granted for somebody
/// else than was asked about is a refusal.
ServerStep conclude(const Answer& answer, std::string_view asked, std::string_view authzid);

}  // namespace sallyport::xmpp::sasl
