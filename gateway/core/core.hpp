// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/ledger.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/seal.hpp"
#include "gateway/core/service_message.hpp"
#include "gateway/core/users.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

struct Services;
class Media;

/// The core: who talks to whom. An object without globals; everything on one network thread. The
/// app feeds it stanzas and link changes, transports feed it through port::Context, and it speaks
/// through StanzaSink.
class Core {
  public:
    Core(World world, Sealer sealer);
    ~Core();

    /// `domain` must outlive the core or be removed; its transport and sink are set. Loads its
    /// registrations first; `added` runs when it is ready, with the error when it cannot be.
    void add_domain(Domain& domain, std::function<void(Result<>)> added);
    void remove_domain(Domain& domain);
    Domain* find(std::string_view name);
    const std::map<std::string, Domain*, std::less<>>& domains() const { return domains_; }
    /// Assignments, access or limits of the domain changed.
    void reloaded(Domain& domain);
    void set_media(Media& media);

    void handle(Domain& domain, const xmpp::Stanza& stanza) { router_.handle(domain, stanza); }
    void malformed(Domain& domain, const xmpp::Element& element, const xmpp::StanzaError& error) {
        router_.malformed(domain, element, error);
    }
    void link_up(Domain& domain);
    void link_down(Domain& domain);
    void writable(Domain& domain) { arrivals_.writable(domain); }

    World& world() { return world_; }
    Users& users() { return users_; }
    Router& router() { return router_; }
    Arrivals& arrivals() { return arrivals_; }
    Delivery& delivery() { return delivery_; }
    Ledger& ledger() { return ledger_; }
    Services& services() { return *services_; }

    /// Begins work: claims what waits on disk, sweeps, prunes.
    void start();
    /// Starts nothing new, waits for running attempts and unproved stanzas, then calls `drained`.
    void drain(std::function<void()> drained);

  private:
    void stands(Domain& domain);
    void begin_delivery();
    void count_open();
    void prune();

    World world_;
    Users users_;
    Router router_;
    Ledger ledger_;
    Arrivals arrivals_;
    Delivery delivery_;
    Sealer sealer_;
    std::unique_ptr<Services> services_;
    MessageService messages_;
    std::map<std::string, Domain*, std::less<>> domains_;
    std::size_t adding_ = 0;  ///< domains whose registrations are being read
    bool is_started_ = false;
    bool is_delivering_ = false;
};

}  // namespace sallyport::core
