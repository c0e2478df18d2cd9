// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/delay.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::xmpp {

Element build_delay(
    std::chrono::sys_time<std::chrono::milliseconds> stamp,
    std::string_view from,
    std::string_view reason
) {
    Element delay("delay", ns::delay);
    if (!from.empty()) delay.set("from", from);
    delay.set("stamp", build_datetime(stamp));
    delay.add_text(reason);
    return delay;
}

std::optional<Delay> parse_delay(const Element& stanza) {
    std::optional<Delay> found;
    stanza.for_each([&](const Element& child) {
        if (found || !child.is("delay", ns::delay)) return;
        if (auto stamp = parse_datetime(child.attribute("stamp").value_or("")))
            found = Delay{*stamp, std::string(child.attribute("from").value_or("")), child.text()};
    });
    return found;
}

}  // namespace sallyport::xmpp
