// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/delay.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::xmpp {

Element build_delay(std::chrono::sys_time<std::chrono::milliseconds> sent_at, std::string_view from) {
    Element delay("delay", ns::delay);
    delay.set("from", from).set("stamp", build_datetime(sent_at));
    return delay;
}

}  // namespace sallyport::xmpp
