// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/net/srv_targets.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::net {

class Timers;

/// What DNS says about the XMPP service of a domain, asked with c-ares on the loop: no thread, and
/// the system's settings are read anew for each look-up. Network thread only.
class SrvResolver {
  public:
    struct Options {
        std::string servers;                       ///< "127.0.0.1:53,[::1]:53"; "" = the system's
        std::chrono::milliseconds timeout{3'000};  ///< of the first try; doubled by the next
        int tries = 2;
        RandomBelow random;  ///< empty = the system's
    };
    using Done = std::function<void(Result<std::vector<Target>>)>;

    SrvResolver(Timers& timers, Options options);  ///< `timers` must outlive it
    ~SrvResolver();                                ///< look-ups under way are forgotten
    SrvResolver(const SrvResolver&) = delete;
    SrvResolver& operator=(const SrvResolver&) = delete;

    /// Asks for _xmpp-client._tcp and _xmpps-client._tcp at once and gives order_targets() of the
    /// answers: the domain itself when there are none, and also when no server answers (RFC 6120
    /// §3.2.1, 9). Empty: the domain says that it has no such service. Errors: "dns" when that
    /// cannot be told for now. `done` runs once, never from within this call; not at all after this
    /// object has gone.
    void look_up(std::string domain, Done done);

  private:
    class Lookup;
    void finish(std::uint64_t id, Result<std::vector<Target>> targets);

    Timers& timers_;
    Options options_;
    std::uint64_t last_id_ = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<Lookup>> lookups_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< watched by what was posted
};

}  // namespace sallyport::net
