// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

#include "config/units.hpp"

namespace sallyport::core {

/// A token bucket: `rate.count` tokens, refilled evenly over `rate.per`. No rate = never empty.
class Bucket {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Bucket(std::optional<config::Rate> rate = {}) : rate_(rate) {}
    /// Takes a token; nothing when one was there, else how long until there is one.
    std::optional<std::chrono::milliseconds> take(Time now) { return take(now, now); }
    /// The same for what came earlier and is looked at now: it needs the token that there was, or
    /// has been since.
    std::optional<std::chrono::milliseconds> take(Time now, Time came);
    /// What take() would answer.
    std::optional<std::chrono::milliseconds> wait(Time now) const;
    bool is_full(Time now) const { return !rate_ || next_free_ <= now; }

  private:
    Time earliest() const;  ///< when there is, or was, a token
    std::optional<config::Rate> rate_;
    Time next_free_{};  ///< the instant at which the bucket would be full again (GCRA)
};

/// One bucket per key, forgotten when full again.
class Buckets {
  public:
    explicit Buckets(std::optional<config::Rate> rate = {}) : rate_(rate) {}
    std::optional<std::chrono::milliseconds> take(const std::string& key, Bucket::Time now) {
        return take(key, now, now);
    }
    std::optional<std::chrono::milliseconds> take(
        const std::string& key, Bucket::Time now, Bucket::Time came
    );
    std::optional<std::chrono::milliseconds> wait(const std::string& key, Bucket::Time now) const;
    const std::optional<config::Rate>& rate() const { return rate_; }
    void set_rate(std::optional<config::Rate> rate);
    std::size_t size() const { return buckets_.size(); }

  private:
    void forget_full(Bucket::Time now);
    std::optional<config::Rate> rate_;
    std::unordered_map<std::string, Bucket> buckets_;
    std::size_t sweep_at_ = 1024;
};

}  // namespace sallyport::core
