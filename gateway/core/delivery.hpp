// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/world.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

/// One message that passed all checks and is to be stored and sent.
struct Dispatch {
    port::AccountId account;
    xmpp::Jid from;              ///< full JID of the sender
    std::string stanza_id;       ///< "" = none
    bool wants_receipt = false;
    port::SendMessage message;
};

/// Outbound: every accepted message has a row before anything else happens, is attempted in the order of its lane, and ends
/// visibly. Outcome classes and their consequences are sms.md §6; rows live in the store, only running attempts in memory.
class Delivery {
  public:
    Delivery(World& world, Arrivals& arrivals);

    void add(Domain& domain);
    void remove(Domain& domain);
    /// Stores the message and starts it when its lane, its rate and the bound on running attempts allow. `refused` runs when the
    /// store could not take it: the sender must be told.
    void take(Domain& domain, Dispatch dispatch, std::function<void()> refused);
    /// The result of an attempt (port::Context::attempted).
    void attempted(Domain& domain, int attempt, port::Outcome outcome);
    /// A report from the network (port::Context::accept of an Outcome).
    void report(Domain& domain, port::Outcome outcome, std::function<void(Result<port::Accepted>)> done);
    /// A receipt by a local user's client for a text that hopped: by the id of our stanza to them.
    void local_receipt(Domain& domain, const xmpp::Jid& by, const std::string& stanza_id);
    /// Waiting lanes are looked at again: provider resumed, configuration changed, operator asked.
    void wake(Domain& domain);
    /// Begins work after start: claims what is due.
    void start();
    /// Stops starting attempts; `drained` runs when none is running.
    void drain(std::function<void()> drained);
    std::size_t running() const { return running_; }

    static constexpr std::size_t max_running = 1024;  ///< attempts in flight over all domains

  private:
    void begin(Domain& domain, store::OutboundRow row);
    void settle(Domain& domain, store::OutboundRow row);
    void record(Domain& domain, store::RecordOutcome op, std::function<void(Result<port::Accepted>)> done = {});
    void recorded(Domain& domain, store::RecordOutcome::Answer answer);
    void count(const store::OutboundRow& row);
    std::optional<std::string> next_start(Domain& domain, const std::string& own, store::RecordOutcome& op);
    void look_at(WallTime when);
    void claim();
    void sweep();

    World& world_;
    Arrivals& arrivals_;
    std::map<std::string, Domain*> domains_;
    std::size_t running_ = 0;
    bool is_stopping_ = false;
    bool is_claiming_ = false;
    bool claim_again_ = false;
    std::optional<WallTime> claim_at_;
    Scheduler::Id claim_timer_ = 0;
    std::function<void()> drained_;
};

}  // namespace sallyport::core
