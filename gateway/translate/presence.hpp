// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::translate {

/// Names this program in entity capabilities (XEP-0115 §4).
inline constexpr std::string_view caps_node = "urn:sallyport:gateway";

/// How the gateway or a contact shows itself. Empty strings leave their element out.
struct ShownPresence {
    xmpp::Jid from;
    xmpp::Jid to;
    std::string caps;    ///< hash of the disco#info answer (XEP-0115, sha-1)
    std::string nick;    ///< XEP-0172
    std::string status;  ///< for people
};

/// Available, with caps, nick and the news that there is no picture (XEP-0153 §4.1).
xmpp::Stanza build_available(const ShownPresence& shown);
/// A presence of another type; `subscribe` carries the nick.
xmpp::Stanza build_presence(
    xmpp::StanzaType type, const xmpp::Jid& from, const xmpp::Jid& to, std::string_view nick = {}
);

}  // namespace sallyport::translate
