// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/inbound_pace.hpp"

#include <algorithm>

namespace sallyport::core {

void InboundPace::set_rates(std::optional<config::Rate> user, std::optional<config::Rate> peer) {
    users_.set_rate(user);
    conversations_.set_rate(peer);
}

std::optional<InboundPace::Time> InboundPace::hold(
    const store::InboxRow& row, Time now, std::chrono::milliseconds age
) {
    const std::string conversation = row.user + '\n' + row.peer;
    if (const auto found = held_.find(conversation); found != held_.end()) return found->second;
    const auto wait = std::max(users_.wait(row.user, now), conversations_.wait(conversation, now));
    if (wait) return held_[conversation] = now + *wait;
    users_.take(row.user, now, now - age);
    conversations_.take(conversation, now, now - age);
    return std::nullopt;
}

}  // namespace sallyport::core
