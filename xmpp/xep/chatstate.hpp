// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0085.
enum class ChatState { active, composing, paused, inactive, gone };
std::optional<ChatState> parse_chat_state(const Element& message);
Element build_chat_state(ChatState state);

}  // namespace sallyport::xmpp
