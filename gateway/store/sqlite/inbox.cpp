// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/inbox.hpp"

#include "gateway/store/sqlite/outbox.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::store {
namespace {

struct StoredInbox {
    InboxRow row;
    InboxState state{};
};

std::optional<StoredInbox> load(Writer& writer, const std::string& id) {
    Query query(writer.db, "SELECT state, " SALLYPORT_INBOX_COLUMNS " FROM inbox WHERE id = ?", id);
    if (!query.next()) return std::nullopt;
    StoredInbox found;
    query.read(found.state);
    found.row = read_inbox(query);
    return found;
}

bool waits(InboxState state) {
    return state == InboxState::waiting || state == InboxState::returned;
}

// A row that the host returned since it was shown has more attempts: this proof is older than the
// return.
#define SALLYPORT_PROVED_ROWS \
    " WHERE row BETWEEN ?1 AND ?2 AND (state = 0 OR state = 2) AND attempts = ?3"

/// Rows are shown and proved in order, so most proofs are of rows that follow one another. Asking
/// for their transports first is cheaper than RETURNING, which makes a table of its own each time.
/// Returns how many messages were among them.
std::size_t mark_read(Writer& writer, std::int64_t first, std::int64_t last, int attempts) {
    std::size_t messages = 0;
    Query proved(
        writer.db, "SELECT transport, kind FROM inbox" SALLYPORT_PROVED_ROWS, first, last, attempts
    );
    while (proved.next()) {
        std::string transport;
        InboxRow::Kind kind{};
        proved.read(transport, kind);
        writer.tally.add(transport, Tally::inbox_waiting, -1);
        if (kind == InboxRow::Kind::message) ++messages;
    }
    Query(
        writer.db,
        "UPDATE inbox SET state = 1, due = NULL, sweep_at = received_at" SALLYPORT_PROVED_ROWS,
        first,
        last,
        attempts
    )
        .run();
    return messages;
}

bool follows(const InboxRead::Shown& next, const InboxRead::Shown& before) {
    return next.row == before.row + 1 && next.attempts == before.attempts;
}

}  // namespace

InboxRow read_inbox(Query& query) {
    InboxRow row;
    query.read(row.row, row.id, row.transport, row.user, row.own, row.peer, row.kind, row.payload);
    query.read(row.stanza_id, row.to_full, row.reason, row.preview, row.received_at, row.attempts);
    return row;
}

void insert_inbox(Writer& writer, InboxRow& row, WallTime now) {
    row.row = ++writer.last_inbox_row;
    if (row.id.empty()) row.id = make_ulid(now);
    if (row.received_at == WallTime{}) row.received_at = now;
    const std::int64_t user_key = stable_hash({row.user});
    Query(
        writer.db,
        "INSERT INTO inbox (shard, user_key, state, due, row, id, transport, user, own, peer, kind,"
        " payload, stanza_id, to_full, reason, preview, received_at, attempts)"
        " VALUES (?,?,0,0,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        shard_of(user_key),
        user_key,
        row.row,
        row.id,
        row.transport,
        row.user,
        row.own,
        row.peer,
        row.kind,
        Bytes{row.payload},
        row.stanza_id,
        row.to_full,
        row.reason,
        row.preview,
        row.received_at,
        row.attempts
    )
        .run();
    writer.tally.add(row.transport, Tally::inbox_waiting);
}

AcceptInbound::Answer execute(Writer& writer, const AcceptInbound& op) {
    AcceptInbound::Answer answer;
    if (!op.dedupe.empty()) {
        const Key key = writer.hash({"in", op.row.transport, op.dedupe});
        answer.duplicate = !remember(writer, key, op.now, op.remember);
    }
    if (answer.duplicate) return answer;
    answer.row = op.row;
    insert_inbox(writer, answer.row, op.now);
    return answer;
}

InboxRead::Answer execute(Writer& writer, const InboxRead& op) {
    InboxRead::Answer answer;
    for (std::size_t at = 0; at < op.rows.size();) {
        std::size_t end = at + 1;
        while (end < op.rows.size() && follows(op.rows[end], op.rows[end - 1])) ++end;
        const InboxRead::Shown& first = op.rows[at];
        answer.messages += mark_read(writer, first.row, op.rows[end - 1].row, first.attempts);
        at = end;
    }
    return answer;
}

InboxReturned::Answer execute(Writer& writer, const InboxReturned& op) {
    auto found = load(writer, op.id);
    if (!found || found->state == InboxState::given_up) return {};
    InboxRow& row = found->row;
    ++row.attempts;
    row.reason = row.kind == InboxRow::Kind::failure ? row.reason : op.reason;
    const InboxState next = op.retry_at ? InboxState::returned : InboxState::given_up;
    std::optional<WallTime> sweep_at;
    if (!op.retry_at) sweep_at = row.received_at;
    Query(
        writer.db,
        "UPDATE inbox SET state = ?, due = ?, sweep_at = ?, attempts = ?, reason = ? WHERE row = ?",
        next,
        op.retry_at,
        sweep_at,
        row.attempts,
        row.reason,
        row.row
    )
        .run();
    const int change = (waits(next) ? 1 : 0) - (waits(found->state) ? 1 : 0);
    if (change != 0) writer.tally.add(row.transport, Tally::inbox_waiting, change);
    return {.row = std::move(row), .was_read = found->state == InboxState::read};
}

WakeInbox::Answer execute(Writer& writer, const WakeInbox& op) {
    Query(
        writer.db,
        "UPDATE inbox SET due = ?1 WHERE user_key = ?2 AND state = 2 AND user = ?3 AND due > ?1",
        op.now,
        stable_hash({op.user}),
        op.user
    )
        .run();
    return {.rows = static_cast<std::size_t>(writer.db.changes())};
}

StoreRaw::Answer execute(Writer& writer, const StoreRaw& op) {
    Query(
        writer.db,
        "INSERT INTO raw (transport, provider, received_at, raw) VALUES (?, ?, ?, ?)",
        op.transport,
        op.provider,
        op.now,
        Bytes{op.raw}
    )
        .run();
    return {};
}

}  // namespace sallyport::store
