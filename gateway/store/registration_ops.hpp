// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
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

struct Registrations {
    struct Answer {
        std::vector<RegistrationRow> rows;
        std::vector<std::pair<std::string, std::string>> resting;
    };
};  ///< resting: (transport, own)
struct Resting {
    WallTime now{};
    struct Answer {
        std::vector<std::pair<std::string, std::string>> owns;
    };
};

}  // namespace sallyport::store
