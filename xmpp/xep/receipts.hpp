// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0184 receipts and the one marker of XEP-0333 that says something of its own.
bool wants_receipt(const Element& message);
/// The id of the message whose arrival is confirmed; an empty one counts as absent.
std::optional<std::string> received_id(const Element& message);
Element build_receipt_request();
Element build_received(std::string_view id);

bool is_markable(const Element& message);
/// The id of the message up to which all was read.
std::optional<std::string> displayed_id(const Element& message);
Element build_markable();
Element build_displayed(std::string_view id);

}  // namespace sallyport::xmpp
