// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/blocking.hpp"

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {

boost::system::result<std::vector<Jid>, StanzaError> parse_blocked(const Element& list) {
    std::vector<Jid> jids;
    std::optional<StanzaError> wrong;
    list.for_each([&](const Element& item) {
        if (!item.is("item", ns::blocking)) return;
        const auto text = item.attribute("jid");
        if (!text) {
            wrong = StanzaError(Condition::bad_request);
            return;
        }
        auto jid = Jid::parse(*text);
        if (!jid) {
            wrong = StanzaError(Condition::jid_malformed);
            return;
        }
        jids.push_back(std::move(*jid));
    });
    if (wrong) return *wrong;
    return jids;
}

Element build_blocked(std::string_view name, const std::vector<Jid>& jids) {
    Element list(name, ns::blocking);
    for (const Jid& jid : jids) list.add("item", ns::blocking).set("jid", jid.str());
    return list;
}

StanzaError blocked_error() {
    StanzaError error(Condition::not_acceptable, ErrorType::cancel, {});
    error.extra = Element("blocked", ns::blocking_errors);
    return error;
}

bool matches_blocked(const Jid& pattern, const Jid& jid) {
    if (pattern.domain() != jid.domain()) return false;
    if (pattern.is_domain()) return true;
    if (pattern.local() != jid.local()) return false;
    return pattern.is_bare() || pattern.resource() == jid.resource();
}

}  // namespace sallyport::xmpp
