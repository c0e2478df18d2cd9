// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/encryption.hpp"

#include <array>
#include <string_view>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {
struct Method {
    std::string_view ns;
    std::string_view name;
};
constexpr std::array<Method, 4> methods{{
    {ns::omemo_legacy, "OMEMO"},
    {ns::omemo, "OMEMO"},
    {ns::openpgp_legacy, "OpenPGP"},
    {ns::openpgp, "OpenPGP"},
}};

// What XEP-0380 announces: a method that we know, or the name that the sender gives it.
std::string announced(const Element& encryption) {
    std::string_view ns = encryption.attribute("namespace").value_or("");
    for (const Method& method : methods)
        if (method.ns == ns) return std::string(method.name);
    return std::string(encryption.attribute("name").value_or("end-to-end encryption"));
}
}  // namespace

std::optional<std::string> encryption_name(const Element& message) {
    for (const Method& method : methods)
        if (message.child_of(method.ns)) return std::string(method.name);
    if (const Element* encryption = message.child("encryption", ns::eme))
        return announced(*encryption);
    auto body = message.child_text("body", ns::client);
    if (body && body->starts_with("?OTR")) return "OTR";
    return std::nullopt;
}

bool is_encrypted(const Element& message) {
    return encryption_name(message).has_value();
}

}  // namespace sallyport::xmpp
