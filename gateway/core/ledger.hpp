// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "gateway/base/metrics.hpp"
#include "gateway/port/inbound.hpp"

namespace sallyport::core {

/// Counts what becomes of messages in each direction, so that an alert can tell loss:
///   taken = delivered + unconfirmed + failed + expired + duplicate + refused + open
/// Every message that reaches us is `taken` once and ends once; what was open at start counts as
/// taken then. Inbound, delivered = the host read it, failed = it was given up; one that the host
/// returns after all is taken anew.
class Ledger {
  public:
    enum class Result { taken, delivered, unconfirmed, failed, expired, duplicate, refused };
    static constexpr std::size_t results = 7;
    enum class Direction { out, in };

    explicit Ledger(Metrics& metrics) : metrics_(metrics) {}
    void out(const std::string& domain, Result result, std::uint64_t n = 1);
    void in(const std::string& domain, Result result, std::uint64_t n = 1);
    /// An outbound message changed its state; counted when it ended by that.
    void moved(const std::string& domain, port::DeliveryState from, port::DeliveryState to);
    /// taken minus all that ended.
    std::uint64_t open(const std::string& domain, Direction direction = Direction::out) const;
    std::uint64_t value(
        const std::string& domain, Result result, Direction direction = Direction::out
    ) const;

  private:
    struct Row {
        std::array<Metrics::Counter*, results> out{};
        std::array<Metrics::Counter*, results> in{};
    };
    Row& row(const std::string& domain);
    Metrics& metrics_;
    std::map<std::string, Row> rows_;
};

bool is_final(port::DeliveryState state);

}  // namespace sallyport::core
