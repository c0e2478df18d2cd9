// SPDX-License-Identifier: Apache-2.0
// The two slots of XEP-0484 §6.
#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {
namespace {

constexpr int current = 0;
constexpr int given = 1;

/// Expired ones go, and clients above the bound, those first whose last token ends first.
void make_room(Writer& writer, const PutFastToken& op) {
    Query(
        writer.db,
        "DELETE FROM fast_tokens WHERE account = ? AND expires <= ?",
        op.account,
        op.token.issued
    )
        .run();
    Query(
        writer.db,
        "DELETE FROM fast_tokens WHERE account = ?1 AND client IN (SELECT client FROM fast_tokens"
        " WHERE account = ?1 GROUP BY client ORDER BY client = ?2 DESC, max(expires) DESC"
        " LIMIT -1 OFFSET ?3)",
        op.account,
        op.client,
        op.most_clients
    )
        .run();
}

}  // namespace

PutFastToken::Answer execute(Writer& writer, const PutFastToken& op) {
    Query(
        writer.db,
        "INSERT INTO fast_tokens (account, client, slot, mechanism, salt, issued, expires, count)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1)"
        " ON CONFLICT (account, client, slot) DO UPDATE SET mechanism = excluded.mechanism,"
        " salt = excluded.salt, issued = excluded.issued, expires = excluded.expires, count = 0",
        op.account,
        op.client,
        given,
        op.token.mechanism,
        Bytes{op.token.salt},
        op.token.issued,
        op.token.expires
    )
        .run();
    if (writer.db.changes() == 0) return {};
    make_room(writer, op);
    return {.found = true};
}

UseFastToken::Answer execute(Writer& writer, const UseFastToken& op) {
    int slot = current;
    std::uint64_t last = 0;
    {
        Query query(
            writer.db,
            "SELECT slot, count FROM fast_tokens WHERE account = ? AND client = ? AND salt = ?",
            op.account,
            op.client,
            Bytes{op.salt}
        );
        if (!query.next()) return {};
        query.read(slot, last);
    }
    if (op.count && *op.count <= last) return {};
    if (slot == given)
        Query(
            writer.db,
            "DELETE FROM fast_tokens WHERE account = ? AND client = ? AND slot = 0",
            op.account,
            op.client
        )
            .run();
    Query(
        writer.db,
        "UPDATE fast_tokens SET slot = 0, count = ? WHERE account = ? AND client = ? AND salt = ?",
        op.count.value_or(last),
        op.account,
        op.client,
        Bytes{op.salt}
    )
        .run();
    return {.is_good = true};
}

DropFastTokens::Answer execute(Writer& writer, const DropFastTokens& op) {
    Query(
        writer.db, "DELETE FROM fast_tokens WHERE account = ? AND client = ?", op.account, op.client
    )
        .run();
    return {};
}

FindFastTokens::Answer answer(Database& db, const FindFastTokens& question) {
    FindFastTokens::Answer found;
    {
        Query query(
            db, "SELECT id, user, disabled, created FROM accounts WHERE user = ?", question.user
        );
        if (!query.next()) return found;
        AccountRow& row = found.row.emplace();
        query.read(row.id, row.user, row.disabled, row.created);
    }
    Query query(
        db,
        "SELECT mechanism, salt, issued, expires, count, slot FROM fast_tokens"
        " WHERE account = ? AND client = ? ORDER BY slot DESC",
        found.row->id,
        question.client
    );
    while (query.next()) {
        FastTokenRow& token = found.tokens.emplace_back();
        query.read(token.mechanism, token.salt, token.issued, token.expires);
        query.read(token.count, token.is_new);
    }
    return found;
}

}  // namespace sallyport::store
