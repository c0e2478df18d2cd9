// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/encryption.hpp"

#include <array>
#include <string_view>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {
constexpr std::array<std::string_view, 4> payloads{ns::omemo_legacy, ns::omemo, ns::openpgp_legacy, ns::openpgp};
}

bool is_encrypted(const Element& message) {
    for (std::string_view payload : payloads)
        if (message.child_of(payload)) return true;
    if (message.child("encryption", ns::eme)) return true;
    auto body = message.child_text("body", ns::client);
    return body && body->starts_with("?OTR");
}

}  // namespace sallyport::xmpp
