// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/address.hpp"

namespace sallyport::translate {

xmpp::Jid to_jid(
    const port::Transport& transport, const port::Address& address, const xmpp::Jid& domain
) {
    auto jid =
        xmpp::Jid::from_parts(xmpp::escape_local(transport.format(address)), domain.domain());
    return jid ? *std::move(jid) : domain;
}

port::Answer<port::ParsedAddress> to_address(
    const port::Transport& transport, const xmpp::Jid& contact, const port::Account* account
) {
    return transport.parse_address(
        xmpp::unescape_local(contact.local()), contact.resource(), account
    );
}

}  // namespace sallyport::translate
