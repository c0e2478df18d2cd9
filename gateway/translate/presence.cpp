// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/presence.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/disco.hpp"
#include "xmpp/xep/nick.hpp"
#include "xmpp/xep/vcard.hpp"

namespace sallyport::translate {

using xmpp::Stanza;
using xmpp::StanzaType;

Stanza build_available(const ShownPresence& shown) {
    Stanza made = build_presence(StanzaType::available, shown.from, shown.to);
    if (!shown.status.empty())
        made.element().add("status", xmpp::ns::client).add_text(shown.status);
    if (!shown.caps.empty()) made.element().add(xmpp::build_caps(caps_node, shown.caps));
    if (!shown.nick.empty()) made.element().add(xmpp::build_nick(shown.nick));
    made.element().add(xmpp::build_vcard_update(""));
    return made;
}

Stanza build_presence(
    StanzaType type, const xmpp::Jid& from, const xmpp::Jid& to, std::string_view nick
) {
    Stanza made = Stanza::presence(type, from, to);
    if (!nick.empty()) made.element().add(xmpp::build_nick(nick));
    return made;
}

}  // namespace sallyport::translate
