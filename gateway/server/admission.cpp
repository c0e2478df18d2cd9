// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/admission.hpp"

#include "gateway/server/login_throttle.hpp"

namespace sallyport::server {

bool Admission::is_full(std::string_view peer) const {
    if (all_.connections >= limits_.connections || all_.strangers >= limits_.strangers) return true;
    const auto group = address_group(peer);
    const auto at = group ? addresses_.find(*group) : addresses_.end();
    return at != addresses_.end() && (at->second.strangers >= limits_.strangers_per_address ||
                                      at->second.connections >= limits_.connections_per_address);
}

void Admission::enter(std::string_view peer) {
    ++all_.connections;
    ++all_.strangers;
    const auto group = address_group(peer);
    if (!group) return;
    Count& from = addresses_[*group];
    ++from.connections;
    ++from.strangers;
}

void Admission::prove(std::string_view peer) {
    --all_.strangers;
    if (const auto group = address_group(peer)) --addresses_[*group].strangers;
}

void Admission::leave(std::string_view peer, bool has_proved) {
    if (!has_proved) prove(peer);
    --all_.connections;
    const auto group = address_group(peer);
    if (group && --addresses_[*group].connections == 0) addresses_.erase(*group);
}

}  // namespace sallyport::server
