// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/port/types.hpp"
#include "gateway/store/rows.hpp"

/// Who uses a transport, by which own address.
namespace sallyport::store {

struct PutRegistration {
    RegistrationRow row;  ///< id 0 = new
    WallTime now{};
    struct Answer {
        bool conflict = false;
        port::AccountId id;
    };  ///< conflict: own address or user is taken
};
/// Removes it; its own address rests until `rest_until` (pool numbers). Waiting outbound fails with
/// refused_by_policy.
struct RemoveRegistration {
    port::AccountId id;
    std::optional<WallTime> rest_until;
    WallTime now{};
    struct Answer {
        bool found = false;
        std::vector<InboxRow> shown;
    };
};  ///< shown: failure rows that were queued

// ---- reads ----

/// A pool number that was given back.
struct RestingNumber {
    std::string transport;
    std::string own;
    WallTime until{};
};
struct Registrations {
    struct Answer {
        std::vector<RegistrationRow> rows;
        std::vector<RestingNumber> resting;  ///< also those whose time is over, until retention
    };
};

}  // namespace sallyport::store
