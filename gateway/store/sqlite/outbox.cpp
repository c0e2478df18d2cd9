// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/outbox.hpp"

#include "gateway/store/sqlite/inbox.hpp"

namespace sallyport::store {

using enum port::DeliveryState;

namespace {

#define SALLYPORT_STORED_COLUMNS "lane, blocking, due, sweep_at, refs, " SALLYPORT_OUTBOX_COLUMNS

std::optional<StoredOutbound> read_stored(Query& query) {
    if (!query.next()) return std::nullopt;
    std::optional<StoredOutbound> found(std::in_place);
    query.read(found->lane, found->blocking, found->due, found->sweep_at, found->refs);
    read_outbound(query, found->row);
    found->row.lane = found->lane;
    found->stored_state = found->row.state;
    return found;
}

bool is_open(DeliveryState state) {
    return state == queued || state == attempting || state == ambiguous;
}

}  // namespace

void read_outbound(Query& query, OutboundRow& row) {
    query.read(row.row, row.id.text, row.transport, row.account.value, row.user, row.own, row.peer);
    query.read(row.from, row.stanza_id, row.wants_receipt, row.preview, row.state, row.attempts);
    query.read(row.provider, row.looks, row.reason, row.reason_text, row.accepted_at);
    query.read(row.attempted_at, row.deadline, row.changed_at);
}

bool is_final(DeliveryState state) {
    return state == delivered || state == undelivered || state == failed || state == expired;
}

bool moves_up(DeliveryState from, DeliveryState to) {
    if (from == delivered || is_open(to)) return false;
    if (is_final(from)) return to == delivered;
    return is_final(to) || from < to;
}

std::int64_t lane_of(const OutboundRow& row) {
    return stable_hash({row.transport, row.own, row.peer});
}

void insert_outbound(Writer& writer, StoredOutbound& message) {
    OutboundRow& row = message.row;
    row.row = ++writer.last_outbox_row;
    const std::int64_t user_key = stable_hash({row.user});
    // clang-format off
    Query(
        writer.db,
        "INSERT INTO outbox (shard, user_key, guard, lane, blocking, due, sweep_at, refs, row, id, transport, account, user, own,"
        " peer, from_full, stanza_id, wants_receipt, preview, state, attempts, provider, looks, reason, reason_text,"
        " accepted_at, attempted_at, deadline, changed_at, payload)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        shard_of(user_key), user_key, message.guard, message.lane, message.blocking, message.due, message.sweep_at, message.refs,
        row.row, row.id.text, row.transport, row.account.value, row.user, row.own, row.peer, row.from, row.stanza_id,
        row.wants_receipt, row.preview, row.state, row.attempts, row.provider, row.looks, row.reason, row.reason_text,
        row.accepted_at, row.attempted_at, row.deadline, row.changed_at, Bytes{row.payload}
    ).run();
    // clang-format on
    message.stored_state = row.state;
    writer.tally.add(row.transport, row.state);
}

std::optional<StoredOutbound> load_outbound(Writer& writer, std::int64_t row) {
    Query query(writer.db, "SELECT " SALLYPORT_STORED_COLUMNS " FROM outbox WHERE row = ?", row);
    return read_stored(query);
}

std::optional<StoredOutbound> load_outbound(Writer& writer, const port::OutId& id) {
    Query query(writer.db, "SELECT " SALLYPORT_STORED_COLUMNS " FROM outbox WHERE id = ?", id.text);
    return read_stored(query);
}

void load_payload(Writer& writer, OutboundRow& row) {
    Query query(writer.db, "SELECT payload FROM outbox WHERE row = ?", row.row);
    if (query.next()) query.read(row.payload);
}

void save_outbound(Writer& writer, StoredOutbound& message) {
    const OutboundRow& row = message.row;
    Query(
        writer.db,
        "UPDATE outbox SET state = ?, blocking = ?, due = ?, sweep_at = ?, refs = ?, attempts = ?,"
        " provider = ?, looks = ?, reason = ?, reason_text = ?, attempted_at = ?, deadline = ?,"
        " changed_at = ? WHERE row = ?",
        row.state,
        message.blocking,
        message.due,
        message.sweep_at,
        message.refs,
        row.attempts,
        row.provider,
        row.looks,
        row.reason,
        row.reason_text,
        row.attempted_at,
        row.deadline,
        row.changed_at,
        row.row
    )
        .run();
    if (message.stored_state == row.state) return;
    writer.tally.add(row.transport, message.stored_state, -1);
    writer.tally.add(row.transport, row.state);
    message.stored_state = row.state;
}

void set_state(StoredOutbound& message, DeliveryState state, WallTime now) {
    message.row.state = state;
    message.row.changed_at = now;
    message.blocking = is_open(state);
    message.due.reset();
    message.sweep_at.reset();
    if (state == queued || state == ambiguous) message.sweep_at = message.row.deadline;
    if (!is_open(state)) message.sweep_at = now;
}

void start_attempt(
    Writer& writer, StoredOutbound& message, const std::string& provider, WallTime now
) {
    set_state(message, attempting, now);
    ++message.row.attempts;
    message.row.looks = 0;
    message.row.provider = provider;
    message.row.attempted_at = now;
    save_outbound(writer, message);
}

void set_reason(OutboundRow& row, const port::Failure& why) {
    row.reason = port::to_string(why.reason);
    row.reason_text = why.text;
    if (!why.code.empty()) row.reason_text += (why.text.empty() ? "(" : " (") + why.code + ")";
}

InboxRow failure_row(const OutboundRow& row) {
    InboxRow shown;
    shown.transport = row.transport;
    shown.user = row.user;
    shown.own = row.own;
    shown.peer = row.peer;
    shown.kind = InboxRow::Kind::failure;
    shown.payload = row.reason_text;
    shown.stanza_id = row.stanza_id;
    shown.to_full = row.from;
    shown.reason = row.reason;
    shown.preview = row.preview;
    return shown;
}

InboxRow end_outbound(
    Writer& writer,
    StoredOutbound& message,
    DeliveryState state,
    const port::Failure& why,
    WallTime now
) {
    set_state(message, state, now);
    set_reason(message.row, why);
    save_outbound(writer, message);
    InboxRow shown = failure_row(message.row);
    insert_inbox(writer, shown, now);
    let_lane_go(writer, message.lane, now);
    return shown;
}

bool lane_is_busy(Writer& writer, std::int64_t lane) {
    return Query(
               writer.db,
               // Not IN (1, 2): SQLite would build a table of those two for each question.
               "SELECT 1 FROM outbox WHERE lane = ? AND blocking = 1 AND state BETWEEN 1 AND 2"
               " LIMIT 1",
               lane
    )
        .next();
}

bool lane_is_empty(Writer& writer, std::int64_t lane) {
    return !Query(writer.db, "SELECT 1 FROM outbox WHERE lane = ? AND blocking = 1 LIMIT 1", lane)
                .next();
}

std::optional<StoredOutbound> lane_head(Writer& writer, std::int64_t lane) {
    Query query(
        writer.db,
        "SELECT " SALLYPORT_STORED_COLUMNS
        " FROM outbox WHERE lane = ? AND blocking = 1 AND state = 0 ORDER BY row LIMIT 1",
        lane
    );
    return read_stored(query);
}

std::optional<WallTime> let_lane_go(Writer& writer, std::int64_t lane, WallTime at) {
    if (lane_is_busy(writer, lane)) return std::nullopt;
    auto head = lane_head(writer, lane);
    if (!head) return std::nullopt;
    if (!head->due) {
        head->due = at;
        save_outbound(writer, *head);
    }
    return head->due;
}

std::optional<WallTime> next_due(Writer& writer) {
    Query query(writer.db, "SELECT due FROM outbox WHERE due IS NOT NULL ORDER BY due LIMIT 1");
    if (!query.next()) return std::nullopt;
    const auto first = query.value<WallTime>();
    if (first == look_runs) return std::nullopt;
    return first;
}

bool remember(Writer& writer, const Key& key, WallTime now, std::chrono::milliseconds how_long) {
    Query(
        writer.db,
        "INSERT INTO seen (key, expires) VALUES (?1, ?2)"
        " ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE expires <= ?3",
        key,
        now + how_long,
        now
    )
        .run();
    return writer.db.changes() > 0;
}

}  // namespace sallyport::store
