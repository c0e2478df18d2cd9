// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {
namespace {

constexpr char group_end = '\x1f';  // no character of XML

std::string join_groups(const std::vector<std::string>& groups) {
    std::string text;
    for (const std::string& group : groups) text += group + group_end;
    return text;
}

std::vector<std::string> split_groups(const std::string& text) {
    std::vector<std::string> groups;
    std::size_t from = 0;
    for (std::size_t end = text.find(group_end); end != std::string::npos;
         end = text.find(group_end, from)) {
        groups.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return groups;
}

void put_row(Writer& writer, std::int64_t account, const RosterRow& row) {
    const std::string groups = join_groups(row.groups);
    Query(
        writer.db,
        "INSERT OR REPLACE INTO roster (account, jid, name, subscription, ask, approved, listed,"
        " groups, ver) VALUES (?,?,?,?,?,?,?,?,?)",
        account,
        row.jid,
        row.name,
        row.subscription,
        row.ask,
        row.approved,
        row.is_listed,
        groups,
        row.ver
    )
        .run();
}

void put_pending(Writer& writer, std::int64_t account, const PendingRow& row) {
    Query(
        writer.db,
        "INSERT INTO roster_pending (account, jid, received_at, stanza) VALUES (?,?,?,?)"
        " ON CONFLICT (account, jid) DO UPDATE SET received_at = excluded.received_at,"
        " stanza = excluded.stanza",
        account,
        row.jid,
        row.received_at,
        Bytes{row.stanza}
    )
        .run();
}

std::vector<RosterRow> roster_of(Database& db, std::int64_t account) {
    Query query(
        db,
        "SELECT jid, name, subscription, ask, approved, listed, groups, ver FROM roster"
        " WHERE account = ?",
        account
    );
    std::vector<RosterRow> rows;
    while (query.next()) {
        RosterRow& row = rows.emplace_back();
        std::string groups;
        query.read(row.jid, row.name, row.subscription, row.ask, row.approved, row.is_listed);
        query.read(groups, row.ver);
        row.groups = split_groups(groups);
    }
    return rows;
}

std::vector<PendingRow> pending_of(Database& db, std::int64_t account) {
    Query query(
        db,
        "SELECT jid, stanza, received_at FROM roster_pending WHERE account = ? ORDER BY row",
        account
    );
    std::vector<PendingRow> rows;
    while (query.next()) {
        PendingRow& row = rows.emplace_back();
        query.read(row.jid, row.stanza, row.received_at);
    }
    return rows;
}

}  // namespace

ChangeRoster::Answer execute(Writer& writer, const ChangeRoster& op) {
    Query(
        writer.db,
        "UPDATE accounts SET roster_ver = max(roster_ver, ?) WHERE id = ?",
        op.ver,
        op.account
    )
        .run();
    if (writer.db.changes() == 0) return {};
    for (const std::string& jid : op.erase) {
        Query(writer.db, "DELETE FROM roster WHERE account = ? AND jid = ?", op.account, jid).run();
    }
    for (const RosterRow& row : op.put) put_row(writer, op.account, row);
    for (const std::string& jid : op.erase_pending) {
        Query(
            writer.db, "DELETE FROM roster_pending WHERE account = ? AND jid = ?", op.account, jid
        )
            .run();
    }
    for (const PendingRow& row : op.put_pending) put_pending(writer, op.account, row);
    return {.found = true};
}

LoadAccount::Answer answer(Database& db, const LoadAccount& question) {
    LoadAccount::Answer answer;
    Query query(
        db,
        "SELECT id, user, disabled, created, roster_ver FROM accounts WHERE user = ?",
        question.user
    );
    if (!query.next()) return answer;
    AccountRow& row = answer.row.emplace();
    query.read(row.id, row.user, row.disabled, row.created);
    query.read(answer.roster_ver);
    answer.roster = roster_of(db, row.id);
    answer.pending = pending_of(db, row.id);
    auto found = store::answer(db, AccountTexts{row.id, question.texts});
    for (auto& [name, text] : found.texts) answer.texts.emplace(std::move(name), std::move(text));
    answer.has_offline =
        Query(db, "SELECT 1 FROM offline WHERE account = ? LIMIT 1", row.id).next();
    return answer;
}

}  // namespace sallyport::store
