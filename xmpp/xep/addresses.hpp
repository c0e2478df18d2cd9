// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0033 extended addresses.
struct ExtendedAddress {
    std::string type;  ///< "to", "cc", "bcc", "replyto", "replyroom", "noreply", "ofrom"
    std::string jid;
    std::string uri;
    std::string description;
    bool delivered = false;
};
/// Those with a type; empty when the stanza has none.
std::vector<ExtendedAddress> parse_addresses(const Element& stanza);
Element build_addresses(const std::vector<ExtendedAddress>& addresses);

}  // namespace sallyport::xmpp
