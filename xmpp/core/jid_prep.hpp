// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

/// The long way of normalising the parts of a JID, for anything but plain ASCII.
///
/// Hosts compare by the stringprep profiles of RFC 3920, so the result is theirs (unassigned code
/// points allowed, since both sides may know a newer Unicode than 3.2); what PRECIS (RFC 7622, RFC
/// 8264) disallows is refused on top. The result is a fixed point: preparing it again gives it
/// again. Errors: a word for the log, without the text itself.
namespace sallyport::xmpp {

Result<std::string> prepare_local(std::string_view text);  ///< nodeprep, then IdentifierClass
Result<std::string> prepare_domain(std::string_view text
);  ///< UTS #46 non-transitional, to U-labels
Result<std::string> domain_to_ascii(std::string_view domain
);  ///< a prepared one, as DNS, SNI and certificates spell it: A-labels
Result<std::string> prepare_resource(std::string_view text);  ///< resourceprep, then FreeformClass

}  // namespace sallyport::xmpp
