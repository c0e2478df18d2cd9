// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/port/inbound.hpp"
#include "gateway/port/types.hpp"
#include "gateway/store/rows.hpp"

/// Users' messages on their way to the network: taken, attempted, reported, ended. Written as whole
/// intents; `Answer` is what comes back after the commit.
namespace sallyport::store {

/// Accepts an outbound message. With `start`, and when its lane is free, the first attempt is
/// recorded in the same commit.
struct TakeOutbound {
    OutboundRow message;  ///< row, state and attempts are ignored
    std::string guard;    ///< duplicate guard (hash of bare from, to, id, body), 48 h; "" = none
    std::optional<std::string> start;    ///< provider of a first attempt now
    std::optional<WallTime> not_before;  ///< else: when to look at it, default at once
    WallTime now{};
    struct Answer {
        bool duplicate = false;
        bool started = false;
        Place place{};
    };
};
/// Where attempts of one own address may go now.
struct LaneRoute {
    std::string provider;
    std::size_t allowance = SIZE_MAX;  ///< attempts to start at most in this claim
    WallTime next_slot{};              ///< rows beyond the allowance become due then
    std::string trial{};  ///< not empty: all routes of this name start one attempt together
};
/// Starts attempts for heads of lanes whose time has come: records attempt and provider, returns
/// the messages. Also hands out ambiguous messages whose next look is due (state ambiguous, no new
/// attempt). A RecordOutcome must follow each, or the store be opened anew, which hands them out
/// again at once. Rows whose `own` has no route are looked at again after `unroutable_pause`, those
/// beyond the allowance at `next_slot`; of a trial only a few, for one suffices: the others after
/// `unroutable_pause` at the earliest.
struct ClaimDue {
    std::shared_ptr<const std::map<std::pair<std::string, std::string>, LaneRoute>>
        routes;  ///< (transport, own) -> provider
    std::size_t limit = 256;
    WallTime now{};
    std::chrono::milliseconds unroutable_pause{30'000};
    struct Answer {
        std::vector<OutboundRow> rows;
        std::optional<WallTime> next_due;
    };
};
/// News of one message. From an attempt: `attempt` must be the row's current one, else nothing
/// changes (stale). From a report: found by outcome.id, else by (transport, refs). The state moves
/// only up the lattice (delivered beats undelivered; terminal wins).
///   queued    = the attempt was not taken: try again at `retry_at` (the lane waits)
///   ambiguous = look again at `retry_at`; `frees_lane` lets the next message of the lane go
///   meanwhile
/// A final state queues what the user must see in the same commit: a receipt row (delivered, when
/// wanted) or a failure row (undelivered, failed, expired). A reference that nobody knows is kept
/// 15 min and applied when its message turns up. `next`: when the lane became free and its next
/// message may start now, that message with its attempt recorded.
struct RecordOutcome {
    std::string transport;
    port::Outcome outcome;
    std::optional<int> attempt;
    std::optional<Place> place;  ///< of the attempted message, when known
    WallTime now{};
    std::optional<WallTime> retry_at;
    bool frees_lane = false;
    int looks = 0;                          ///< stored with ambiguous
    std::optional<std::string> start_next;  ///< provider for the next attempt of the lane
    std::optional<WallTime>
        next_not_before;  ///< else: when the lane's next is due, default at once
    struct Answer {
        bool found = false;
        bool changed = false;
        DeliveryState previous =
            DeliveryState::queued;                    ///< the state before; meaningful when changed
        DeliveryState state = DeliveryState::queued;  ///< now; meaningful when found
        bool refs_taken = false;  ///< a lookup found only references of other messages: it does not
                                  ///< count, nothing changed
        // Shared, because most answers have none of them, and a group has room for its answers.
        std::shared_ptr<OutboundRow> message;  ///< as it is now, without payload; an accepted one
                                               ///< that nothing waited for may be left out
        std::shared_ptr<InboxRow> shown;       ///< receipt or failure row that was queued
        std::shared_ptr<OutboundRow> next;
        std::optional<WallTime> next_due;  ///< when this lane must be looked at
    };
};
/// Makes waiting lane heads due now: after a held provider resumed, or a number moved. Empty `owns`
/// = all of the transport.
struct WakeLanes {
    std::string transport;
    std::vector<std::string> owns;
    WallTime now{};
    struct Answer {
        std::size_t lanes = 0;
    };
};
/// Expires what waited past its deadline (failure rows are queued; an ambiguous message is left to
/// a look that runs or is due) and turns accepted/sent older than `unconfirmed_before` into
/// unconfirmed. At most `limit` of each.
/// `set_back`: the wall clock went back by so much since the last sweep; times at which something
/// waits go back with it. 0 = perhaps while nobody ran: what was written later than now proves it.
struct SweepOutbound {
    WallTime now{};
    WallTime unconfirmed_before{};
    std::optional<std::chrono::milliseconds> set_back = std::nullopt;
    std::size_t limit = 500;
    struct Answer {
        std::vector<OutboundRow> ended;
        std::vector<InboxRow> shown;
        bool more = false;
        std::optional<WallTime> next_due;
    };
};
/// `queue retry` and `queue drop`. drop = failed with reason refused_by_policy ("dropped by the
/// operator").
struct RetryOutbound {
    port::OutId id;
    WallTime now{};
    struct Answer {
        bool changed = false;
    };
};
struct DropOutbound {
    port::OutId id;
    WallTime now{};
    struct Answer {
        bool changed = false;
        std::optional<InboxRow> shown;
    };
};

/// A text from one user of a transport to another: the sender's outbound row (state sent, no
/// provider) and the receiver's inbox row in one commit.
struct LocalHop {
    TakeOutbound out;
    InboxRow in;
    struct Answer {
        bool duplicate = false;
        InboxRow row;
    };
};

// ---- reads ----

/// Messages of a user or of all, newest first. `open_only`: not ended. `failed_only`: undelivered,
/// failed, expired, ambiguous, unconfirmed. `or_unreported`: with open_only, also what the network
/// took and never reported on.
struct ListOutbound {
    std::string transport, user;
    bool open_only = false;
    bool failed_only = false;
    std::size_t limit = 50;
    bool or_unreported = false;
    struct Answer {
        std::vector<OutboundRow> rows;
    };
};
struct FindOutbound {
    port::OutId id;
    struct Answer {
        std::optional<OutboundRow> row;
    };
};
/// Messages per (transport, state), and the oldest open one.
struct Counts {
    struct Answer {
        std::map<std::pair<std::string, DeliveryState>, std::uint64_t> outbound;
        std::map<std::string, std::uint64_t> inbox_waiting;
        std::optional<WallTime> oldest_open;
    };
};

}  // namespace sallyport::store
