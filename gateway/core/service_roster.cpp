// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_roster.hpp"

#include <algorithm>
#include <array>

#include "gateway/translate/address.hpp"
#include "gateway/translate/contact.hpp"
#include "gateway/translate/presence.hpp"

namespace sallyport::core {
namespace {

using translate::build_presence;
using xmpp::Jid;
using xmpp::StanzaType;

constexpr std::array<std::string_view, 4> bond_words{"", "asked", "approved", "denied"};
constexpr unsigned partings_per_second = 500;

std::string key_of(const Jid& user) {
    return std::string(user.bare_view());
}

/// A line under the gateway's name in a client.
std::string status_of(const Domain& domain, const port::Account* account) {
    if (!account) return "Not registered. Write \"register\" to this contact.";
    if (account->suspended) return "Paused. Write \"resume\" to this contact.";
    return account->own_address.empty() ? domain.title : "Your number: " + account->own_address;
}

}  // namespace

Roster::Roster(World& world, Caps caps)
    : world_(world),
      caps_(std::move(caps)),
      partings_(world, partings_per_second),
      offers_(config::Rate{1, std::chrono::hours(24)}) {}

std::string Roster::contacts_ns(const Domain& domain, const Jid& user) {
    return "contacts/" + domain.name + "/" + key_of(user);
}

std::string Roster::bonds_ns(const Domain& domain) {
    return "bond/" + domain.name;
}

// --- presences ----------------------------------------------------------------------------------

void Roster::show_gateway(Domain& domain, const Jid& to) {
    translate::ShownPresence shown{domain.jid, to, caps_(domain, To::domain), domain.title, {}};
    shown.status = status_of(domain, domain.accounts.find(port::UserLabel{key_of(to)}));
    domain.send(translate::build_available(shown), world_);
}

void Roster::hide_gateway(Domain& domain, const Jid& user) {
    domain.send(build_presence(StanzaType::unavailable, domain.jid, user.bare()), world_);
}

void Roster::show_contact(Domain& domain, const port::Address& contact, const Jid& to) {
    const Jid from = translate::to_jid(*domain.transport, contact, domain.jid);
    const std::string nick = translate::display_name(domain.transport->contact(contact));
    const translate::ShownPresence shown{from, to, caps_(domain, To::contact), nick, {}};
    domain.send(translate::build_available(shown), world_);
}

// --- bond ---------------------------------------------------------------------------------------

void Roster::bond(Domain& domain, const Jid& user, std::function<void(Bond)> then) {
    store::GetRecord question{bonds_ns(domain), key_of(user), world_.time.wall()};
    world_.store.read(
        std::move(question),
        [then = std::move(then)](Result<store::GetRecord::Answer> answer) {
            if (!answer) return;  // unknown: nothing is asked and nothing concluded
            const std::string word = answer->value.value_or("");
            const auto at = std::find(bond_words.begin(), bond_words.end(), word);
            then(at == bond_words.end() ? Bond::none : static_cast<Bond>(at - bond_words.begin()));
        }
    );
}

void Roster::set_bond(Domain& domain, const Jid& user, Bond bond) {
    if (bond == Bond::none)
        return world_.store.write(store::EraseRecord{bonds_ns(domain), key_of(user)});
    std::string word(bond_words.at(static_cast<std::size_t>(bond)));
    world_.store.write(store::PutRecord{
        bonds_ns(domain), key_of(user), std::move(word), std::nullopt});
}

void Roster::ask_presence(Domain& domain, const Jid& user, Ask how) {
    bond(domain, user, [this, &domain, user = user.bare(), how](Bond known) {
        if (known == Bond::approved || (known != Bond::none && how == Ask::once)) return;
        if (!domain.send(
                build_presence(StanzaType::subscribe, domain.jid, user, domain.title), world_
            ))
            return;
        set_bond(domain, user, Bond::asked);
    });
}

// --- contacts -----------------------------------------------------------------------------------

void Roster::add_contact(
    Domain& domain,
    const Jid& user,
    const port::Address& contact,
    std::function<void(Result<>)> stored
) {
    store::PutRecord op{contacts_ns(domain, user), contact.text, "to", std::nullopt};
    world_.store.write(
        std::move(op),
        [stored = std::move(stored)](Result<store::PutRecord::Answer> answer) {
            if (!answer) return stored(answer.error());
            stored({});
        }
    );
}

void Roster::forget_contact(Domain& domain, const Jid& user, const port::Address& contact) {
    world_.store.write(store::EraseRecord{contacts_ns(domain, user), contact.text});
}

void Roster::offer_canonical(Domain& domain, const Jid& user, const port::Address& contact) {
    const std::string ns = contacts_ns(domain, user);
    if (offers_.take(ns + "/" + contact.text, world_.time.now())) return;
    store::GetRecord question{ns, contact.text, world_.time.wall()};
    auto offer =
        [this, &domain, user = user.bare(), contact](Result<store::GetRecord::Answer> answer) {
            if (!answer || answer->value) return;
            const Jid from = translate::to_jid(*domain.transport, contact, domain.jid);
            const std::string nick = translate::display_name(domain.transport->contact(contact));
            domain.send(build_presence(StanzaType::subscribe, from, user, nick), world_);
        };
    world_.store.read(std::move(question), std::move(offer));
}

// --- leaving ------------------------------------------------------------------------------------

void Roster::part(Domain& domain, const Jid& from, const Jid& user) {
    for (auto type : {StanzaType::unavailable, StanzaType::unsubscribe, StanzaType::unsubscribed})
        domain.send(build_presence(type, from, user), world_);
}

void Roster::leave(Domain& domain, const Jid& user) {
    store::ScanRecords question{contacts_ns(domain, user), "", world_.time.wall()};
    auto leave_all = [this, &domain, user = user.bare()](Result<store::ScanRecords::Answer> answer
                     ) {
        if (answer) {
            for (auto& [text, value] : answer->rows) {
                const port::Address contact(text);
                forget_contact(domain, user, contact);
                partings_.add([this, &domain, user, contact] {
                    part(domain, translate::to_jid(*domain.transport, contact, domain.jid), user);
                });
            }
        }
        set_bond(domain, user, Bond::none);
        partings_.add([this, &domain, user] { part(domain, domain.jid, user); });
    };
    world_.store.read(std::move(question), std::move(leave_all));
}

}  // namespace sallyport::core
