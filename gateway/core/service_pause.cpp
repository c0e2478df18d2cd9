// SPDX-License-Identifier: Apache-2.0
// The part of Membership that suspends: a user who took the gateway out of their roster comes back
// within 7 days (gateway.md §2.5e).
#include "gateway/core/registrations.hpp"
#include "gateway/core/service_membership.hpp"
#include "gateway/core/service_tools.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::core {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::StanzaError;

std::string number_of(const port::Account& account) {
    return account.own_address.empty() ? "" : " Your number is " + account.own_address + ".";
}

std::optional<WallTime> parse_time(std::string_view text) {
    const auto ms = parse_decimal<std::int64_t>(text);
    if (!ms) return std::nullopt;
    return WallTime(std::chrono::milliseconds(*ms));
}

}  // namespace

void Membership::pause(Domain& domain, const Jid& user) {
    const port::Account* found = domain.accounts.find(label_of(user));
    const std::pair key(domain.name, label_of(user).text);
    if (!found || found->suspended || !changing_.insert(key).second) return;
    const WallTime end = world_.time.wall() + longest_pause;
    world_.store.write(store::PutRecord{
        pauses_ns(domain),
        found->user.text,
        std::to_string(end.time_since_epoch().count()),
        std::nullopt});
    set_suspended(domain, *found, true, [this, &domain, key, account = *found](Result<> stored) {
        changing_.erase(key);
        if (stored) paused(domain, account);
    });
}

void Membership::paused(Domain& domain, const port::Account& account) {
    const Jid user = jid_of(account);
    roster_.set_bond(domain, user, Bond::none);
    roster_.hide_gateway(domain, user);
    std::string text = "You removed " + domain.title +
                       " from your contacts, so it is paused: you cannot send. "
                       "To go on, add it again or write \"resume\" here.";
    if (!is_assigned(domain, account))
        text +=
            " After 7 days your registration ends" +
            (account.own_address.empty() ? "." : " and " + account.own_address + " is given back.");
    say(world_, arrivals_, domain, user, text);
}

void Membership::resume(Domain& domain, const Jid& user, Done done) {
    const port::Account* account = domain.accounts.find(label_of(user));
    if (!account) return done(not_registered());
    if (!account->suspended) return done({});
    store::GetRecord question{pauses_ns(domain), account->user.text, world_.time.wall()};
    auto decide = [this, &domain, user = user.bare(), done = std::move(done)](
                      Result<store::GetRecord::Answer> answer
                  ) {
        const port::Account* now = domain.accounts.find(label_of(user));
        if (!answer || !now) return done(store_failed());
        if (!answer->value)
            return done(StanzaError(
                Condition::not_allowed,
                "The operator of this gateway suspended your registration; ask them."
            ));
        set_suspended(domain, *now, false, [this, &domain, user, done](Result<> stored) {
            if (!stored) return done(store_failed());
            done({});
            resumed(domain, user);
        });
    };
    world_.store.read(std::move(question), std::move(decide));
}

void Membership::resumed(Domain& domain, const Jid& user) {
    const port::Account* account = domain.accounts.find(label_of(user));
    world_.store.write(store::EraseRecord{pauses_ns(domain), label_of(user).text});
    if (account) greet(domain, user, "Welcome back to " + domain.title + "." + number_of(*account));
    arrivals_.user_came(user);
}

void Membership::end_pauses(Domain& domain) {
    store::ScanRecords question{pauses_ns(domain), "", world_.time.wall()};
    auto end = [this, &domain](Result<store::ScanRecords::Answer> answer) {
        if (!answer) return;
        for (const auto& [user, value] : answer->rows) {
            const port::Account* account = domain.accounts.find(port::UserLabel{user});
            const auto until = parse_time(value);
            if (!account || !account->suspended || is_assigned(domain, *account) ||
                (until && *until > world_.time.wall()))
                continue;
            const port::Account leaving = *account;
            expel(
                domain,
                leaving,
                "Your registration with " + domain.title + " was paused for 7 days and has ended."
            );
        }
    };
    world_.store.read(std::move(question), std::move(end));
}

}  // namespace sallyport::core
