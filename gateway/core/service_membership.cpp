// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_membership.hpp"

#include "gateway/core/registrations.hpp"
#include "gateway/core/service_tools.hpp"
#include "gateway/port/codec.hpp"

namespace sallyport::core {

using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::Jid;
using xmpp::StanzaError;

Membership::Membership(
    World& world,
    Users& users,
    Router& router,
    Arrivals& arrivals,
    Delivery& delivery,
    Roster& roster
)
    : world_(world),
      users_(users),
      router_(router),
      arrivals_(arrivals),
      delivery_(delivery),
      roster_(roster) {}

// --- what is stored -----------------------------------------------------------------------------

const config::SmsConfig* Membership::settings(const Domain& domain) const {
    for (const auto& transport : world_.config->transports)
        if (transport.domain == domain.jid)
            return std::get_if<config::SmsConfig>(&transport.settings);
    return nullptr;
}

bool Membership::is_assigned(const Domain& domain, const port::Account& account) const {
    return domain.accounts.assigned(account.own_address) == account.user;
}

bool Membership::is_from_pool(const Domain& domain, const port::Account& account) const {
    const auto* sms = settings(domain);
    const bool is_pool = sms && sms->registration == config::SmsConfig::Registration::pool;
    return is_pool && account.provider.empty() && !account.own_address.empty() &&
           !is_assigned(domain, account);
}

std::optional<WallTime> Membership::rest_until(const Domain& domain, const port::Account& account)
    const {
    if (!is_from_pool(domain, account)) return std::nullopt;
    return world_.time.wall() + settings(domain)->quarantine;
}

Result<store::RegistrationRow> Membership::row_of(
    const Domain& domain, const port::Account& account
) const {
    store::RegistrationRow row;
    row.id = account.id;
    row.transport = domain.name;
    row.user = account.user.text;
    row.own = account.own_address;
    row.provider = account.provider;
    row.hook_token = account.hook_token;
    row.from_pool = is_from_pool(domain, account);
    row.suspended = account.suspended;
    row.created = world_.time.wall();
    if (account.credentials.empty()) return row;
    if (!sealer_) return Error("credentials cannot be stored without a key");
    row.credentials = sealer_.seal(port::encode(account.credentials));
    return row;
}

void Membership::put(
    Domain& domain, port::Account account, std::function<void(Result<bool>)> done
) {
    auto row = row_of(domain, account);
    if (!row) return done(row.error());
    store::PutRegistration op;
    op.row = *std::move(row);
    op.now = world_.time.wall();
    auto stored = [&domain,
                   account = std::move(account),
                   done = std::move(done)](Result<store::PutRegistration::Answer> answer) mutable {
        if (!answer) return done(answer.error());
        if (answer->conflict) return done(false);
        account.id = answer->id;
        domain.accounts.put(account);
        domain.transport->account_changed(*domain.accounts.find(account.id));
        done(true);
    };
    world_.store.write(std::move(op), std::move(stored));
}

void Membership::remove(
    Domain& domain, const port::Account& account, std::function<void(Result<>)> done
) {
    store::RemoveRegistration op{account.id, rest_until(domain, account), world_.time.wall()};
    auto removed = [this, &domain, account, until = op.rest_until, done = std::move(done)](
                       const Result<store::RemoveRegistration::Answer>& answer
                   ) {
        if (!answer) {
            world_.log.error(
                "account.not_removed",
                {{"domain", domain.name},
                 {"user", Personal{account.user.text}},
                 {"why", answer.error().to_string()}}
            );
            if (done) done(answer.error());
            return;
        }
        delivery_.ended(domain, answer->shown);
        world_.store.write(store::EraseRecord{pauses_ns(domain), account.user.text});
        if (until) domain.accounts.rest(account.own_address, *until);
        domain.accounts.remove(account.id);
        domain.transport->account_removed(account.id);
        world_.log.info(
            "account.removed",
            {{"domain", domain.name},
             {"user", Personal{account.user.text}},
             {"own", Personal{account.own_address}}}
        );
        if (done) done({});
    };
    world_.store.write(op, std::move(removed));
}

void Membership::set_suspended(
    Domain& domain, const port::Account& account, bool suspended, std::function<void(Result<>)> done
) {
    port::Account changed = account;
    changed.suspended = suspended;
    auto stored = [this, &domain, own = account.own_address, suspended, done = std::move(done)](
                      Result<bool> put
                  ) {
        if (!put) return done(put.error());
        if (!suspended) delivery_.wake(domain, own);
        done({});
    };
    put(domain, std::move(changed), std::move(stored));
}

void Membership::greet(Domain& domain, const Jid& user, const std::string& text) {
    roster_.ask_presence(domain, user, Roster::Ask::again);
    roster_.show_gateway(domain, user.bare());
    arrivals_.notify(domain, user.bare(), text);
}

// --- leaving ------------------------------------------------------------------------------------

void Membership::leave(Domain& domain, const Jid& user, Done done) {
    const port::Account* account = domain.accounts.find(label_of(user));
    if (!account)
        return done(StanzaError(
            Condition::registration_required, "You are not registered with this gateway."
        ));
    if (is_assigned(domain, *account)) {
        return done(StanzaError(
            Condition::not_allowed,
            "The operator of this gateway assigned " + account->own_address +
                " to you; only they can take it back. To stop its texts, remove this gateway from "
                "your contacts."
        ));
    }
    const std::string text =
        "You are no longer registered with " + domain.title + "." +
        (account->own_address.empty() ? "" : " " + account->own_address + " is no longer yours.");
    remove(
        domain,
        *account,
        [this, &domain, user = user.bare(), text, done = std::move(done)](Result<> removed) {
            if (!removed) return done(store_failed());
            done({});
            say(world_, arrivals_, domain, user, text
            );  // clients do not notice by themselves (gateway.md §2.6)
            roster_.leave(domain, user);
        }
    );
}

void Membership::expel(Domain& domain, const port::Account& account, std::string text) {
    const Jid user = jid_of(account);
    remove(domain, account, [this, &domain, user, text = std::move(text)](Result<> removed) {
        if (!removed) return;
        arrivals_.notify(domain, user, text);
        roster_.leave(domain, user);
    });
}

void Membership::admit(Domain& domain, const Jid& user, std::string own_address, std::string text) {
    port::Account account;
    account.user = label_of(user);
    account.own_address = own_address;
    put(domain,
        std::move(account),
        [this, &domain, user, own_address, text = std::move(text)](Result<bool> stored) {
            if (stored && *stored) return greet(domain, user, text);
            const std::string why =
                stored ? "the user or the number is taken" : stored.error().to_string();
            world_.log.error(
                "account.not_assigned",
                {{"domain", domain.name},
                 {"user", Personal{user.str()}},
                 {"own", Personal{own_address}},
                 {"why", why}}
            );
        });
}

}  // namespace sallyport::core
