// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "config/units.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::net {

class Timers;

/// Accepts connections on a TCP address or a Unix socket. Network thread only.
class Listener {
  public:
    /// A connected socket, to be owned by the callee, and the peer's address ("unix" for Unix
    /// sockets).
    using Accepted = std::function<void(int socket, std::string peer)>;

    virtual ~Listener() = default;  ///< stops accepting; removes a Unix socket's path
    virtual config::Endpoint endpoint() const = 0;  ///< with the real port
};

/// Binds and begins to accept. `host` may be a literal address or "localhost"; other names are not
/// looked up. Errors name the address. `timers` must outlive it.
Result<std::unique_ptr<Listener>> listen(
    Timers& timers, const config::Endpoint& address, Listener::Accepted accepted
);

}  // namespace sallyport::net
