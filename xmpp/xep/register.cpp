// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/register.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/oob.hpp"

namespace sallyport::xmpp {

std::optional<std::string_view> Registration::value(std::string_view name) const {
    if (form)
        if (auto found = form->value(name)) return found;
    for (const auto& [field, text] : fields)
        if (field == name) return text;
    return std::nullopt;
}

Element build_registration(const Registration& registration) {
    Element query("query", ns::reg);
    if (registration.remove) query.add("remove", ns::reg);
    if (registration.registered) query.add("registered", ns::reg);
    if (!registration.instructions.empty())
        query.add("instructions", ns::reg).add_text(registration.instructions);
    for (const auto& [name, text] : registration.fields) query.add(name, ns::reg).add_text(text);
    if (registration.form) query.add(build_form(*registration.form));
    if (!registration.oob_url.empty()) query.add(build_oob(registration.oob_url));
    return query;
}

Registration parse_registration(const Element& query) {
    Registration registration;
    registration.form = find_form(query);
    query.for_each([&](const Element& child) {
        if (child.ns() != ns::reg) return;
        if (child.name() == "remove")
            registration.remove = true;
        else if (child.name() == "registered")
            registration.registered = true;
        else if (child.name() == "instructions")
            registration.instructions = child.text();
        else
            registration.fields.emplace_back(child.name(), child.text());
    });
    if (auto links = parse_oob(query); !links.empty())
        registration.oob_url = std::move(links.front().url);
    return registration;
}

}  // namespace sallyport::xmpp
