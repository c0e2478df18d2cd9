// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/core/limits.hpp"
#include "gateway/store/rows.hpp"

namespace sallyport::core {

/// How fast the texts of a network are shown to people: `limits.user` and `limits.peer` of
/// product.md, inbound. What is over waits on disk, and all that comes after it in its
/// conversation; rows are looked at in passes, from the first that waits on.
class InboundPace {
  public:
    using Time = Bucket::Time;

    /// No rate = off. Buckets are kept when theirs did not change.
    void set_rates(std::optional<config::Rate> user, std::optional<config::Rate> peer);
    /// The rows are looked at from the first one again.
    void begin_pass() { held_.clear(); }
    /// Nothing: the turn of this row has come, and it is counted. Else when to begin the next pass.
    /// The rate is that of arrival, `age` ago: what came slowly while the host was away is not
    /// held.
    std::optional<Time> hold(const store::InboxRow& row, Time now, std::chrono::milliseconds age);

  private:
    Buckets users_;
    Buckets conversations_;
    std::unordered_map<std::string, Time>
        held_;  ///< conversations with a row that waits: nothing overtakes it before the next pass
};

}  // namespace sallyport::core
