// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/hints.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {
constexpr std::array<std::string_view, 4> words{
    "no-permanent-store", "no-store", "no-copy", "store"};
std::string_view word(Hint hint) {
    return words[static_cast<std::size_t>(hint)];
}
}  // namespace

bool has_hint(const Element& message, Hint hint) {
    return message.child(word(hint), ns::hints) != nullptr;
}

Element build_hint(Hint hint) {
    return Element(word(hint), ns::hints);
}

}  // namespace sallyport::xmpp
