// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/guard.hpp"

#include "xmpp/core/digest.hpp"

namespace sallyport::core {

std::string duplicate_guard(
    std::string_view from_bare, std::string_view to, std::string_view id, std::string_view body
) {
    std::string text;
    text.reserve(from_bare.size() + to.size() + id.size() + body.size() + 3);
    // NUL cannot occur in any of them: no two different quadruples make one text.
    text.append(from_bare)
        .append(1, '\0')
        .append(to)
        .append(1, '\0')
        .append(id)
        .append(1, '\0')
        .append(body);
    return digest(Hash::sha256, text);
}

}  // namespace sallyport::core
