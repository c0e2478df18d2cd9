// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/client_guard.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

// What only our own account may say: any payload of this name and namespace ("" = any name).
struct Right {
    StanzaKind kind;
    std::string_view name;
    std::string_view ns;
};
constexpr std::array<Right, 6> rights{{
    {StanzaKind::iq, "query", ns::roster},
    {StanzaKind::iq, "block", ns::blocking},
    {StanzaKind::iq, "unblock", ns::blocking},
    {StanzaKind::message, "received", ns::carbons},
    {StanzaKind::message, "sent", ns::carbons},
    {StanzaKind::message, "result", ns::archive},
}};

bool is_request_or_message(const Stanza& stanza) {
    return stanza.kind() != StanzaKind::iq || stanza.type() == StanzaType::set ||
           stanza.type() == StanzaType::get;
}

bool is_own_account(const Jid& from, const Jid& own) {
    return from.is_empty() || (from.is_bare() && from.str() == own.bare_view());
}

}  // namespace

bool may_say(const Stanza& stanza, const Jid& own) {
    if (!is_request_or_message(stanza) || is_own_account(stanza.from(), own)) return true;
    for (const Right& right : rights)
        if (right.kind == stanza.kind() && stanza.element().child(right.name, right.ns))
            return false;
    return true;
}

bool answers(const Stanza& answer, const Jid& asked, const Jid& own) {
    if (answer.kind() != StanzaKind::iq) return false;
    if (answer.type() != StanzaType::result && answer.type() != StanzaType::error) return false;
    const Jid& from = answer.from();
    if (from == asked) return true;
    bool asked_own = asked.is_empty() || asked.str() == own.bare_view() ||
                     (asked.is_domain() && asked.domain() == own.domain());
    if (!asked_own) return false;
    return is_own_account(from, own) || from == own ||
           (from.is_domain() && from.domain() == own.domain());
}

}  // namespace sallyport::xmpp
