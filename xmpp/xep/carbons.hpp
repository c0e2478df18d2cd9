// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "xmpp/core/element.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::xmpp {

/// XEP-0297: a stanza inside another, with the time when it was received.
Element build_forwarded(
    const Element& stanza,
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> stamp = std::nullopt
);
/// The first forwarded stanza, or null.
const Element* find_forwarded(const Element& parent);

/// XEP-0280 message carbons.
enum class CarbonDirection { sent, received };
/// The copy for one more resource of the account: of the original's type, from the account itself.
Stanza build_carbon(
    const Stanza& original, CarbonDirection direction, const Jid& account, const Jid& to
);
/// It claims to be a copy: such a message is never copied or kept.
bool is_carbon(const Element& message);
/// The sender asks for no copies (§6.3: <private/>; XEP-0334: no-copy).
bool forbids_carbons(const Element& message);
/// §6.1, the rules that urn:xmpp:carbons:rules:0 announces. For error messages: as far as they can
/// be judged without the message they answer.
bool is_eligible_for_carbons(const Stanza& message, CarbonDirection direction);

}  // namespace sallyport::xmpp
