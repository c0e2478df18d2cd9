// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/core/arrivals.hpp"
#include "gateway/core/inbound_pace.hpp"
#include "gateway/core/shown.hpp"

/// Private to arrivals*.cpp.
namespace sallyport::core {

/// The queue of one domain's link.
struct Arrivals::Lane {
    Domain* domain = nullptr;
    std::uint64_t incarnation = 0;   ///< of the link, as counted here: part of barrier ids
    std::optional<Barrier> barrier;  ///< while the link is up
    /// Of a row that is shown: what a bounce names it by, and which showing a proof is of.
    struct Showing {
        std::string id;
        int attempts = 0;
    };
    std::map<std::int64_t, Showing> in_flight;  ///< rows shown on this link or held for a picture,
                                                ///< until their InboxRead is committed
    std::set<std::int64_t>
        finished;  ///< rows committed as read while a page is being read: the page may be older
    std::map<std::int64_t, std::string>
        errors;  ///< unproved failures shown as errors: row -> resource
    /// A row that waits for its pictures, or behind one that does.
    struct Held {
        store::InboxRow row;
        std::shared_ptr<MediaFetch>
            fetch;  ///< null: it has none. Shared with the copies under way.
        bool is_ready() const { return !fetch || fetch->is_done; }
    };
    std::map<std::string, std::deque<Held>> held;  ///< by conversation, in order
    InboundPace pace;
    std::set<std::int64_t> counted;  ///< by `pace`, at least those in flight
    std::int64_t cursor = 0;         ///< rows up to here were looked at
    bool is_reading = false;
    bool is_caught_up = false;  ///< nothing due lies on disk beyond the cursor
    bool look_again = false;    ///< something was committed while reading
    bool rescan = false;        ///< returned rows became due: begin at the first row again
    Scheduler::Id barrier_timer = 0;
    Barrier::Time barrier_at{};  ///< when barrier_timer runs
    Scheduler::Id due_timer = 0;
    Barrier::Time due_at{};  ///< when due_timer runs

    void show(const store::InboxRow& row) { in_flight[row.row] = {row.id, row.attempts}; }
};

}  // namespace sallyport::core
