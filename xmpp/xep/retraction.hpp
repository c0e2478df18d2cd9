// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0424 in its current and its former form (fastened), and XEP-0444.
/// The id of the message that is taken back; "" when the form is one we do not know, nothing when
/// it is no retraction.
std::optional<std::string> retracted_id(const Element& message);
Element build_retraction(std::string_view id);

struct Reactions {
    std::string id;                   ///< of the message reacted to
    std::vector<std::string> emojis;  ///< the whole set from now on; empty = none any more
};
std::optional<Reactions> parse_reactions(const Element& message);
Element build_reactions(const Reactions& reactions);

}  // namespace sallyport::xmpp
