// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {
namespace {

void insert_keys(Writer& writer, std::int64_t account, const std::vector<AccountKey>& keys) {
    for (const AccountKey& key : keys) {
        Query(
            writer.db,
            "INSERT INTO account_keys (account, kind, salt, iterations, stored_key, server_key)"
            " VALUES (?,?,?,?,?,?)",
            account,
            key.kind,
            Bytes{key.salt},
            key.iterations,
            Bytes{key.stored_key},
            Bytes{key.server_key}
        )
            .run();
    }
}

std::vector<AccountKey> keys_of(Database& db, std::int64_t account) {
    Query query(
        db,
        "SELECT kind, salt, iterations, stored_key, server_key FROM account_keys WHERE account = ?",
        account
    );
    std::vector<AccountKey> keys;
    while (query.next()) {
        AccountKey& key = keys.emplace_back();
        query.read(key.kind, key.salt, key.iterations, key.stored_key, key.server_key);
    }
    return keys;
}

bool exists(Writer& writer, std::int64_t account) {
    return Query(writer.db, "SELECT 1 FROM accounts WHERE id = ?", account).next();
}

/// "" = there is none.
std::string name_of(Writer& writer, std::int64_t account) {
    Query query(writer.db, "SELECT user FROM accounts WHERE id = ?", account);
    return query.next() ? query.value<std::string>() : std::string();
}

}  // namespace

CreateAccount::Answer execute(Writer& writer, const CreateAccount& op) {
    if (Query(writer.db, "SELECT 1 FROM accounts WHERE user = ?", op.user).next()) {
        return {.conflict = true, .id = 0};
    }
    Query query(
        writer.db,
        "INSERT INTO accounts (shard, user, disabled, created) VALUES (?,?,0,?) RETURNING id",
        shard_of(stable_hash({op.user})),
        op.user,
        op.now
    );
    const std::int64_t id = query.next() ? query.value<std::int64_t>() : 0;
    static_cast<void>(query.next());
    insert_keys(writer, id, op.keys);
    return {.conflict = false, .id = id};
}

SetAccountKeys::Answer execute(Writer& writer, const SetAccountKeys& op) {
    if (!exists(writer, op.account)) return {};
    Query(writer.db, "DELETE FROM account_keys WHERE account = ?", op.account).run();
    // What was given to who knew the old password is worth no more than that.
    Query(writer.db, "DELETE FROM fast_tokens WHERE account = ?", op.account).run();
    insert_keys(writer, op.account, op.keys);
    return {.found = true};
}

EraseAccountKeys::Answer execute(Writer& writer, const EraseAccountKeys& op) {
    EraseAccountKeys::Answer answer;
    for (const std::string& kind : op.kinds) {
        Query(writer.db, "DELETE FROM account_keys WHERE kind = ?", kind).run();
        answer.erased += static_cast<std::size_t>(writer.db.changes());
    }
    return answer;
}

SetAccountDisabled::Answer execute(Writer& writer, const SetAccountDisabled& op) {
    Query(writer.db, "UPDATE accounts SET disabled = ? WHERE id = ?", op.disabled, op.account)
        .run();
    return {.found = writer.db.changes() > 0};
}

RemoveAccount::Answer execute(Writer& writer, const RemoveAccount& op) {
    const std::string user = name_of(writer, op.account);
    if (user.empty()) return {};
    Query(writer.db, "DELETE FROM account_keys WHERE account = ?", op.account).run();
    Query(writer.db, "DELETE FROM roster WHERE account = ?", op.account).run();
    Query(writer.db, "DELETE FROM roster_pending WHERE account = ?", op.account).run();
    Query(writer.db, "DELETE FROM accounts WHERE id = ?", op.account).run();
    return {.found = true, .records = execute(writer, EraseUser{"", user}).records};
}

FindAccount::Answer answer(Database& db, const FindAccount& question) {
    FindAccount::Answer answer;
    Query query(
        db, "SELECT id, user, disabled, created FROM accounts WHERE user = ?", question.user
    );
    if (!query.next()) return answer;
    AccountRow& row = answer.row.emplace();
    query.read(row.id, row.user, row.disabled, row.created);
    answer.keys = keys_of(db, row.id);
    return answer;
}

ListAccounts::Answer answer(Database& db, const ListAccounts&) {
    ListAccounts::Answer answer;
    Query query(db, "SELECT id, user, disabled, created FROM accounts ORDER BY user");
    while (query.next()) {
        AccountRow& row = answer.rows.emplace_back();
        query.read(row.id, row.user, row.disabled, row.created);
    }
    return answer;
}

}  // namespace sallyport::store
