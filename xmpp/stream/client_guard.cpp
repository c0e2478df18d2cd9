// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/client_guard.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

// What only our own account may say: any payload of this name and namespace ("" = any name).
struct Right {
    StanzaKind kind;
    std::string_view name;
    std::string_view ns;
};
constexpr std::size_t most_queries = 100;

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

bool may_say(const Stanza& stanza, const Jid& own, const ArchiveQueries& asked) {
    if (!is_request_or_message(stanza) || is_own_account(stanza.from(), own)) return true;
    for (const Right& right : rights) {
        if (right.kind != stanza.kind() || !stanza.element().child(right.name, right.ns)) continue;
        if (right.ns != ns::archive || !asked.cover(stanza)) return false;
    }
    return true;
}

void ArchiveQueries::begin(const Stanza& sent) {
    const Element* query = sent.element().child("query", ns::archive);
    if (sent.kind() != StanzaKind::iq || !query) return;
    if (all_.size() == most_queries) all_.pop_front();
    std::string query_id(query->attribute("queryid").value_or(""));
    all_.push_back({sent.to(), std::string(sent.id()), std::move(query_id)});
}

void ArchiveQueries::end(const Stanza& received, const Jid& own) {
    std::erase_if(all_, [&](const Query& one) {
        return one.id == received.id() && answers(received, one.asked, own);
    });
}

bool ArchiveQueries::cover(const Stanza& message) const {
    const Element* result = message.element().child("result", ns::archive);
    return result && std::any_of(all_.begin(), all_.end(), [&](const Query& one) {
               return one.asked == message.from() &&
                      one.query_id == result->attribute("queryid").value_or("");
           });
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
