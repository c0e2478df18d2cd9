// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::xmpp::sasl {

/// A user name as it came over the wire, as a normalised localpart; nothing when it cannot be one.
std::optional<std::string> normal_user(std::string_view user, std::string_view domain);
/// The localpart of a bare JID at this domain; nothing when it is no such thing.
std::optional<std::string> local_user(std::string_view jid, std::string_view domain);

/// Which of the accounts that a client's certificate stands for is meant (XEP-0178 §2 step 11):
/// the one that `authzid` names, or without an authzid the only one. Nothing: invalid-authzid.
std::optional<std::string> certified_user(
    std::string_view authzid, const std::vector<std::string>& certified, std::string_view domain
);

/// What an answer about `asked` (or about anybody, when empty) comes to: a Granted for somebody
/// else than was asked about is a refusal.
ServerStep conclude(const Answer& answer, std::string_view asked, std::string_view authzid);

}  // namespace sallyport::xmpp::sasl
