// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/users.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// The core: who talks to whom. An object without globals; everything on one network thread. The app feeds it stanzas and
/// link changes, transports feed it through port::Context, and it speaks through StanzaSink.
class Core {
  public:
    explicit Core(World world);
    ~Core();

    /// `domain` must outlive the core or be removed; its transport and sink are set.
    void add_domain(Domain& domain);
    void remove_domain(Domain& domain);
    Domain* find(std::string_view name);

    void handle(Domain& domain, xmpp::Stanza stanza);
    void malformed(Domain& domain, const xmpp::Element& element, const xmpp::StanzaError& error);
    void link_up(Domain& domain);
    void link_down(Domain& domain);
    void writable(Domain& domain) { arrivals_.writable(domain); }

    World& world() { return world_; }
    Users& users() { return users_; }
    Router& router() { return router_; }
    Arrivals& arrivals() { return arrivals_; }
    Delivery& delivery() { return delivery_; }

    /// Stops intake, waits for running attempts and unproved stanzas, then calls `drained`.
    void drain(std::function<void()> drained);

  private:
    struct Services;
    World world_;
    Users users_;
    Router router_;
    Arrivals arrivals_;
    Delivery delivery_;
    std::map<std::string, Domain*, std::less<>> domains_;
    std::unique_ptr<Services> services_;
};

}  // namespace sallyport::core
