// SPDX-License-Identifier: Apache-2.0
// Waiting messages and single texts of the embedded server's accounts.
#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {

AddOffline::Answer execute(Writer& writer, const AddOffline& op) {
    std::size_t messages = 0, bytes = 0;
    {
        Query query(
            writer.db,
            "SELECT count(*), coalesce(sum(bytes), 0) FROM offline WHERE account = ?",
            op.account
        );
        if (query.next()) query.read(messages, bytes);
    }
    if (messages >= op.most || bytes + op.stanza.size() > op.most_bytes) return {.is_full = true};
    Query(
        writer.db,
        "INSERT INTO offline (account, arrived, bytes, stanza) SELECT ?1, ?2, ?3, ?4"
        " WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1)",
        op.account,
        op.now,
        op.stanza.size(),
        op.stanza
    )
        .run();
    return {};
}

RemoveOffline::Answer execute(Writer& writer, const RemoveOffline& op) {
    Query(writer.db, "DELETE FROM offline WHERE account = ? AND row <= ?", op.account, op.through)
        .run();
    return {};
}

OfflineMessages::Answer answer(Database& db, const OfflineMessages& question) {
    Query query(
        db,
        "SELECT row, arrived, stanza FROM offline WHERE account = ? AND row > ? ORDER BY row",
        question.account,
        question.after
    );
    OfflineMessages::Answer found;
    std::size_t bytes = 0;
    while (query.next()) {
        OfflineMessages::Row row;
        query.read(row.row, row.arrived, row.stanza);
        bytes += row.stanza.size();
        if (!found.rows.empty() && bytes > question.bytes) {
            found.is_complete = false;
            break;
        }
        found.rows.push_back(std::move(row));
    }
    return found;
}

PutAccountTexts::Answer execute(Writer& writer, const PutAccountTexts& op) {
    for (const auto& [name, text] : op.texts) {
        if (text.empty()) {
            Query(
                writer.db,
                "DELETE FROM account_texts WHERE account = ? AND name = ?",
                op.account,
                name
            )
                .run();
            continue;
        }
        Query(
            writer.db,
            "INSERT INTO account_texts (account, name, text) SELECT ?1, ?2, ?3"
            " WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1)"
            " ON CONFLICT (account, name) DO UPDATE SET text = excluded.text",
            op.account,
            name,
            text
        )
            .run();
    }
    return {};
}

AccountTexts::Answer answer(Database& db, const AccountTexts& question) {
    AccountTexts::Answer found;
    for (const std::string& name : question.names) {
        Query query(
            db,
            "SELECT text FROM account_texts WHERE account = ? AND name = ?",
            question.account,
            name
        );
        if (query.next()) found.texts.emplace_back(name, query.value<std::string>());
    }
    return found;
}

}  // namespace sallyport::store
