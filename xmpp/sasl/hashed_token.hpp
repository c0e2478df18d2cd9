// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport::xmpp::sasl {

/// HMAC-SHA-256(token, who || binding), `who` being "Initiator" or "Responder": what both sides of
/// HT-SHA-256-* show instead of the token (XEP-0484, draft-schmaus-kitten-sasl-ht).
std::string hashed_token(std::string_view token, std::string_view who, std::string_view binding);

}  // namespace sallyport::xmpp::sasl
