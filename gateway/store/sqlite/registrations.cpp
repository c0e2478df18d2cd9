// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {
namespace {

using port::DeliveryState;

bool is_taken(Writer& writer, const RegistrationRow& row) {
    return Query(
               writer.db,
               "SELECT 1 FROM registrations WHERE transport = ?1 AND id <> ?2"
               " AND (user = ?3 OR (own = ?4 AND own <> ''))",
               row.transport,
               row.id.value,
               row.user,
               row.own
    )
        .next();
}

bool is_resting(Writer& writer, const RegistrationRow& row, WallTime now) {
    return Query(
               writer.db,
               "SELECT 1 FROM resting WHERE transport = ? AND own = ? AND until > ?",
               row.transport,
               row.own,
               now
    )
        .next();
}

std::int64_t insert(Writer& writer, const RegistrationRow& row, WallTime now) {
    Query query(
        writer.db,
        "INSERT INTO registrations (shard, transport, user, own, provider, hook_token, credentials,"
        " from_pool, suspended, created) VALUES (?,?,?,?,?,?,?,?,?,?) RETURNING id",
        shard_of(stable_hash({row.user})),
        row.transport,
        row.user,
        row.own,
        row.provider,
        row.hook_token,
        Bytes{row.credentials},
        row.from_pool,
        row.suspended,
        row.created == WallTime{} ? now : row.created
    );
    const std::int64_t id = query.next() ? query.value<std::int64_t>() : 0;
    static_cast<void>(query.next());
    return id;
}

bool update(Writer& writer, const RegistrationRow& row) {
    Query(
        writer.db,
        "UPDATE registrations SET shard = ?, transport = ?, user = ?, own = ?, provider = ?,"
        " hook_token = ?, credentials = ?, from_pool = ?, suspended = ? WHERE id = ?",
        shard_of(stable_hash({row.user})),
        row.transport,
        row.user,
        row.own,
        row.provider,
        row.hook_token,
        Bytes{row.credentials},
        row.from_pool,
        row.suspended,
        row.id.value
    )
        .run();
    return writer.db.changes() > 0;
}

void rest(Writer& writer, const std::string& transport, const std::string& own, WallTime until) {
    Query(
        writer.db,
        "INSERT INTO resting (transport, own, until) VALUES (?, ?, ?)"
        " ON CONFLICT (transport, own) DO UPDATE SET until = max(until, excluded.until)",
        transport,
        own,
        until
    )
        .run();
}

std::vector<std::int64_t> waiting_of(Writer& writer, const RegistrationRow& row) {
    Query query(
        writer.db,
        "SELECT row FROM outbox WHERE user_key = ? AND state = 0 AND transport = ? AND user = ?",
        stable_hash({row.user}),
        row.transport,
        row.user
    );
    std::vector<std::int64_t> rows;
    while (query.next()) rows.push_back(query.value<std::int64_t>());
    return rows;
}

std::optional<RegistrationRow> find(Writer& writer, port::AccountId id) {
    Query query(writer.db, "SELECT transport, user, own FROM registrations WHERE id = ?", id.value);
    if (!query.next()) return std::nullopt;
    RegistrationRow row;
    row.id = id;
    query.read(row.transport, row.user, row.own);
    return row;
}

}  // namespace

PutRegistration::Answer execute(Writer& writer, const PutRegistration& op) {
    const RegistrationRow& row = op.row;
    const bool is_new = row.id.value == 0;
    if (is_taken(writer, row)) return {.conflict = true, .id = row.id};
    if (is_new && row.from_pool && is_resting(writer, row, op.now)) {
        return {.conflict = true, .id = row.id};
    }
    const std::int64_t id = is_new ? insert(writer, row, op.now) : row.id.value;
    if (!is_new && !update(writer, row)) return {.conflict = true, .id = row.id};
    Query(writer.db, "DELETE FROM resting WHERE transport = ? AND own = ?", row.transport, row.own)
        .run();
    return {.conflict = false, .id = port::AccountId{id}};
}

RemoveRegistration::Answer execute(Writer& writer, const RemoveRegistration& op) {
    const auto row = find(writer, op.id);
    if (!row) return {};
    RemoveRegistration::Answer answer{.found = true, .shown = {}};
    if (op.rest_until && !row->own.empty()) rest(writer, row->transport, row->own, *op.rest_until);
    Query(writer.db, "DELETE FROM registrations WHERE id = ?", op.id.value).run();
    const port::Failure why(port::Reason::refused_by_policy, "the registration was removed");
    for (const std::int64_t waiting : waiting_of(writer, *row)) {
        auto message = load_outbound(writer, waiting);
        if (!message) continue;
        answer.shown.push_back(end_outbound(writer, *message, DeliveryState::failed, why, op.now));
    }
    return answer;
}

Registrations::Answer answer(Database& db, const Registrations&) {
    Registrations::Answer answer;
    Query query(
        db,
        "SELECT id, transport, user, own, provider, hook_token, credentials, from_pool, suspended,"
        " created FROM registrations ORDER BY id"
    );
    while (query.next()) {
        RegistrationRow& row = answer.rows.emplace_back();
        query.read(row.id.value, row.transport, row.user, row.own, row.provider, row.hook_token);
        query.read(row.credentials, row.from_pool, row.suspended, row.created);
    }
    Query resting(db, "SELECT transport, own, until FROM resting");
    while (resting.next()) {
        auto& [transport, own, until] = answer.resting.emplace_back();
        resting.read(transport, own, until);
    }
    return answer;
}

}  // namespace sallyport::store
