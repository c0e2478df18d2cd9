// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/port/failure.hpp"
#include "gateway/port/transport.hpp"
#include "xmpp/core/stanza_error.hpp"

namespace sallyport::translate {

/// The table Reason -> stanza error (gateway.md §2.7, providers.md): what a client is told when a
/// message failed.
xmpp::StanzaError to_error(const port::Failure& failure);
/// The same for a refusal before anything was stored.
xmpp::StanzaError to_error(const port::Refusal& refusal);
/// "the number is not in service (21211: Invalid 'To' Phone Number)": sentence and the network's
/// own words.
std::string explain(port::Reason reason, std::string_view text);

}  // namespace sallyport::translate
