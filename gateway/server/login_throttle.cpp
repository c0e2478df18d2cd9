// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/login_throttle.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace sallyport::server {
namespace {

constexpr std::size_t network_bytes = 8;  // a /64 is one subscriber

std::string known_key(std::string_view user, const std::string& address) {
    return std::string(user) + '\0' + address;
}

}  // namespace

std::optional<std::string> address_group(std::string_view peer) {
    if (peer == "unix" || peer == "::1" || peer.starts_with("127.")) return std::nullopt;
    const std::string text(peer.substr(0, peer.find('%')));
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
    return std::string(reinterpret_cast<const char*>(bytes.data()), network_bytes);
}

bool LoginThrottle::is_banned(const Counts& counts, const std::string& key, TimePoint now) {
    const auto at = counts.find(key);
    return at != counts.end() && now < at->second.banned_until;
}

bool LoginThrottle::is_banned(std::string_view peer, std::string_view user, TimePoint now) {
    const auto address = address_group(peer);
    if (address && is_banned(addresses_, *address, now)) return true;
    if (!is_banned(users_, std::string(user), now)) return false;
    return !known_.contains(known_key(user, address.value_or("")));
}

void LoginThrottle::wrong(std::string_view peer, std::string_view user, TimePoint now) {
    if (const auto address = address_group(peer)) add(addresses_, *address, now);
    if (!user.empty()) add(users_, std::string(user), now);
}

void LoginThrottle::add(Counts& counts, const std::string& key, TimePoint now) {
    if (!counts.contains(key)) make_room(counts, now);  // never at the cost of this very entry
    Count& count = counts[key];
    if (count.wrong == 0 || now - count.since >= window) count = {0, now, count.banned_until};
    if (++count.wrong >= max_wrong) count = {0, now, now + window};
}

void LoginThrottle::make_room(Counts& counts, TimePoint now) {
    if (counts.size() < max_entries) return;
    std::erase_if(counts, [now](const auto& entry) {
        return now - entry.second.since >= window && now >= entry.second.banned_until;
    });
    if (counts.size() >= max_entries) counts.erase(counts.begin());
}

void LoginThrottle::right(std::string_view peer, std::string_view user) {
    if (known_.size() >= max_entries) known_.clear();
    known_.insert(known_key(user, address_group(peer).value_or("")));
}

}  // namespace sallyport::server
