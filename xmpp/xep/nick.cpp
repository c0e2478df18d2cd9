// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/nick.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {

std::optional<std::string> parse_nick(const Element& stanza) {
    std::string nick(trim(stanza.child_text("nick", ns::nick).value_or("")));
    if (nick.empty()) return std::nullopt;
    return nick;
}

Element build_nick(std::string_view nick) {
    Element element("nick", ns::nick);
    element.add_text(nick);
    return element;
}

}  // namespace sallyport::xmpp
