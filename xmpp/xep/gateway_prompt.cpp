// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/gateway_prompt.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {

Element build_prompt(std::string_view description, std::string_view prompt) {
    Element query("query", ns::gateway);
    if (!description.empty()) query.add("desc", ns::gateway).add_text(description);
    query.add("prompt", ns::gateway).add_text(prompt);
    return query;
}

std::optional<std::string> parse_prompt(const Element& query) {
    return query.child_text("prompt", ns::gateway);
}

Element build_prompt_jid(std::string_view jid) {
    Element query("query", ns::gateway);
    query.add("jid", ns::gateway).add_text(jid);
    return query;
}

}  // namespace sallyport::xmpp
