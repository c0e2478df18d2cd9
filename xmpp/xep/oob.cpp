// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/oob.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {

Element build_oob(std::string_view url, std::string_view description) {
    Element x("x", ns::oob);
    x.add("url", ns::oob).add_text(url);
    if (!description.empty()) x.add("desc", ns::oob).add_text(description);
    return x;
}

std::vector<OobData> parse_oob(const Element& message) {
    std::vector<OobData> found;
    message.for_each([&](const Element& child) {
        if (!child.is("x", ns::oob)) return;
        std::string url(trim(child.child_text("url", ns::oob).value_or("")));
        if (!url.empty())
            found.push_back({std::move(url), child.child_text("desc", ns::oob).value_or("")});
    });
    return found;
}

}  // namespace sallyport::xmpp
