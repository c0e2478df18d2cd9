// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_presence.hpp"

#include "gateway/translate/address.hpp"
#include "gateway/translate/presence.hpp"

namespace sallyport::core {
namespace {

using translate::build_presence;
using xmpp::Condition;
using xmpp::Jid;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

constexpr unsigned probes_per_second = 50;
constexpr unsigned answers_per_second = 2000;
constexpr config::Rate looks_per_resource{2, std::chrono::minutes(1)};

constexpr std::string_view welcome =
    "Hello. You are not registered yet: write \"register\" to get started, or \"help\" to see what "
    "this gateway understands.";

}  // namespace

ServicePresence::ServicePresence(
    World& world,
    Users& users,
    Router& router,
    Arrivals& arrivals,
    Roster& roster,
    Membership& membership
)
    : world_(world),
      users_(users),
      arrivals_(arrivals),
      roster_(roster),
      membership_(membership),
      probes_(world, probes_per_second),
      answers_(world, answers_per_second),
      looks_(looks_per_resource) {
    struct Row {
        To to;
        StanzaType type;
        Handled (ServicePresence::*handler)(Request&);
    };
    using P = ServicePresence;
    constexpr Row rows[] = {
        {To::domain, StanzaType::available, &P::came},
        {To::domain, StanzaType::unavailable, &P::left},
        {To::domain, StanzaType::probe, &P::probed},
        {To::domain, StanzaType::subscribe, &P::wants_gateway},
        {To::domain, StanzaType::unsubscribe, &P::leaves_gateway},
        {To::domain, StanzaType::subscribed, &P::approves},
        {To::domain, StanzaType::unsubscribed, &P::denies},
        {To::contact, StanzaType::available, &P::looks_at_contact},
        {To::contact, StanzaType::unavailable, &P::left},
        {To::contact, StanzaType::probe, &P::probes_contact},
        {To::contact, StanzaType::subscribe, &P::adds_contact},
        {To::contact, StanzaType::unsubscribe, &P::drops_contact},
    };
    for (const Row& row : rows)
        router.add(
            {row.to, StanzaKind::presence, row.type},
            [this, handler = row.handler](Request& r) { return (this->*handler)(r); }
        );
}

ServicePresence::Known& ServicePresence::known(Domain& domain) {
    return known_.try_emplace(domain.name, Known{&domain, {}, {}, 0}).first->second;
}

// --- the gateway --------------------------------------------------------------------------------

Handled ServicePresence::came(Request& request) {
    const Jid& from = request.stanza.from();
    if (from.is_bare() || (!request.account && !world_.may_use(from))) return {};
    note_resource(request);
    if (!known(request.domain).shown.insert(from.str()).second) return {};
    if (request.account && request.account->suspended)
        return {};  // it left the roster: no presence afterwards
    roster_.show_gateway(request.domain, from);
    if (request.account) arrivals_.user_came(request.user->bare());
    return {};
}

Handled ServicePresence::left(Request& request) {
    request.user->left(request.stanza.from());
    arrivals_.user_left(request.stanza.from());
    Known& known = this->known(request.domain);
    known.present.erase(request.stanza.from().str());
    known.shown.erase(request.stanza.from().str());
    return {};
}

/// The sender's resource is there, for as long as this link is up. True: it was not known before.
bool ServicePresence::note_resource(Request& request) {
    known(request.domain).present.insert(request.stanza.from().str());
    return request.user->came(request.stanza.from());
}

void ServicePresence::refuse_probe(Request& request) {
    // RFC 6121 §4.3.2: this cleans the roster of somebody who left while their server could not be
    // told.
    request.domain.send(
        build_presence(StanzaType::unsubscribed, request.stanza.to().bare(), request.user->bare()),
        world_
    );
}

Handled ServicePresence::probed(Request& request) {
    if (!request.account && !world_.may_use(request.stanza.from())) {
        refuse_probe(request);
        return {};
    }
    if (request.account && request.account->suspended) return {};
    roster_.show_gateway(request.domain, request.stanza.from());
    return {};
}

Handled ServicePresence::wants_gateway(Request& request) {
    const Jid user = request.user->bare();
    Domain& domain = request.domain;
    if (!request.account && !world_.may_use(user)) return not_welcome();
    domain.send(build_presence(StanzaType::subscribed, domain.jid, user), world_);
    if (!request.account) {
        roster_.show_gateway(domain, user);
        say(world_, arrivals_, domain, user, std::string(welcome));
        return {};
    }
    if (request.account->suspended) {
        membership_.resume(domain, user, [this, &domain, user](Handled resumed) {
            if (!resumed) say(world_, arrivals_, domain, user, resumed.error().text);
        });
        return {};
    }
    roster_.show_gateway(domain, user);
    // Once only: a client that answers our question with the same question must not start a loop.
    roster_.ask_presence(domain, user, Roster::Ask::once);
    return {};
}

Handled ServicePresence::leaves_gateway(Request& request) {
    if (request.account) membership_.pause(request.domain, request.user->bare());
    return {};
}

Handled ServicePresence::approves(Request& request) {
    if (request.account && !request.account->suspended)
        roster_.set_bond(request.domain, request.user->bare(), Bond::approved);
    return {};
}

/// To a user who had approved, it means that the gateway left their roster; to one who was only
/// asked, no.
Handled ServicePresence::denies(Request& request) {
    if (!request.account || request.account->suspended) return {};
    roster_.bond(
        request.domain,
        request.user->bare(),
        [this, &domain = request.domain, user = request.user->bare()](Bond bond) {
            if (bond == Bond::approved)
                membership_.pause(domain, user);
            else if (bond == Bond::asked)
                roster_.set_bond(domain, user, Bond::denied);
        }
    );
    return {};
}

// --- contacts -----------------------------------------------------------------------------------

/// Directed presence: the sender is there, and looks at this contact.
Handled ServicePresence::looks_at_contact(Request& request) {
    if (!request.account) return {};
    if (!request.stanza.from().is_bare() && note_resource(request))
        arrivals_.user_came(request.user->bare());
    // Not to a mirror for ever: somebody who answers presence with presence must not start a loop.
    if (looks_.take(
            request.stanza.from().str() + ' ' + request.stanza.to().str(), world_.time.now()
        ))
        return {};
    if (auto contact = contact_of(request)) {
        answers_.add(
            [this, &domain = request.domain, contact = *contact, to = request.stanza.from()] {
                roster_.show_contact(domain, contact, to);
            }
        );
    }
    return {};
}

Handled ServicePresence::probes_contact(Request& request) {
    const auto contact = contact_of(request);
    if (!contact) {
        refuse_probe(request);
        return {};
    }
    // Everybody whom a text can reach is always there, so a server that believes in a subscription
    // is right.
    answers_.add([this, &domain = request.domain, contact = *contact, to = request.stanza.from()] {
        roster_.show_contact(domain, contact, to);
    });
    return {};
}

Handled ServicePresence::adds_contact(Request& request) {
    Domain& domain = request.domain;
    const auto contact = contact_of(request);
    if (!contact) {
        if (contact.error().condition == Condition::gone) {
            auto parsed =
                translate::to_address(*domain.transport, request.stanza.to(), request.account);
            if (parsed) roster_.offer_canonical(domain, request.user->bare(), parsed->address);
        }
        return contact.error();
    }
    auto stored = [this, &domain, contact = *contact, stanza = request.stanza](Result<> answer) {
        if (!answer) return refuse(world_, domain, stanza, store_failed());
        domain.send(
            build_presence(StanzaType::subscribed, stanza.to().bare(), stanza.from().bare()), world_
        );
        roster_.show_contact(domain, contact, stanza.from().bare());
    };
    roster_.add_contact(domain, request.user->bare(), *contact, std::move(stored));
    return {};
}

Handled ServicePresence::drops_contact(Request& request) {
    if (!request.account) return {};
    request.domain.send(
        build_presence(StanzaType::unavailable, request.stanza.to().bare(), request.user->bare()),
        world_
    );
    if (auto contact = contact_of(request))
        roster_.forget_contact(request.domain, request.user->bare(), *contact);
    return {};
}

}  // namespace sallyport::core
