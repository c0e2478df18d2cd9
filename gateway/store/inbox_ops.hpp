// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/store/rows.hpp"

/// What users must see, from its arrival until the host has read it.
namespace sallyport::store {

/// Accepts what a user must see. `dedupe` "" = never a duplicate.
struct AcceptInbound {
    InboxRow row;
    std::string dedupe;
    std::chrono::hours remember{72};
    WallTime now{};
    struct Answer {
        bool duplicate = false;
        InboxRow row;
    };
};
/// The ack barrier proved that the host read these as they were shown. What it returned since then
/// is not what it read, and waits on. The rows stay for bounces until retention.
struct InboxRead {
    struct Shown {
        std::int64_t row = 0;
        int attempts = 0;  ///< InboxRow::attempts when it was shown
    };
    std::vector<Shown> rows;
    struct Answer {
        std::size_t messages = 0;  ///< how many of those that waited until now are messages
    };
};
/// The host returned it: shown again at `retry_at`; nothing = given up (shown to admins).
struct InboxReturned {
    std::string id;
    std::string reason;
    std::optional<WallTime> retry_at;
    WallTime now{};
    struct Answer {
        std::optional<InboxRow> row;
        bool was_read = false;  ///< it had been taken as read
    };
};
/// The user is there: returned rows become due now.
struct WakeInbox {
    std::string user;
    WallTime now{};
    struct Answer {
        std::size_t rows = 0;
    };
};
struct StoreRaw {
    std::string transport;
    std::string provider;
    std::string raw;
    WallTime now{};
    struct Answer {};
};

// ---- reads ----

/// Inbox rows to show, in row order: not read, due, row > after. `transport` "" = all.
struct InboxDue {
    std::string transport;
    std::int64_t after = 0;
    WallTime now{};
    std::size_t limit = 256;
    struct Answer {
        std::vector<InboxRow> rows;
        std::optional<WallTime> next_due;
    };
};

/// Messages (no receipts, failures, notices) that the host has not read, by transport. Reads each
/// of their rows.
struct WaitingMessages {
    struct Answer {
        std::map<std::string, std::uint64_t> by_transport;
    };
};

}  // namespace sallyport::store
