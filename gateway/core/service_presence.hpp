// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/service_membership.hpp"
#include "gateway/core/service_roster.hpp"
#include "gateway/core/service_tools.hpp"
#include "gateway/core/world.hpp"

namespace sallyport::core {

/// Presence and subscriptions, of the gateway and of its contacts (gateway.md
/// §2.0, 2.4, 2.5, 2.8, 2.9).
///
/// No loops: `subscribed` and `unsubscribed` are never answered, nor is an error; `subscribed`
/// answers a `subscribe` and nothing else. A user who is not registered may add the gateway all the
/// same, because clients show its forms and commands only for a contact whose presence they have,
/// and others can reach it only by chat.
class ServicePresence {
  public:
    ServicePresence(
        World& world,
        Users& users,
        Router& router,
        Arrivals& arrivals,
        Roster& roster,
        Membership& membership
    );

    /// Who is there is asked anew, at a bearable rate: at once after our start, after a minute when
    /// the link had been up before, for most users' presence comes by itself then.
    void link_up(Domain& domain);
    /// Who is there becomes unknown.
    void link_down(Domain& domain);
    /// The domain goes: nothing that waits may mention it any more.
    void forget(const Domain& domain);
    /// Tells those who are there that the gateway goes.
    void drain();

  private:
    struct Known {
        Domain* domain;
        std::set<std::string> present;  ///< full JIDs whose presence came over this link
        std::set<std::string> shown;    ///< those of them that have ours
        std::uint64_t link = 0;         ///< which link this is, counted from 1
    };
    struct Tour;
    Handled came(Request& request);
    Handled left(Request& request);
    Handled probed(Request& request);
    Handled wants_gateway(Request& request);
    Handled leaves_gateway(Request& request);
    Handled approves(Request& request);
    Handled denies(Request& request);
    Handled looks_at_contact(Request& request);
    Handled probes_contact(Request& request);
    Handled adds_contact(Request& request);
    Handled drops_contact(Request& request);
    bool note_resource(Request& request);
    void forget_resources(Known& known);
    void refuse_probe(Request& request);
    Known& known(Domain& domain);
    void step(std::shared_ptr<Tour> tour);
    void visit(Domain& domain, const std::string& user);

    World& world_;
    Users& users_;
    Arrivals& arrivals_;
    Roster& roster_;
    Membership& membership_;
    std::map<std::string, Known> known_;
    Pace probes_;   ///< ours, to users
    Pace answers_;  ///< to probes of contacts
    Buckets looks_;
};

}  // namespace sallyport::core
