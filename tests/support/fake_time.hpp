// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"

namespace sallyport::test {

/// A clock that the test owns. What waits by it (net::Timers) registers with on_advance to be run
/// at each step.
class FakeTime final : public TimeSource {
  public:
    std::chrono::steady_clock::time_point now() const override { return now_; }
    WallTime wall() const override { return wall_; }

    void on_advance(std::function<void()> look) { looks_.push_back(std::move(look)); }
    void advance(std::chrono::milliseconds by) {
        now_ += by;
        wall_ += by;
        for (const auto& look : looks_) look();
    }
    void set_wall(WallTime wall) { wall_ = wall; }

  private:
    // Not zero, which some would take for "never".
    std::chrono::steady_clock::time_point now_{std::chrono::hours(1000)};
    WallTime wall_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 31)};
    std::vector<std::function<void()>> looks_;
};

}  // namespace sallyport::test
