// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/world.hpp"

namespace simulator {

/// What one open page knows, and hence what it is to be told next.
class News {
  public:
    explicit News(World& world);

    /// Server-sent events for all that changed since the last call, "" for nothing: `settings`;
    /// `all` (every message: after connecting and after a reset); `message`; `refused`.
    [[nodiscard]] std::string next();

  private:
    World& world_;
    std::uint64_t known_ = 0;
    /// The last event seen: only refusals are read from the log, everything else is state.
    std::uint64_t sequence_ = 0;
    bool is_new_ = true;
};

/// A message as the phone sees it: `state` is queued, sent, delivered or failed.
[[nodiscard]] json::object phone_view(const Message& message, const Config& config);

}  // namespace simulator
