// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// Whether a message's words are in an encrypted part that we cannot read, whatever its body says:
/// clients put an excuse there ("I sent you an OMEMO encrypted message"). XEP-0380, and the
/// namespaces of XEP-0384, XEP-0373 and XEP-0027.
bool is_encrypted(const Element& message);
/// How a person calls the method: "OMEMO", "OpenPGP", or what the sender says. Nothing when not
/// encrypted.
std::optional<std::string> encryption_name(const Element& message);

}  // namespace sallyport::xmpp
