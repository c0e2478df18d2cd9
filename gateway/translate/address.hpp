// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/port/transport.hpp"
#include "xmpp/core/jid.hpp"

namespace sallyport::translate {

/// The bare JID of a legacy address on this domain: the transport's canonical text, escaped by
/// XEP-0106. An address that cannot be a localpart (longer than 1023 bytes) gives the domain
/// itself.
xmpp::Jid to_jid(
    const port::Transport& transport, const port::Address& address, const xmpp::Jid& domain
);

/// What a contact JID stands for, seen by this user (null account = unregistered).
port::Answer<port::ParsedAddress> to_address(
    const port::Transport& transport, const xmpp::Jid& contact, const port::Account* account
);

}  // namespace sallyport::translate
