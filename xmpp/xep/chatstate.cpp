// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/chatstate.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {
constexpr std::array<std::string_view, 5> words{
    "active", "composing", "paused", "inactive", "gone"};
}

std::optional<ChatState> parse_chat_state(const Element& message) {
    const Element* state = message.child_of(ns::chat_states);
    for (std::size_t i = 0; state && i < words.size(); ++i)
        if (words[i] == state->name()) return static_cast<ChatState>(i);
    return std::nullopt;
}

Element build_chat_state(ChatState state) {
    return Element(words[static_cast<std::size_t>(state)], ns::chat_states);
}

}  // namespace sallyport::xmpp
