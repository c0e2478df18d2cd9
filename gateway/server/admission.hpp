// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sallyport::server {

/// How many connections a door holds at once. Addresses are counted by address_group(): this
/// machine itself is bounded by the whole alone.
struct DoorLimits {
    std::size_t connections = 20'000;
    std::size_t strangers = 2'000;  ///< not yet authenticated
    std::size_t strangers_per_address = 50;
    std::size_t connections_per_address = 500;
};

/// Counts who is inside a door, by address. Every connection that enters leaves once.
class Admission {
  public:
    explicit Admission(DoorLimits limits) : limits_(limits) {}

    /// Whether one more from this address is too many.
    bool is_full(std::string_view peer) const;
    void enter(std::string_view peer);
    /// One that has entered is a stranger no more.
    void prove(std::string_view peer);
    void leave(std::string_view peer, bool has_proved);

    std::size_t connections() const { return all_.connections; }
    std::size_t strangers() const { return all_.strangers; }

  private:
    struct Count {
        std::size_t connections = 0;
        std::size_t strangers = 0;
    };

    DoorLimits limits_;
    Count all_;
    std::unordered_map<std::string, Count> addresses_;
};

}  // namespace sallyport::server
