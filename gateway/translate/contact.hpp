// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/port/transport.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza_error.hpp"
#include "xmpp/xep/vcard.hpp"

namespace sallyport::translate {

/// Why something is no address of this network, in the transport's words (gateway.md §2.5a).
xmpp::StanzaError address_error(const port::Failure& failure);
/// Why a registration was not granted (gateway.md §2.3).
xmpp::StanzaError registration_error(const port::Failure& failure);
/// <gone/>: this contact has another address (RFC 6120 §8.3.3.5).
xmpp::StanzaError gone_to(const xmpp::Jid& canonical);

/// What a person reads: the contact's name, or its address.
std::string display_name(const port::ContactInfo& contact);
xmpp::VCard to_vcard(const port::ContactInfo& contact);

}  // namespace sallyport::translate
