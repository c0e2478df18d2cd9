// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "transports/sms/phone.hpp"

namespace sallyport::sms {

/// What was found out about numbers lately: libphonenumber takes 20 to 30 µs a question, more than
/// the rest of a message. Holds two generations of at most `most` numbers each, about 3 MiB at the
/// default.
class NumberBook {
  public:
    explicit NumberBook(std::size_t most = 16 * 1024) : most_(most) {}

    /// As parse_peer; canonical numbers are remembered.
    port::Answer<Peer> parse(std::string_view typed, std::string_view region);
    /// As region_of.
    std::string region(std::string_view e164);
    std::size_t size() const { return young_.size() + old_.size(); }

  private:
    struct Known {
        bool is_possible = false;
        std::string region;  ///< "" = not asked yet
    };
    Known& find(std::string_view e164);

    std::unordered_map<std::string, Known> young_;
    std::unordered_map<std::string, Known> old_;
    std::size_t most_;
};

}  // namespace sallyport::sms
