// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "xmpp/core/element.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/stanza_error.hpp"

namespace sallyport::xmpp {

/// XEP-0191: the addresses of a <block/>, <unblock/> or <blocklist/>. Errors: jid-malformed,
/// bad-request.
boost::system::result<std::vector<Jid>, StanzaError> parse_blocked(const Element& list);
/// name: "block", "unblock" or "blocklist".
Element build_blocked(std::string_view name, const std::vector<Jid>& jids);
/// The answer to a stanza for somebody whom its sender has blocked (§3.3).
StanzaError blocked_error();
/// §5: user@domain/resource, user@domain, domain/resource, or domain with all within.
bool matches_blocked(const Jid& pattern, const Jid& jid);

}  // namespace sallyport::xmpp
