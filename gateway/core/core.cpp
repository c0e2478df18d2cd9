// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/core.hpp"

#include <utility>

#include "gateway/core/registrations.hpp"
#include "gateway/core/services.hpp"

namespace sallyport::core {
namespace {

constexpr std::chrono::hours prune_every{1};

}  // namespace

Core::Core(World world, Sealer sealer)
    : world_(std::move(world)),
      router_(world_, users_),
      ledger_(world_.metrics),
      arrivals_(world_, users_, ledger_),
      delivery_(world_, arrivals_, ledger_),
      sealer_(std::move(sealer)),
      services_(std::make_unique<Services>(world_, users_, router_, arrivals_, delivery_)),
      messages_(
          world_,
          router_,
          arrivals_,
          delivery_,
          [this](Domain& domain, const xmpp::Jid& user, const port::Address& address) {
              services_->offer_canonical(domain, user, address);
          }
      ) {
    services_->set_sealer(sealer_);
    router_.set_answer_filter([this](Domain& domain, const xmpp::Stanza& iq) {
        return arrivals_.answered(domain, iq);
    });
}

Core::~Core() = default;

Domain* Core::find(std::string_view name) {
    auto at = domains_.find(name);
    return at == domains_.end() ? nullptr : at->second;
}

void Core::set_media(Media& media) {
    arrivals_.set_media(media);
    messages_.set_media(media);
}

void Core::add_domain(Domain& domain, std::function<void(Result<>)> added) {
    ++adding_;
    world_.store.read(
        store::Registrations{},
        [this, &domain, added = std::move(added)](Result<store::Registrations::Answer> answer) {
            --adding_;
            if (!answer) return added(answer.error());
            for (const store::RegistrationRow& row : answer->rows) {
                if (row.transport != domain.name) continue;
                auto account = account_of(row, sealer_);
                if (!account)
                    return added(
                        Error("registration of " + row.user + ": " + account.error().to_string())
                    );
                domain.accounts.put(*std::move(account));
            }
            std::map<std::string, WallTime> resting;
            for (const store::RestingNumber& number : answer->resting)
                if (number.transport == domain.name) resting.emplace(number.own, number.until);
            domain.accounts.set_resting(std::move(resting), world_.time);
            domains_[domain.name] = &domain;
            delivery_.add(domain);
            for (const port::Account* account : domain.accounts.all())
                domain.transport->account_changed(*account);
            services_->domain_added(domain);
            added({});
            stands(domain);
        }
    );
}

/// What waits for the domain is sent at once.
void Core::stands(Domain& domain) {
    if (is_delivering_)
        delivery_.wake(domain);
    else
        begin_delivery();
}

/// Not before all domains stand: what is due and has no route would be put off.
void Core::begin_delivery() {
    if (!is_started_ || adding_ > 0 || is_delivering_) return;
    is_delivering_ = true;
    delivery_.start();
}

void Core::remove_domain(Domain& domain) {
    domains_.erase(domain.name);
    delivery_.remove(domain);
    services_->domain_removed(domain);
}

void Core::reloaded(Domain& domain) {
    services_->reload(domain);
    delivery_.wake(domain);
    arrivals_.reloaded(domain);
}

void Core::link_up(Domain& domain) {
    domain.is_up = true;
    services_->link_up(domain);
    arrivals_.link_up(domain);
}

void Core::link_down(Domain& domain) {
    domain.is_up = false;
    arrivals_.link_down(domain);
    services_->link_down(domain);
}

void Core::start() {
    is_started_ = true;
    count_open();
    begin_delivery();
    prune();
}

/// What was open when we started counts as taken, so that the ledger balances from the first
/// scrape.
void Core::count_open() {
    world_.store.read(store::Counts{}, [this](Result<store::Counts::Answer> answer) {
        if (!answer) return;
        for (const auto& [key, count] : answer->outbound)
            if (!is_final(key.second)) ledger_.out(key.first, Ledger::Result::taken, count);
    });
    world_.store.read(store::WaitingMessages{}, [this](Result<store::WaitingMessages::Answer> in) {
        if (!in) return;
        for (const auto& [domain, count] : in->by_transport)
            ledger_.in(domain, Ledger::Result::taken, count);
    });
}

void Core::prune() {
    const config::RetentionConfig& keep = world_.config->retention;
    const WallTime now = world_.time.wall();
    const store::Prune op{now, now - keep.bodies, now - keep.ids};
    world_.store.write(op, [this](Result<store::Prune::Answer> answer) {
        const bool has_more = answer && answer->rows > 0;
        if (has_more) world_.log.info("store.pruned", {{"rows", answer->rows}});
        const auto pause = has_more ? std::chrono::seconds(1) : std::chrono::seconds(prune_every);
        world_.scheduler.at(world_.time.now() + pause, [this] { prune(); });
    });
}

void Core::drain(std::function<void()> drained) {
    messages_.drain();
    // On the next turn: what waited behind a refused message is stored first.
    world_.scheduler.at(world_.time.now(), [this, drained = std::move(drained)] {
        delivery_.drain([this, drained] {
            services_->drain();
            arrivals_.drain(drained);
        });
    });
}

}  // namespace sallyport::core
