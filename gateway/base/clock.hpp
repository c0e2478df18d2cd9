// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace sallyport {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where the program takes time from: monotonic for waiting, wall for what is written down. Passed
/// in, so that tests own time.
class TimeSource {
  public:
    virtual ~TimeSource() = default;
    virtual std::chrono::steady_clock::time_point now() const = 0;
    virtual WallTime wall() const = 0;
};

class SystemTime final : public TimeSource {
  public:
    std::chrono::steady_clock::time_point now() const override {
        return std::chrono::steady_clock::now();
    }
    WallTime wall() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now()
        );
    }
};

}  // namespace sallyport
