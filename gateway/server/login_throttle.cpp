// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/login_throttle.hpp"

#include <array>
#include <utility>

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
    std::string text(peer.substr(0, peer.find('%')));
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
    return std::string(reinterpret_cast<const char*>(bytes.data()), network_bytes);
}

LoginThrottle::Count* LoginThrottle::Counts::find(const std::string& key) {
    for (auto* generation : {&young_, &old_})
        if (const auto at = generation->find(key); at != generation->end()) return &at->second;
    return nullptr;
}

LoginThrottle::Count& LoginThrottle::Counts::at(const std::string& key) {
    if (const auto there = young_.find(key); there != young_.end()) return there->second;
    Count known;
    if (const Count* before = find(key)) known = *before;
    if (young_.size() >= max_entries / 2) old_ = std::exchange(young_, {});
    return young_[key] = known;
}

bool LoginThrottle::is_banned(Counts& counts, const std::string& key, TimePoint now) {
    const Count* count = counts.find(key);
    return count != nullptr && now < count->banned_until;
}

bool LoginThrottle::is_banned(std::string_view peer, std::string_view user, TimePoint now) {
    const auto address = address_group(peer);
    if (address && is_banned(addresses_, *address, now)) return true;
    if (!is_banned(users_, std::string(user), now)) return false;
    return !address || !known_.contains(known_key(user, *address));
}

void LoginThrottle::wrong(std::string_view peer, std::string_view user, TimePoint now) {
    if (const auto address = address_group(peer)) add(addresses_, *address, now);
    if (!user.empty()) add(users_, std::string(user), now);
}

void LoginThrottle::add(Counts& counts, const std::string& key, TimePoint now) {
    Count& count = counts.at(key);
    if (count.wrong == 0 || now - count.since >= window) count = {0, now, count.banned_until};
    if (++count.wrong >= max_wrong) count = {0, now, now + window};
}

void LoginThrottle::right(std::string_view peer, std::string_view user) {
    const auto address = address_group(peer);
    if (!address) return;  // a proxy's address is known for everybody behind it, or for nobody
    if (known_.size() >= max_entries) known_.clear();
    known_.insert(known_key(user, *address));
}

}  // namespace sallyport::server
