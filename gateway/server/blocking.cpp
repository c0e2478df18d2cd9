// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/blocking.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/xep/blocking.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

constexpr std::string_view text_name = "blocklist";

bool match(const std::vector<Jid>& patterns, const Jid& jid) {
    return std::any_of(patterns.begin(), patterns.end(), [&jid](const Jid& pattern) {
        return xmpp::matches_blocked(pattern, jid);
    });
}

/// One address a line: JIDs hold no line ends.
std::string to_lines(const std::vector<Jid>& jids) {
    std::string lines;
    for (const Jid& jid : jids) lines += jid.str() + '\n';
    return lines;
}

std::vector<Jid> parse_lines(std::string_view lines) {
    std::vector<Jid> jids;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        if (auto jid = Jid::parse(lines.substr(0, end))) jids.push_back(std::move(*jid));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return jids;
}

}  // namespace

struct Blocking::Blocklist final : ServiceData {
    std::vector<Jid> jids;
};

Blocking::Blocking(Hub& hub) : hub_(hub), slot_(hub.services().make_slot()) {}

std::vector<Row> Blocking::rows() {
    const auto getter = [this](Request& request) { return tell(request); };
    const auto setter = [this](Request& request) { return change(request); };
    return {
        {Addressee::own, StanzaType::get, xmpp::ns::blocking, getter},
        {Addressee::own, StanzaType::set, xmpp::ns::blocking, setter},
        {Addressee::server, StanzaType::get, xmpp::ns::blocking, getter, xmpp::ns::blocking},
        {Addressee::server, StanzaType::set, xmpp::ns::blocking, setter},
    };
}

// ---- the wall ----

/// The account's own resources and the server that serves it are never behind the wall.
bool Blocking::is_blocked(const AccountState& account, const Jid& jid) const {
    const auto* list = account.data<Blocklist>(slot_);
    if (list == nullptr || list->jids.empty()) return false;
    if (jid.bare_view() == account.bare().str() || jid.bare_view() == hub_.domain().str())
        return false;
    return match(list->jids, jid);
}

/// §3.3: nothing is routed to who is blocked. Who tried hears it.
Verdict Blocking::on_outgoing(Session& session, Stanza& stanza, Author author) {
    if (!is_blocked(session.account(), stanza.to())) return Verdict::go_on;
    if (author == Author::client) hub_.bounce(stanza, xmpp::blocked_error());
    return Verdict::stop;
}

/// §3.3: presence is never answered, messages and questions as if nobody were there.
Verdict Blocking::on_incoming(AccountState& account, Stanza& stanza) {
    if (!is_blocked(account, stanza.from())) return Verdict::go_on;
    if (stanza.kind() != StanzaKind::presence)
        hub_.bounce(stanza, StanzaError(Condition::service_unavailable));
    return Verdict::stop;
}

std::string_view Blocking::loaded_text() const {
    return text_name;
}

void Blocking::on_load(
    AccountState& account, const store::LoadAccount::Answer& /*stored*/, std::string_view kept
) {
    if (kept.empty()) return;
    auto list = std::make_unique<Blocklist>();
    list->jids = parse_lines(kept);
    account.put_data(slot_, std::move(list));
}

// ---- the list ----

Handled Blocking::tell(Request& request) {
    if (request.payload().name() != "blocklist") return StanzaError(Condition::bad_request);
    if (request.session == nullptr) return StanzaError(Condition::forbidden);
    request.session->wants_blocklist = true;
    const auto* list = request.session->account().data<Blocklist>(slot_);
    request.answer(xmpp::build_blocked("blocklist", list ? list->jids : std::vector<Jid>()));
    return {};
}

Handled Blocking::change(Request& request) {
    if (request.session == nullptr) return StanzaError(Condition::forbidden);
    auto jids = xmpp::parse_blocked(request.payload());
    if (!jids) return jids.error();
    const std::string_view name = request.payload().name();
    if (name == "block") return block(request, std::move(*jids));
    if (name == "unblock") return unblock(request, *jids);
    return StanzaError(Condition::bad_request);
}

Handled Blocking::block(Request& request, std::vector<Jid> jids) {
    if (jids.empty()) return StanzaError(Condition::bad_request);
    AccountState& account = request.session->account();
    const auto* list = account.data<Blocklist>(slot_);
    std::vector<Jid> all = list ? list->jids : std::vector<Jid>();
    std::vector<Jid> added;
    for (Jid& jid : jids)
        if (std::find(all.begin(), all.end(), jid) == all.end()) {
            all.push_back(jid);
            added.push_back(std::move(jid));
        }
    if (all.size() > most)
        return StanzaError(Condition::resource_constraint, "The list of the blocked is full.");
    keep(request, std::move(all), [this, added](AccountState& state, const auto& apply) {
        disappear(state, added);  // before the wall stands
        apply();
    });
    return {};
}

Handled Blocking::unblock(Request& request, const std::vector<Jid>& jids) {
    AccountState& account = request.session->account();
    const auto* list = account.data<Blocklist>(slot_);
    std::vector<Jid> left = list ? list->jids : std::vector<Jid>();
    std::vector<Jid> removed;
    const auto end = std::remove_if(left.begin(), left.end(), [&](const Jid& jid) {
        const bool goes = jids.empty() || std::find(jids.begin(), jids.end(), jid) != jids.end();
        if (goes) removed.push_back(jid);
        return goes;
    });
    left.erase(end, left.end());
    keep(request, std::move(left), [this, removed](AccountState& state, const auto& apply) {
        apply();
        reappear(state, removed);
    });
    return {};
}

/// Writes the list. When it is committed `change` has it applied, which answers and pushes.
void Blocking::keep(Request& request, std::vector<Jid> jids, Change change) {
    AccountState& account = request.session->account();
    store::PutAccountTexts op;
    op.account = account.number();
    op.texts.emplace_back(text_name, to_lines(jids));
    hub_.changes().write(
        account,
        std::string(text_name),
        std::move(op),
        [this, jids = std::move(jids), change = std::move(change), iq = request.iq](
            AccountState& state, const Result<store::PutAccountTexts::Answer>& written
        ) {
            if (!written) return hub_.bounce(iq, unwritten(written.error()));
            change(state, [&] {
                auto list = std::make_unique<Blocklist>();
                list->jids = jids;
                state.put_data(slot_, std::move(list));
                hub_.answer(iq.reply());
                push(state, iq.payload());
            });
        }
    );
}

void Blocking::push(const AccountState& account, const xmpp::Element& payload) {
    for (Session* session : account.sessions()) {
        if (!session->wants_blocklist) continue;
        Stanza iq = Stanza::iq(StanzaType::set, account.bare(), session->full(), random_id(8));
        iq.element().add(payload);
        session->deliver(iq);
    }
}

// ---- presence ----

/// Before the wall stands: who will be blocked sees the account go (§3.3).
void Blocking::disappear(AccountState& account, const std::vector<Jid>& from) {
    for (Session* session : account.sessions()) {
        const auto tell = [&](const Jid& to) {
            if (!match(from, to) || is_blocked(account, to)) return;
            hub_.route(Stanza::presence(StanzaType::unavailable, session->full(), to));
        };
        for (const Jid& entity : session->directed) tell(entity);
        std::erase_if(session->directed, [&](const Jid& jid) { return match(from, jid); });
        if (!session->is_available()) continue;
        for (const RosterItem& item : account.roster.items())
            if (item.subscription.from) tell(item.jid);
    }
}

/// After the wall is gone: contacts see the account again (§3.4).
void Blocking::reappear(AccountState& account, const std::vector<Jid>& to) {
    for (Session* session : account.sessions()) {
        if (!session->is_available()) continue;
        for (const RosterItem& item : account.roster.items()) {
            const bool was_hidden = match(to, item.jid) && !is_blocked(account, item.jid);
            if (!item.subscription.from || !was_hidden) continue;
            Stanza presence = *session->presence;
            presence.set_to(item.jid);
            hub_.emit(*session, std::move(presence));
        }
    }
}

}  // namespace sallyport::server
