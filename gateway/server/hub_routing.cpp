// SPDX-License-Identifier: Apache-2.0
// Where a stanza goes: by domain, then by RFC 6121 §8.
#include <algorithm>
#include <chrono>
#include <utility>

#include "gateway/core/core.hpp"
#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/delay.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

bool is_question(const Stanza& stanza) {
    return stanza.kind() == StanzaKind::iq &&
           (stanza.type() == StanzaType::get || stanza.type() == StanzaType::set);
}

bool is_notice(const Stanza& stanza) {
    return stanza.kind() == StanzaKind::presence &&
           (stanza.type() == StanzaType::available || stanza.type() == StanzaType::unavailable);
}

Reach reach_of(const AccountState& account) {
    Reach reach = Reach::none;
    for (const Session* session : account.sessions()) {
        if (session->takes_messages()) return Reach::non_negative;
        if (session->is_available()) reach = Reach::negative;
    }
    return reach;
}

}  // namespace

void Hub::route_now(Stanza& stanza) {
    if (is_local(stanza.to())) return to_local(stanza);
    if (!to_neighbour(stanza)) bounce(stanza, StanzaError(Condition::remote_server_not_found));
}

bool Hub::to_neighbour(Stanza& stanza) {
    if (core_ != nullptr) {
        core::Domain* domain = core_->find(stanza.to().domain());
        if (domain != nullptr && domain->sink == this) {
            core_->handle(*domain, stanza);
            return true;
        }
    }
    if (components_.empty()) return false;
    const auto at = components_.find(std::string(stanza.to().domain()));
    if (at == components_.end()) return false;
    if (at->second == nullptr)
        bounce(stanza, StanzaError(Condition::remote_server_timeout, "The component is away."));
    else if (!at->second->deliver(stanza))
        bounce(stanza, StanzaError(Condition::resource_constraint, "The component is too slow."));
    return true;
}

void Hub::to_local(Stanza& stanza) {
    if (stanza.to().local().empty()) return to_server(stanza);
    AccountState* known = accounts_.find(stanza.to());
    if (known != nullptr && known->is_settled()) return to_account(*known, stanza);
    // Nobody of the account is here to see it: not worth a look into the store.
    if (is_notice(stanza) && !accounts_.knows(stanza.to())) return;
    if (known != nullptr && !has_room(*known, stanza)) return;
    const Jid bare = stanza.to().bare();
    const bool is_change = is_subscription(stanza.type());
    accounts_.with(
        bare,
        [this, stanza](AccountState* account) {
            send_later_ones();
            Stanza copy = stanza;
            account != nullptr ? to_account(*account, copy) : to_nobody(copy);
        },
        is_change ? std::string(stanza.from().bare_view()) : std::string()
    );
}

void Hub::to_account(AccountState& account, Stanza& stanza) {
    // Services judge what others send; answers of the server and of the account itself pass.
    const bool is_own_iq =
        stanza.kind() == StanzaKind::iq && stanza.from().bare_view() == account.bare().str();
    if (!is_own_iq && !stanza.from().is_empty() && stanza.from() != options_.domain)
        for (Service* service : services_.with(Hook::incoming))
            if (service->on_incoming(account, stanza) == Verdict::stop) return;
    if (stanza.kind() == StanzaKind::presence) return presence(account, stanza);
    if (stanza.kind() == StanzaKind::iq) return iq(account, stanza);
    const bool is_bare = stanza.to().is_bare();
    message(account, stanza, is_bare ? Aim::bare : Aim::no_match);
}

// ---- messages ----

void Hub::message(AccountState& account, const Stanza& stanza, Aim aim) {
    chosen_.clear();
    if (aim != Aim::bare) {
        if (Session* match = account.find(stanza.to().resource())) {
            chosen_.push_back(match);
            aim = Aim::match;
        }
    }
    switch (fate_of(reach_of(account), aim, stanza.type())) {
        case Fate::ignore:
            return;
        case Fate::bounce:
            return bounce(stanza, StanzaError(Condition::service_unavailable));
        case Fate::keep:
            return undeliverable(account, stanza);
        case Fate::deliver:
            break;
        case Fate::all:
            choose(account, -1);
            break;
        case Fate::best:
            if (is_held_back(account, stanza)) return;
            choose(account, best_priority(account));
            break;
    }
    for (Session* session : chosen_) session->deliver(stanza);
    for (Service* service : services_.with(Hook::delivered))
        service->on_delivered(account, stanza, chosen_);
    if (stanza.type() == StanzaType::chat || stanza.type() == StanzaType::normal)
        note_takers(account, chosen_);
}

bool Hub::is_held_back(AccountState& account, const Stanza& stanza) {
    for (Service* service : services_.with(Hook::bare))
        if (service->on_bare(account, stanza) == Verdict::stop) return true;
    return false;
}

void Hub::resume_message(AccountState& account, const Stanza& stanza) {
    const Turn turn(*this);
    message(account, stanza, Aim::bare);
}

void Hub::note_takers(AccountState& account, std::span<Session* const> takers) {
    if (takers.size() == account.sessions().size()) return;
    const TimePoint now = world_.time.now();
    for (Session* session : account.sessions())
        if (std::find(takers.begin(), takers.end(), session) == takers.end()) session->missed = now;
}

/// The highest priority of those that take messages.
int Hub::best_priority(const AccountState& account) {
    int best = 0;
    for (const Session* session : account.sessions())
        if (session->takes_messages()) best = std::max(best, int{session->priority});
    return best;
}

/// Those that take messages, with at least this priority.
void Hub::choose(const AccountState& account, int priority) {
    chosen_.clear();
    for (Session* session : account.sessions())
        if (session->takes_messages() && session->priority >= priority) chosen_.push_back(session);
}

void Hub::undeliverable(AccountState& account, const Stanza& stanza) {
    for (Service* service : services_.with(Hook::undeliverable))
        if (service->on_undeliverable(account, stanza) == Verdict::stop) return;
    bounce(stanza, StanzaError(Condition::service_unavailable));
}

bool Hub::is_kept_by_somebody(const Stanza& stanza) const {
    const auto keepers = services_.with(Hook::undeliverable);
    return std::any_of(keepers.begin(), keepers.end(), [&stanza](const Service* service) {
        return service->keeps(stanza);
    });
}

void Hub::relay(AccountState& account, Stanza stanza, WallTime since) {
    const Turn turn(*this);
    if (is_question(stanza)) return bounce(stanza, StanzaError(Condition::service_unavailable));
    // What the account says to itself (carbons, results of queries) was for that session alone.
    if (stanza.kind() != StanzaKind::message || stanza.from() == account.bare()) return;
    if (!xmpp::parse_delay(stanza.element()))
        stanza.element().add(xmpp::build_delay(since, options_.domain.str()));
    message(account, stanza, Aim::bare);
}

// ---- nobody ----

/// RFC 6121 §8.5.1, so that it cannot be told from an account without sessions (xmpp.md A16). Only
/// our own transports learn that there is none: they keep what was not delivered.
void Hub::to_nobody(const Stanza& stanza) {
    if (is_question(stanza)) {
        // RFC 6121 §2.3.3 wants another word than everything else.
        const bool is_roster = stanza.payload().ns() == xmpp::ns::roster;
        const auto condition = is_roster ? Condition::forbidden : Condition::service_unavailable;
        return bounce(stanza, StanzaError(condition));
    }
    if (stanza.kind() == StanzaKind::presence) {
        if (stanza.type() == StanzaType::probe) presence_.refuse(stanza);
        return;
    }
    if (stanza.kind() != StanzaKind::message) return;
    const Aim aim = stanza.to().is_bare() ? Aim::bare : Aim::no_match;
    const Fate fate = fate_of(Reach::no_account, aim, stanza.type());
    if (fate == Fate::ignore) return;
    if (fate == Fate::keep && is_kept_by_somebody(stanza) && !is_transport(stanza.from())) return;
    bounce(stanza, StanzaError(Condition::service_unavailable));
}

// ---- presence ----

void Hub::presence(AccountState& account, const Stanza& stanza) {
    switch (stanza.type()) {
        case StanzaType::probe:
            return presence_.probe(account, stanza);
        case StanzaType::available:
        case StanzaType::unavailable:
        case StanzaType::error:
            return presence_.receive(account, stanza);
        default:
            break;
    }
    // §8.5.3.2.2: only requests are taken for the bare address when the resource is not there.
    const bool is_lost = !stanza.to().is_bare() && stanza.type() != StanzaType::subscribe &&
                         account.find(stanza.to().resource()) == nullptr;
    if (!is_lost) subscriptions_.receive(account, stanza);
}

// ---- questions ----

void Hub::iq(AccountState& account, const Stanza& stanza) {
    const bool is_bare = stanza.to().is_bare();  // or empty
    if (!is_bare) {
        Session* session = account.find(stanza.to().resource());
        if (session != nullptr &&
            (!is_question(stanza) || may_ask(account, *session, stanza.from())))
            return session->deliver(stanza);
        return bounce(stanza, StanzaError(Condition::service_unavailable));
    }
    if (!is_question(stanza)) return;  // an answer to a push
    const bool is_own = stanza.from().bare_view() == account.bare().str();
    ask(is_own ? Addressee::own : Addressee::account, &account, stanza);
}

/// §8.5.3.1: only those whom presence is shared with, so that none can find out who is there.
bool Hub::may_ask(const AccountState& account, const Session& session, const Jid& who) const {
    if (who.bare_view() == account.bare().str() || who == options_.domain) return true;
    if (account.roster.shares_with(who.bare_view()) || is_transport(who)) return true;
    const auto& known = session.directed;
    return std::any_of(known.begin(), known.end(), [&who](const Jid& entity) {
        return entity == who || (entity.is_bare() && entity.str() == who.bare_view());
    });
}

void Hub::ask(Addressee to, AccountState* account, const Stanza& iq) {
    const Handler* handler = services_.find(to, iq.type(), iq.payload().ns());
    if (handler == nullptr) return bounce(iq, StanzaError(Condition::service_unavailable));
    Request request{*this, iq, is_local(iq.from()) ? find(iq.from()) : nullptr, account};
    if (auto handled = (*handler)(request); !handled) bounce(iq, handled.error());
}

void Hub::to_server(Stanza& stanza) {
    if (!stanza.to().is_bare()) return to_server_resource(stanza);
    if (is_question(stanza)) return ask(Addressee::server, nullptr, stanza);
    if (stanza.kind() == StanzaKind::message)
        bounce(stanza, StanzaError(Condition::service_unavailable));
}

/// Nobody is there. A transport pings such an address to learn that what it sent before was read
/// (core/barrier.hpp): the answer waits until that is safe.
void Hub::to_server_resource(const Stanza& stanza) {
    if (!is_question(stanza)) return;
    const StanzaError error(Condition::service_unavailable);
    if (!is_transport(stanza.from())) return bounce(stanza, error);
    when_safe([this, stanza, error] { bounce(stanza, error); });
}

}  // namespace sallyport::server
