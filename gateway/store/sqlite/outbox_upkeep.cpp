// SPDX-License-Identifier: Apache-2.0
// What time, the operator and a restart do to outbound messages.
#include "gateway/store/sqlite/inbox.hpp"
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {

using enum port::DeliveryState;
using port::Failure;
using port::Reason;

namespace {

// A message that the operator sends again gets at least this long.
constexpr std::chrono::hours retry_time{1};
// And this long to decide about what a restore has parked.
constexpr std::chrono::hours parking_time{7 * 24};

std::size_t wake(Writer& writer, const WakeLanes& op, const std::string* own) {
    if (own == nullptr) {
        Query(
            writer.db,
            "UPDATE outbox SET due = ?1 WHERE due > ?1 AND state = 0 AND transport = ?2",
            op.now,
            op.transport
        )
            .run();
    } else {
        Query(
            writer.db,
            "UPDATE outbox SET due = ?1 WHERE due > ?1 AND state = 0 AND transport = ?2 AND own = "
            "?3",
            op.now,
            op.transport,
            *own
        )
            .run();
    }
    return static_cast<std::size_t>(writer.db.changes());
}

/// A look that runs, or that is due and about to, decides better than a deadline.
std::vector<std::int64_t> past(
    Writer& writer, DeliveryState state, WallTime before, std::size_t limit
) {
    Query query(
        writer.db,
        "SELECT row FROM outbox WHERE state = ?1 AND sweep_at <= ?2"
        " AND (state <> 2 OR due IS NULL OR (due > ?2 AND due < ?4))"
        " ORDER BY sweep_at, row LIMIT ?3",
        state,
        before,
        limit,
        look_runs
    );
    std::vector<std::int64_t> rows;
    while (query.next()) rows.push_back(query.value<std::int64_t>());
    return rows;
}

Failure expiry_of(const StoredOutbound& message) {
    if (message.row.state == ambiguous) return Failure(Reason::unknown_outcome);
    return Failure(Reason::expired, message.row.reason_text);
}

void expire(
    Writer& writer, const SweepOutbound& op, DeliveryState state, SweepOutbound::Answer& answer
) {
    const auto rows = past(writer, state, op.now, op.limit);
    answer.more |= rows.size() == op.limit;
    for (const std::int64_t row : rows) {
        auto message = load_outbound(writer, row);
        if (!message) continue;
        answer.shown.push_back(end_outbound(writer, *message, expired, expiry_of(*message), op.now)
        );
        answer.ended.push_back(std::move(message->row));
    }
}

void stop_waiting_for_reports(
    Writer& writer, const SweepOutbound& op, DeliveryState state, SweepOutbound::Answer& answer
) {
    const auto rows = past(writer, state, op.unconfirmed_before, op.limit);
    answer.more |= rows.size() == op.limit;
    for (const std::int64_t row : rows) {
        auto message = load_outbound(writer, row);
        if (!message) continue;
        set_state(*message, unconfirmed, op.now);
        save_outbound(writer, *message);
        answer.ended.push_back(std::move(message->row));
    }
}

/// Times on disk are wall time: after a step back they lie too far ahead.
void follow_clock(Writer& writer, const SweepOutbound& op) {
    if (!op.set_back) return;
    Query(
        writer.db,
        "UPDATE outbox SET due = max(?1, due - ?2)"
        " WHERE ?2 > 0 AND due > ?1 AND due < ?3 AND state = 0",
        op.now,
        op.set_back->count(),
        look_runs
    )
        .run();
    // An ambiguous message must not be looked at before its time, for two looks that find nothing
    // mean another attempt: it goes back only as far as its own last change proves, and waits anew.
    Query(
        writer.db,
        "UPDATE outbox SET due = due - (changed_at - ?1), changed_at = ?1"
        " WHERE due > ?1 AND due < ?3 AND changed_at > ?1 AND (state = 2 OR ?2 = 0)",
        op.now,
        op.set_back->count(),
        look_runs
    )
        .run();
}

std::vector<std::int64_t> attempting_rows(Writer& writer) {
    Query query(writer.db, "SELECT row FROM outbox WHERE blocking = 1 AND state = 1");
    std::vector<std::int64_t> rows;
    while (query.next()) rows.push_back(query.value<std::int64_t>());
    return rows;
}

}  // namespace

WakeLanes::Answer execute(Writer& writer, const WakeLanes& op) {
    if (op.owns.empty()) return {.lanes = wake(writer, op, nullptr)};
    WakeLanes::Answer answer;
    for (const std::string& own : op.owns) answer.lanes += wake(writer, op, &own);
    return answer;
}

SweepOutbound::Answer execute(Writer& writer, const SweepOutbound& op) {
    SweepOutbound::Answer answer;
    follow_clock(writer, op);
    expire(writer, op, queued, answer);
    expire(writer, op, ambiguous, answer);
    stop_waiting_for_reports(writer, op, accepted, answer);
    stop_waiting_for_reports(writer, op, sent, answer);
    answer.next_due = next_due(writer);
    return answer;
}

RetryOutbound::Answer execute(Writer& writer, const RetryOutbound& op) {
    auto message = load_outbound(writer, op.id);
    if (!message) return {};
    const DeliveryState state = message->row.state;
    if (state != queued && state != ambiguous) return {};
    message->row.deadline = std::max(message->row.deadline, op.now + retry_time);
    set_state(*message, queued, op.now);
    message->due.reset();
    save_outbound(writer, *message);
    if (const auto at = let_lane_go(writer, message->lane, op.now); at && *at > op.now) {
        auto head = lane_head(writer, message->lane);
        head->due = op.now;
        save_outbound(writer, *head);
    }
    return {.changed = true};
}

DropOutbound::Answer execute(Writer& writer, const DropOutbound& op) {
    auto message = load_outbound(writer, op.id);
    if (!message) return {};
    const DeliveryState state = message->row.state;
    // What is being attempted may be taken in this moment: its outcome decides.
    if (state != queued && state != ambiguous) return {};
    const Failure why(Reason::refused_by_policy, "dropped by the operator");
    return {.changed = true, .shown = end_outbound(writer, *message, failed, why, op.now)};
}

void Writer::recover() {
    last_outbox_row = db.number("SELECT max(row) FROM outbox");
    last_inbox_row = db.number("SELECT max(row) FROM inbox");
    const std::int64_t until = db.number("SELECT until FROM older_guards");
    older_guards_until = WallTime(std::chrono::milliseconds(until));
    may_have_early = db.number("SELECT count(*) FROM early") > 0;
    for (const std::int64_t row : attempting_rows(*this)) {
        auto message = load_outbound(*this, row);
        if (!message) continue;
        const WallTime since = message->row.attempted_at;
        set_state(*message, ambiguous, since);
        set_reason(message->row, Failure(Reason::unknown_outcome, "interrupted by a restart"));
        message->due = since;  // at once
        save_outbound(*this, *message);
    }
    // Looks that ran when we ended left nothing behind; what they asked is asked again.
    Query(db, "UPDATE outbox SET due = attempted_at WHERE due = ?", look_runs).run();
}

std::size_t park(Writer& writer, WallTime now) {
    std::vector<std::int64_t> rows;
    {
        Query query(
            writer.db,
            "SELECT row FROM outbox WHERE blocking = 1 OR (due IS NOT NULL AND state = 2)"
        );
        while (query.next()) rows.push_back(query.value<std::int64_t>());
    }
    for (const std::int64_t row : rows) {
        auto message = load_outbound(writer, row);
        if (!message) continue;
        message->row.deadline = std::max(message->row.deadline, now + parking_time);
        set_state(*message, ambiguous, now);
        set_reason(
            message->row,
            Failure(Reason::unknown_outcome, "restored from a backup; it may have been sent since")
        );
        message->blocking = false;
        save_outbound(writer, *message);
    }
    return rows.size();
}

}  // namespace sallyport::store
