// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/presence.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::translate {

using xmpp::Stanza;
using xmpp::StanzaType;

Stanza build_available(const ShownPresence& shown) {
    Stanza made = build_presence(StanzaType::available, shown.from, shown.to);
    if (!shown.status.empty()) made.element().add("status", xmpp::ns::client).add_text(shown.status);
    if (!shown.caps.empty()) {
        auto& c = made.element().add("c", xmpp::ns::caps);
        c.set("hash", "sha-1").set("node", caps_node).set("ver", shown.caps);
    }
    if (!shown.nick.empty()) made.element().add("nick", xmpp::ns::nick).add_text(shown.nick);
    made.element().add("x", xmpp::ns::vcard_update).add("photo", xmpp::ns::vcard_update);
    return made;
}

Stanza build_presence(StanzaType type, const xmpp::Jid& from, const xmpp::Jid& to, std::string_view nick) {
    Stanza made = Stanza::presence(type, from, to);
    if (!nick.empty()) made.element().add("nick", xmpp::ns::nick).add_text(nick);
    return made;
}

}  // namespace sallyport::translate
