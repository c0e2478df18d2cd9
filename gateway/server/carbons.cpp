// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/carbons.hpp"

#include <algorithm>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/ids.hpp"

namespace sallyport::server {
namespace {

using xmpp::CarbonDirection;
using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaError;

Handled set_wish(Request& request) {
    const std::string_view word = request.payload().name();
    if (request.session == nullptr) return StanzaError(Condition::not_allowed);
    if (word != "enable" && word != "disable") return StanzaError(Condition::bad_request);
    request.session->wants_carbons = word == "enable";
    request.answer();
    return {};
}

void copy_to(Session& session, const Stanza& original, CarbonDirection direction) {
    session.deliver(
        xmpp::build_carbon(original, direction, session.account().bare(), session.full())
    );
}

bool is_own(const AccountState& account, const xmpp::Jid& jid) {
    return jid.bare_view() == account.bare().str();
}

}  // namespace

std::vector<Row> Carbons::rows() {
    return {
        {Addressee::own, xmpp::StanzaType::set, xmpp::ns::carbons, set_wish},
        {Addressee::server, xmpp::StanzaType::set, xmpp::ns::carbons, set_wish},
    };
}

std::vector<std::pair<Addressee, std::string_view>> Carbons::features() const {
    return {
        {Addressee::server, xmpp::ns::carbons},
        {Addressee::server, xmpp::ns::carbons_rules},
    };
}

Verdict Carbons::on_outgoing(Session& session, Stanza& stanza, Author) {
    if (stanza.kind() != xmpp::StanzaKind::message) return Verdict::go_on;
    AccountState& account = session.account();
    // What goes to oneself is copied when it is delivered.
    if (account.sessions().size() > 1 && !is_own(account, stanza.to()) &&
        xmpp::is_eligible_for_carbons(stanza, CarbonDirection::sent)) {
        for (Session* other : account.sessions())
            if (other != &session && other->wants_carbons)
                copy_to(*other, stanza, CarbonDirection::sent);
    }
    xmpp::strip_stanza_ids(stanza.element(), account.bare().str());
    return Verdict::go_on;
}

/// Copies are made here: what comes from elsewhere and looks like one is an attempt to speak in
/// another's name (CVE-2017-5589 and its kin).
Verdict Carbons::on_incoming(AccountState& account, Stanza& stanza) {
    if (stanza.kind() != xmpp::StanzaKind::message || is_own(account, stanza.from()) ||
        !xmpp::is_carbon(stanza.element()))
        return Verdict::go_on;
    std::erase_if(stanza.element().nodes(), [](const Element::Node& node) {
        const auto* child = std::get_if<Element>(&node);
        return child && child->ns() == xmpp::ns::carbons && child->name() != "private";
    });
    return Verdict::go_on;
}

void Carbons::on_delivered(
    AccountState& account, const Stanza& stanza, std::vector<Session*>& takers
) {
    if (account.sessions().size() <= takers.size() ||
        !xmpp::is_eligible_for_carbons(stanza, CarbonDirection::received))
        return;
    for (Session* other : account.sessions()) {
        const bool has_it = std::find(takers.begin(), takers.end(), other) != takers.end() ||
                            other->full() == stanza.from();
        if (!other->wants_carbons || has_it) continue;
        copy_to(*other, stanza, CarbonDirection::received);
        takers.push_back(other);
    }
}

}  // namespace sallyport::server
