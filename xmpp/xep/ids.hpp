// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0359. An origin-id is what the sender says; a stanza-id is only worth what its `by` is.
std::optional<std::string> origin_id(const Element& message);
Element build_origin_id(std::string_view id);
/// The stanza-id that was given by `by`, a bare JID in normal form.
std::optional<std::string> stanza_id(const Element& message, std::string_view by);
Element build_stanza_id(std::string_view id, std::string_view by);
/// Removes every stanza-id that claims to be by `by`: before ours is added, none may speak in our
/// name.
void strip_stanza_ids(Element& message, std::string_view by);

}  // namespace sallyport::xmpp
