// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/ledger.hpp"
#include "gateway/core/world.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

/// One message that passed all checks and is to be stored and sent.
struct Dispatch {
    port::AccountId account;
    std::string own;        ///< our address that it leaves from
    xmpp::Jid from;         ///< full JID of the sender
    std::string stanza_id;  ///< what a receipt or an error must name, "" = none
    std::string unique_id;  ///< origin-id or stanza id, for the duplicate guard; "" = no guard
    bool wants_receipt = false;
    port::SendMessage message;
};

/// Outbound: every accepted message has a row before anything else happens, is attempted in the
/// order of its lane, and ends visibly. Outcome classes and their consequences are sms.md §6; rows
/// live in the store, only running attempts in memory.
class Delivery {
  public:
    Delivery(World& world, Arrivals& arrivals, Ledger& ledger);

    void add(Domain& domain);
    void remove(Domain& domain);
    /// Stores the message and starts it when its lane, its rate and the bound on running attempts
    /// allow. `refused` runs when the store could not take it: the sender must be told.
    void take(Domain& domain, Dispatch dispatch, std::function<void()> refused);
    /// A text to another user of the same transport: no network in between; `to` is the receiver's
    /// account.
    void hop(
        Domain& domain,
        const Dispatch& dispatch,
        const port::Account& to,
        std::function<void()> refused
    );
    /// The client of `by` received the text that we showed it under `id`: the receipt of a hop is
    /// the other client's own.
    void hop_received(Domain& domain, const port::Account& by, std::string id);
    /// The result of an attempt (port::Context::attempted): exactly once per submit that answered
    /// Pending.
    void attempted(Domain& domain, int attempt, port::Outcome outcome);
    /// A report from the network (port::Context::accept of an Outcome).
    void report(
        Domain& domain, port::Outcome outcome, std::function<void(Result<port::Accepted>)> done
    );
    /// Messages that ended while they waited, because their sender left: counted, and shown.
    void ended(Domain& domain, const std::vector<store::InboxRow>& shown);
    /// Waiting lanes are looked at again: provider resumed, configuration changed, operator asked.
    /// Of one own address, "" = of all.
    void wake(Domain& domain, const std::string& own = {});
    /// Begins work after the store is open and the domains are added: claims what is due, sweeps
    /// every minute.
    void start();
    /// Stops starting attempts; `drained` runs when none is running.
    void drain(std::function<void()> drained);
    std::size_t running() const { return running_; }

    /// How long a message waits before its provider, held or absent, is asked for again.
    static constexpr std::chrono::seconds held_pause{30};
    static constexpr std::size_t max_running = 1024;  ///< attempts in flight over all domains

  private:
    struct Start {
        std::string id;
        std::string own;
        port::AccountId account;
        int attempt = 1;
        store::Place place{};
    };
    struct Running {
        std::string own;
        store::Place place;
    };
    void begin(Domain& domain, const Start& start, port::SendMessage message);
    void begin(Domain& domain, const store::OutboundRow& row);
    void settle(Domain& domain, store::OutboundRow row);
    boost::asio::awaitable<port::SentStatus> look_for(Domain* domain, store::OutboundRow row);
    void looked(Domain& domain, const store::OutboundRow& row, const port::SentStatus& status);
    store::RecordOutcome judge(
        const Domain& domain, const store::OutboundRow& row, const port::SentStatus& status
    ) const;
    store::RecordOutcome classify(Domain& domain, int attempt, port::Outcome outcome) const;
    using Told = std::function<void(Result<port::Accepted>)>;
    void record(
        Domain& domain,
        std::string own,
        store::RecordOutcome op,
        Told done = {},
        std::function<void()> refs_taken = {}
    );
    void recorded(Domain& domain, store::RecordOutcome::Answer answer);
    static bool starts_nothing(const Domain& domain, const std::string& own);
    std::optional<std::string> reserve(
        Domain& domain, const std::string& own, std::optional<WallTime>& not_before
    );
    void unreserve(Domain& domain, const std::string& own);
    void ended_one();
    void look_at(WallTime when);
    void claim();
    void claimed(store::ClaimDue::Answer answer, std::size_t limit);
    store::RecordOutcome unmoved(const store::OutboundRow& row) const;
    void put_back(const store::OutboundRow& row);
    void sweep();
    std::optional<std::chrono::milliseconds> set_back() const;
    std::shared_ptr<const std::map<std::pair<std::string, std::string>, store::LaneRoute>> routes(
    ) const;
    WallTime to_wall(std::chrono::steady_clock::time_point when) const;

    World& world_;
    Arrivals& arrivals_;
    Ledger& ledger_;
    std::map<std::string, Domain*> domains_;
    std::unordered_map<std::string, Running> attempts_;  ///< by out id
    std::size_t running_ = 0;
    bool is_stopping_ = false;
    bool is_claiming_ = false;
    bool has_backlog_ = false;  ///< something due was left on disk for want of room
    std::optional<WallTime> claim_at_;
    /// Wall time less steady time at the last sweep: when it falls, the wall clock was set back.
    std::optional<std::chrono::milliseconds> clocks_apart_;
    Scheduler::Id claim_timer_ = 0;
    std::function<void()> drained_;
};

}  // namespace sallyport::core
