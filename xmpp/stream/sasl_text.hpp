// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::xmpp {

/// RFC 6120 §6.4: base64 as it stands in an element, white space and "=" for nothing included;
/// nothing when it is none.
std::optional<std::string> decode_sasl(std::string_view text);

}  // namespace sallyport::xmpp
