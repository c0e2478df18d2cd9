// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/iq_tracker.hpp"

#include <algorithm>

namespace sallyport::xmpp {

bool IqTracker::add(Key key, TimePoint deadline) {
    Answer answer(std::move(key.peer), std::move(key.id));
    auto [at, added] = by_answer_.try_emplace(answer, Pending{std::move(key.kind), deadline});
    if (added) by_deadline_.emplace(deadline, std::move(answer));
    return added;
}

std::optional<IqTracker::Key> IqTracker::take(const Stanza& answer) {
    bool is_answer = answer.type() == StanzaType::result || answer.type() == StanzaType::error;
    if (answer.kind() != StanzaKind::iq || !is_answer) return std::nullopt;
    auto found = by_answer_.find(Answer(answer.from(), answer.id()));
    if (found == by_answer_.end()) return std::nullopt;
    Key key{std::move(found->second.kind), found->first.first, found->first.second};
    by_deadline_.erase({found->second.deadline, found->first});
    by_answer_.erase(found);
    return key;
}

bool IqTracker::forget(const Key& key) {
    auto found = by_answer_.find(Answer(key.peer, key.id));
    if (found == by_answer_.end() || found->second.kind != key.kind) return false;
    by_deadline_.erase({found->second.deadline, found->first});
    by_answer_.erase(found);
    return true;
}

std::vector<IqTracker::Key> IqTracker::expire(TimePoint now) {
    std::vector<Key> expired;
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
        auto node = by_answer_.extract(by_deadline_.begin()->second);
        by_deadline_.erase(by_deadline_.begin());
        auto& [peer, id] = node.key();
        expired.push_back({std::move(node.mapped().kind), std::move(peer), std::move(id)});
    }
    return expired;
}

std::vector<IqTracker::Key> IqTracker::take_all() {
    return expire(TimePoint::max());
}

std::optional<TimePoint> IqTracker::deadline() const {
    if (by_deadline_.empty()) return std::nullopt;
    return by_deadline_.begin()->first;
}

std::size_t IqTracker::count(std::string_view kind) const {
    auto is_kind = [&](const auto& entry) { return entry.second.kind == kind; };
    return static_cast<std::size_t>(std::count_if(by_answer_.begin(), by_answer_.end(), is_kind));
}

}  // namespace sallyport::xmpp
