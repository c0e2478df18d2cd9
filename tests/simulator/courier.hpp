// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/world.hpp"

namespace simulator {

/// Sends the webhook once. A refused or silent peer is an attempt with status 0; only plain http is
/// spoken. `hook` and `rule` live until it returns.
boost::asio::awaitable<Attempt> send_once(World& world, const Webhook& hook, const RetryRule& rule);

/// Whether `rule` tries again after such an attempt.
[[nodiscard]] bool is_retried(const Attempt& attempt, const RetryRule& rule);

}  // namespace simulator
