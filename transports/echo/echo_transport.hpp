// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "gateway/port/context.hpp"
#include "gateway/port/transport.hpp"

namespace sallyport::echo {

/// The smallest network: whoever is written to answers with the same words, and every message is
/// delivered at once. transports/README.md walks through it. REQUIRES: `context` outlives it.
std::unique_ptr<port::Transport> make_echo_transport(port::Context& context);

}  // namespace sallyport::echo
