// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/core/seal.hpp"
#include "gateway/port/transport.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/jid.hpp"

namespace sallyport::core {

/// A stored registration as the account that transports see. Error: credentials that this data/key
/// does not open.
Result<port::Account> account_of(const store::RegistrationRow& row, const Sealer& sealer);

/// The user of a JID, with a resource or without, as transports name them.
port::UserLabel label_of(const xmpp::Jid& user);
/// The bare JID of the account's user.
xmpp::Jid jid_of(const port::Account& account);

}  // namespace sallyport::core
