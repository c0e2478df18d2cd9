// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"

/// A transport's own rows, and the core's: ordered keys in namespaces.
namespace sallyport::store {

struct PutRecord {
    std::string ns, key, value;
    std::optional<WallTime> expires;
    struct Answer {};
};
struct EraseRecord {
    std::string ns, key;
    struct Answer {};
};

// ---- reads ----

struct GetRecord {
    std::string ns, key;
    WallTime now{};
    struct Answer {
        std::optional<std::string> value;
    };
};
struct ScanRecords {
    std::string ns, prefix;
    WallTime now{};
    struct Answer {
        std::vector<std::pair<std::string, std::string>> rows;
    };
};

}  // namespace sallyport::store
