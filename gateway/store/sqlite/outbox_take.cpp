// SPDX-License-Identifier: Apache-2.0
// Accepting outbound messages and starting their attempts.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "gateway/store/sqlite/inbox.hpp"
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {

using enum port::DeliveryState;

namespace {

constexpr std::chrono::milliseconds shortest_pause{1};
/// Lanes that wait for the next trial itself: more than one, should its message end meanwhile.
constexpr std::size_t most_understudies = 3;

std::optional<std::int64_t> guard_of(const TakeOutbound& op) {
    if (op.guard.empty()) return std::nullopt;
    return stable_hash({op.guard});
}

/// A message that failed for certain guards nothing: its user was told, and may send it again as it
/// is.
bool guards(Query& found) {
    const auto state = static_cast<port::DeliveryState>(found.value<int>());
    const bool is_over = state == undelivered || state == failed || state == expired;
    return !is_over || found.value<std::string>() == to_string(port::Reason::unknown_outcome);
}

/// Whether it was accepted before rows were guards (schema 5): `seen` knows it then, and which row
/// it is tells its stanza id.
bool is_older_duplicate(Writer& writer, const TakeOutbound& op) {
    if (op.now >= writer.older_guards_until) return false;
    Query seen(
        writer.db,
        "SELECT 1 FROM seen WHERE key = ? AND expires > ?",
        writer.hash({"out", op.guard}),
        op.now
    );
    if (!seen.next()) return false;
    Query query(
        writer.db,
        "SELECT state, reason FROM outbox WHERE user_key = ? AND user = ? AND stanza_id = ?"
        " AND peer = ? AND transport = ? ORDER BY row DESC LIMIT 1",
        stable_hash({op.message.user}),
        op.message.user,
        op.message.stanza_id,
        op.message.peer,
        op.message.transport
    );
    return !query.next() || guards(query);
}

/// The row itself is the guard.
bool is_duplicate(Writer& writer, const TakeOutbound& op) {
    if (op.guard.empty()) return false;
    Query query(
        writer.db,
        "SELECT state, reason FROM outbox WHERE user_key = ? AND guard = ? AND user = ?"
        " AND transport = ? AND accepted_at > ? ORDER BY row DESC LIMIT 1",
        stable_hash({op.message.user}),
        guard_of(op),
        op.message.user,
        op.message.transport,
        op.now - guard_time
    );
    return query.next() ? guards(query) : is_older_duplicate(writer, op);
}

/// The message as it enters the store, in `state`, nothing attempted.
StoredOutbound fresh(const TakeOutbound& op, DeliveryState state) {
    StoredOutbound message;
    message.row = op.message;
    message.row.attempts = 0;
    message.row.looks = 0;
    message.row.accepted_at = op.now;
    message.lane = lane_of(op.message);
    message.guard = guard_of(op);
    set_state(message, state, op.now);
    return message;
}

void put_off(Writer& writer, StoredOutbound& message, std::optional<WallTime> due) {
    message.due = due;
    save_outbound(writer, message);
}

/// One ClaimDue: what its own addresses started so far.
class Claim {
  public:
    Claim(Writer& writer, const ClaimDue& op) : writer_(writer), op_(op) {}

    /// True when the message is handed out.
    bool handle(StoredOutbound& message) {
        if (message.row.state == ambiguous) {
            put_off(writer_, message, look_runs);
            return true;
        }
        return gets_its_turn(message) && start(message);
    }

  private:
    bool gets_its_turn(StoredOutbound& message) {
        const auto head = lane_head(writer_, message.lane);
        const bool is_head = head && head->row.row == message.row.row;
        if (is_head && !lane_is_busy(writer_, message.lane)) return true;
        // An older message came back into the lane; this one goes when that one has ended.
        put_off(writer_, message, std::nullopt);
        let_lane_go(writer_, message.lane, op_.now);
        return false;
    }

    bool start(StoredOutbound& message) {
        const LaneRoute* route = route_of(message.row);
        if (route == nullptr) {
            put_off(writer_, message, op_.now + op_.unroutable_pause);
            return false;
        }
        if (!may_start(*route)) {
            put_off(writer_, message, next_look(*route));
            return false;
        }
        start_attempt(writer_, message, route->provider, op_.now);
        return true;
    }

    bool may_start(const LaneRoute& route) {
        std::size_t& started = started_[&route];
        if (started >= route.allowance) return false;
        if (!route.trial.empty() && std::exchange(trials_[route.trial].has_started, true))
            return false;
        ++started;
        return true;
    }

    WallTime next_look(const LaneRoute& route) {
        const WallTime slot = std::max(route.next_slot, op_.now + shortest_pause);
        if (route.trial.empty() || trials_[route.trial].understudies++ < most_understudies)
            return slot;
        return std::max(slot, op_.now + op_.unroutable_pause);
    }

    /// Nothing when there is none, or when the deadline has passed and the sweep will end the
    /// message.
    const LaneRoute* route_of(const OutboundRow& row) const {
        if (!op_.routes || row.deadline <= op_.now) return nullptr;
        const auto found = op_.routes->find({row.transport, row.own});
        return found == op_.routes->end() ? nullptr : &found->second;
    }

    struct Trial {
        bool has_started = false;
        std::size_t understudies = 0;
    };

    Writer& writer_;
    const ClaimDue& op_;
    std::map<const LaneRoute*, std::size_t> started_;
    std::map<std::string, Trial> trials_;
};

std::vector<std::int64_t> due_rows(Writer& writer, const ClaimDue& op) {
    Query query(
        writer.db,
        "SELECT row FROM outbox WHERE due <= ? ORDER BY due, row LIMIT ?",
        op.now,
        op.limit
    );
    std::vector<std::int64_t> rows;
    while (query.next()) rows.push_back(query.value<std::int64_t>());
    return rows;
}

}  // namespace

TakeOutbound::Answer execute(Writer& writer, const TakeOutbound& op) {
    if (is_duplicate(writer, op)) return {.duplicate = true};
    const std::int64_t lane = lane_of(op.message);
    const bool free = lane_is_empty(writer, lane);
    const bool start = free && op.start.has_value();
    StoredOutbound message = fresh(op, start ? attempting : queued);
    if (start) {
        message.row.attempts = 1;
        message.row.provider = *op.start;
        message.row.attempted_at = op.now;
    } else if (free) {
        message.due = op.not_before.value_or(op.now);
    }
    insert_outbound(writer, message);
    return {.started = start, .place = {message.row.row, lane}};
}

LocalHop::Answer execute(Writer& writer, const LocalHop& op) {
    LocalHop::Answer answer;
    answer.duplicate = is_duplicate(writer, op.out);
    if (answer.duplicate) return answer;
    StoredOutbound message = fresh(op.out, sent);
    message.row.provider.clear();
    insert_outbound(writer, message);
    answer.row = op.in;
    insert_inbox(writer, answer.row, op.out.now);
    return answer;
}

ClaimDue::Answer execute(Writer& writer, const ClaimDue& op) {
    ClaimDue::Answer answer;
    Claim claim(writer, op);
    for (const std::int64_t row : due_rows(writer, op)) {
        auto message = load_outbound(writer, row);
        // An earlier one of this round may have moved it.
        if (!message || !message->due || *message->due > op.now) continue;
        if (!claim.handle(*message)) continue;
        load_payload(writer, message->row);
        answer.rows.push_back(std::move(message->row));
    }
    answer.next_due = next_due(writer);
    return answer;
}

}  // namespace sallyport::store
