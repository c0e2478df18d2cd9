// SPDX-License-Identifier: Apache-2.0
// Retention and erasure.
#include <set>

#include "gateway/store/sqlite/inbox.hpp"
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {
namespace {

std::size_t changed(Writer& writer) {
    return static_cast<std::size_t>(writer.db.changes());
}

/// The guard, a hash of the body, goes with it: few bodies may have that hash. One that guards for
/// a while yet goes the next time.
void blank_outbound(Writer& writer, const Prune& op) {
    Query(
        writer.db,
        "UPDATE outbox SET payload = x'', preview = '', sweep_at = CASE WHEN guard IS NOT NULL"
        " AND accepted_at > ?3 THEN accepted_at + ?4 END, guard = CASE WHEN accepted_at > ?3"
        " THEN guard END WHERE row IN"
        " (SELECT row FROM outbox WHERE state IN (5, 6, 7, 8, 9) AND sweep_at < ?1 LIMIT ?2)",
        op.bodies_before,
        op.limit,
        op.now - guard_time,
        std::chrono::milliseconds(guard_time).count()
    )
        .run();
}

std::size_t blank_bodies(Writer& writer, const Prune& op) {
    blank_outbound(writer, op);
    std::size_t rows = changed(writer);
    Query(
        writer.db,
        "UPDATE inbox SET payload = x'', preview = '', sweep_at = NULL WHERE row IN"
        " (SELECT row FROM inbox WHERE sweep_at < ? LIMIT ?)",
        op.bodies_before,
        op.limit
    )
        .run();
    rows += changed(writer);
    Query(
        writer.db,
        "DELETE FROM raw WHERE row IN (SELECT row FROM raw WHERE received_at < ? LIMIT ?)",
        op.bodies_before,
        op.limit
    )
        .run();
    return rows + changed(writer);
}

/// An outbox row that goes, with what hangs on it.
struct Doomed {
    std::int64_t row = 0;
    port::DeliveryState state{};
    WallTime accepted_at{};
    std::int64_t lane = 0;
    bool blocking = false;
    bool has_guard = false;
    std::string transport;
    std::string refs;
};

#define SALLYPORT_DOOMED_COLUMNS \
    "row, state, accepted_at, lane, blocking, guard IS NOT NULL, transport, refs"

Doomed read_doomed(Query& query) {
    Doomed found;
    query.read(found.row, found.state, found.accepted_at, found.lane, found.blocking);
    query.read(found.has_guard, found.transport, found.refs);
    return found;
}

void delete_outbound(Writer& writer, const Doomed& doomed) {
    for (std::size_t at = 0; at < doomed.refs.size();) {
        const std::size_t end = std::min(doomed.refs.find('\n', at), doomed.refs.size());
        const std::string_view line = std::string_view(doomed.refs).substr(at, end - at);
        const std::size_t tab = line.find('\t');
        const Key key = writer.hash({doomed.transport, line.substr(0, tab), line.substr(tab + 1)});
        Query(writer.db, "DELETE FROM refs WHERE key = ? AND outbox_row = ?", key, doomed.row)
            .run();
        at = end + 1;
    }
    Query(writer.db, "DELETE FROM outbox WHERE row = ?", doomed.row).run();
    writer.tally.add(doomed.transport, doomed.state, -1);
}

/// Rows stand in order of acceptance, so the old ones are the first.
std::size_t forget_outbound(Writer& writer, const Prune& op) {
    std::vector<Doomed> old;
    {
        Query query(
            writer.db,
            "SELECT " SALLYPORT_DOOMED_COLUMNS " FROM outbox ORDER BY row LIMIT ?",
            op.limit
        );
        while (query.next()) {
            Doomed found = read_doomed(query);
            if (found.accepted_at >= op.ids_before) break;
            if (found.has_guard && found.accepted_at > op.now - guard_time) continue;
            if (found.state >= port::DeliveryState::unconfirmed) old.push_back(std::move(found));
        }
    }
    for (const Doomed& doomed : old) delete_outbound(writer, doomed);
    return old.size();
}

std::size_t forget_inbound(Writer& writer, const Prune& op) {
    Query(
        writer.db,
        "DELETE FROM inbox WHERE row IN (SELECT row FROM (SELECT row, state, received_at FROM inbox"
        " ORDER BY row LIMIT ?2) WHERE received_at < ?1 AND state IN (1, 3))",
        op.ids_before,
        op.limit
    )
        .run();
    return changed(writer);
}

std::size_t forget_expired(Writer& writer, const Prune& op) {
    Query(
        writer.db,
        "DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE expires <= ? LIMIT ?)",
        op.now,
        op.limit
    )
        .run();
    std::size_t rows = changed(writer);
    Query(writer.db, "DELETE FROM early WHERE expires <= ?", op.now).run();
    rows += changed(writer);
    writer.may_have_early = writer.db.number("SELECT count(*) FROM early") > 0;
    Query(
        writer.db,
        "DELETE FROM records WHERE (ns, key) IN"
        " (SELECT ns, key FROM records WHERE expires <= ? LIMIT ?)",
        op.now,
        op.limit
    )
        .run();
    rows += changed(writer);
    Query(writer.db, "DELETE FROM resting WHERE until <= ?", op.now).run();
    return rows + changed(writer);
}

std::size_t erase_outbound(Writer& writer, const EraseUser& op, EraseUser::Answer& answer) {
    std::vector<Doomed> all;
    {
        Query query(
            writer.db,
            "SELECT " SALLYPORT_DOOMED_COLUMNS
            " FROM outbox WHERE user_key = ?1 AND user = ?2 AND (?3 = '' OR transport = ?3)",
            stable_hash({op.user}),
            op.user,
            op.transport
        );
        while (query.next()) all.push_back(read_doomed(query));
    }
    std::set<std::int64_t> lanes;
    for (const Doomed& doomed : all) {
        delete_outbound(writer, doomed);
        if (doomed.blocking) lanes.insert(doomed.lane);
        if (doomed.state < port::DeliveryState::unconfirmed) ++answer.open_out[doomed.transport];
    }
    // Due at once: another owner of the number may have messages there.
    for (const std::int64_t lane : lanes) let_lane_go(writer, lane, WallTime{});
    return all.size();
}

std::size_t erase_inbound(Writer& writer, const EraseUser& op, EraseUser::Answer& answer) {
    Query query(
        writer.db,
        "DELETE FROM inbox WHERE user_key = ?1 AND user = ?2 AND (?3 = '' OR transport = ?3)"
        " RETURNING transport, state, kind",
        stable_hash({op.user}),
        op.user,
        op.transport
    );
    std::size_t rows = 0;
    for (; query.next(); ++rows) {
        std::string transport;
        InboxState state{};
        InboxRow::Kind kind{};
        query.read(transport, state, kind);
        if (state != InboxState::waiting && state != InboxState::returned) continue;
        writer.tally.add(transport, Tally::inbox_waiting, -1);
        if (kind == InboxRow::Kind::message) ++answer.open_in[transport];
    }
    return rows;
}

std::vector<std::string> erase_records(Writer& writer, const EraseUser& op) {
    const std::string below = op.user + '/';
    Query query(
        writer.db,
        "DELETE FROM records WHERE (?1 = '' OR ns = ?1)"
        " AND (key = ?2 OR substr(key, 1, length(?3)) = ?3) RETURNING key",
        op.transport,
        op.user,
        below
    );
    std::vector<std::string> keys;
    while (query.next()) keys.push_back(query.value<std::string>());
    return keys;
}

std::size_t erase_registrations(Writer& writer, const EraseUser& op) {
    Query(
        writer.db,
        "DELETE FROM registrations WHERE user = ?1 AND (?2 = '' OR transport = ?2)",
        op.user,
        op.transport
    )
        .run();
    return changed(writer);
}

}  // namespace

Prune::Answer execute(Writer& writer, const Prune& op) {
    std::size_t rows = blank_bodies(writer, op);
    rows += forget_outbound(writer, op);
    rows += forget_inbound(writer, op);
    rows += forget_expired(writer, op);
    return {.rows = rows};
}

EraseUser::Answer execute(Writer& writer, const EraseUser& op) {
    if (op.user.empty()) return {};
    EraseUser::Answer answer;
    answer.rows = erase_outbound(writer, op, answer);
    answer.rows += erase_inbound(writer, op, answer);
    answer.rows += erase_registrations(writer, op);
    answer.records = erase_records(writer, op);
    answer.rows += answer.records.size();
    return answer;
}

}  // namespace sallyport::store
