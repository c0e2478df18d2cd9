// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <utility>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/chat_commands.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/seal.hpp"
#include "gateway/core/service_adhoc.hpp"
#include "gateway/core/service_assign.hpp"
#include "gateway/core/service_chat.hpp"
#include "gateway/core/service_disco.hpp"
#include "gateway/core/service_info.hpp"
#include "gateway/core/service_membership.hpp"
#include "gateway/core/service_presence.hpp"
#include "gateway/core/service_prompt.hpp"
#include "gateway/core/service_register.hpp"
#include "gateway/core/service_roster.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// All services of the gateway, each of which adds its rows to the router. What the core calls is
/// here; everything else comes through the table. All references must outlive it.
struct Services {
    Services(World& world, Users& users, Router& router, Arrivals& arrivals, Delivery& delivery);
    ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    /// A domain was added and its registrations are loaded: what the file assigns is made true.
    void domain_added(Domain& domain);
    void domain_removed(Domain& domain);
    /// The configuration was replaced: assignments, features, roles.
    void reload(Domain& domain);
    void link_up(Domain& domain);  ///< after Domain::is_up
    void link_down(Domain& domain);
    /// Says goodbye to those who are there; call before the links are closed.
    void drain();
    /// After <gone/>: the canonical contact offers itself.
    void offer_canonical(Domain& domain, const xmpp::Jid& user, const port::Address& contact) {
        roster.offer_canonical(domain, user, contact);
    }
    /// Without it, registrations that carry credentials are refused.
    void set_sealer(Sealer sealer) { membership.set_sealer(std::move(sealer)); }

    World& world;
    ServiceDisco disco;
    Roster roster;
    Membership membership;  ///< also the operator's `account suspend|resume|release`
    Assignments assignments;
    ServicePresence presence;
    ServiceRegister registration;
    ServicePrompt prompt;
    ServiceInfo info;
    ChatCommands commands;
    ServiceChat chat;
    ServiceAdhoc adhoc;

  private:
    void watch_pauses();
    std::set<Domain*> domains_;
    Scheduler::Id pause_timer_ = 0;
};

}  // namespace sallyport::core
