// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "gateway/base/metrics.hpp"

namespace sallyport::core {

/// How long a message was on its way. Out: until the handset reported. In: from the commit before
/// the webhook's 2xx until it was given to the host, again when it is shown again.
inline void observe_delivery(
    Metrics& metrics,
    const std::string& domain,
    const std::string& direction,
    std::chrono::milliseconds took
) {
    const std::chrono::duration<double> seconds = took;
    metrics
        .histogram(
            "delivery_seconds",
            {{"transport", domain}, {"direction", direction}},
            "from acceptance to the handset's report (out) or to the host (in)"
        )
        .observe(seconds.count());
}

}  // namespace sallyport::core
