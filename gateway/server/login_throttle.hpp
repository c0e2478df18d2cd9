// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "xmpp/core/machine.hpp"

namespace sallyport::server {

/// What attempts of one client are counted under: an IPv4 address, an IPv6 /64. Nothing for this
/// machine itself: a proxy in front speaks for everybody behind it.
std::optional<std::string> address_group(std::string_view peer);

/// Counts wrong passwords (xmpp.md A6, §5.3): who gave `max_wrong` within an hour, from one address
/// or for one account, is refused for an hour. An address from which the account logged in before
/// is not shut out by what others try elsewhere; behind a proxy on this machine nobody can be told
/// from those others. Bounded memory.
class LoginThrottle {
  public:
    static constexpr int max_wrong = 20;
    static constexpr std::chrono::hours window{1};
    static constexpr std::size_t max_entries = 50'000;  ///< of each kind

    /// Whether this try is refused unseen. Names nobody has are counted alike.
    bool is_banned(std::string_view peer, std::string_view user, TimePoint now);
    void wrong(std::string_view peer, std::string_view user, TimePoint now);
    void right(std::string_view peer, std::string_view user);

  private:
    struct Count {
        int wrong = 0;
        TimePoint since{};
        TimePoint banned_until{};
    };
    /// Two generations: when the young one is full the old one is forgotten.
    class Counts {
      public:
        Count* find(const std::string& key);
        Count& at(const std::string& key);

      private:
        std::unordered_map<std::string, Count> young_;
        std::unordered_map<std::string, Count> old_;
    };

    static bool is_banned(Counts& counts, const std::string& key, TimePoint now);
    static void add(Counts& counts, const std::string& key, TimePoint now);

    Counts addresses_;
    Counts users_;
    std::unordered_set<std::string> known_;  ///< user NUL address: logged in from there
};

}  // namespace sallyport::server
