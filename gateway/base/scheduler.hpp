// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace sallyport {

/// Runs closures later, on the network thread. A time in the past runs on the next turn of the
/// loop, never within the call.
class Scheduler {
  public:
    using Id = std::uint64_t;  ///< 0 is never given out
    virtual ~Scheduler() = default;
    virtual Id at(std::chrono::steady_clock::time_point when, std::function<void()> run) = 0;
    /// No-op when it ran or was cancelled already.
    virtual void cancel(Id id) = 0;
};

}  // namespace sallyport
