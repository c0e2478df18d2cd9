// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "gateway/net/xmpp_link.hpp"

namespace sallyport::net {

/// How long a link waits before it tries again: a first wait per class of fault, doubled up to a
/// longest one, with jitter.
class Backoff {
  public:
    /// The wait after one more fault. `random` is uniform in [0, 1).
    std::chrono::milliseconds next(LinkFault fault, double random);
    /// A link that stood for a minute starts small again.
    void was_up(std::chrono::milliseconds how_long);

  private:
    LinkFault last_ = LinkFault::stopped;
    unsigned in_a_row_ = 0;
};

/// The class of an ended stream, by its stable word.
LinkFault fault_of(std::string_view reason);

}  // namespace sallyport::net
