// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "config/units.hpp"

namespace sallyport::sms {

/// A token bucket: `count` at once, refilled evenly over `per`. Without a rate it always allows. It
/// can also be told to wait.
class RateBucket {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    RateBucket() = default;
    explicit RateBucket(std::optional<config::Rate> rate) { change(rate); }

    /// Another rate; what was used stays used.
    void change(std::optional<config::Rate> rate);
    std::size_t allowance(TimePoint now) const;  ///< SIZE_MAX without a rate
    TimePoint next_slot(TimePoint now) const;    ///< when one more than the allowance is allowed
    bool take(TimePoint now);
    void give_back();
    /// Nothing is allowed before this instant (a provider's Retry-After). The later of two counts.
    void pause(TimePoint until);

  private:
    double tokens(TimePoint now) const;

    std::optional<config::Rate> rate_;
    double tokens_ = 0;  ///< at refilled_at_
    TimePoint refilled_at_{};
    TimePoint paused_until_{};
};

}  // namespace sallyport::sms
