// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/records.hpp"

#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {

PutRecord::Answer execute(Writer& writer, const PutRecord& op) {
    Query(
        writer.db,
        "INSERT INTO records (ns, key, value, expires) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (ns, key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
        op.ns,
        op.key,
        Bytes{op.value},
        op.expires
    )
        .run();
    return {};
}

EraseRecord::Answer execute(Writer& writer, const EraseRecord& op) {
    Query(writer.db, "DELETE FROM records WHERE ns = ? AND key = ?", op.ns, op.key).run();
    return {};
}

GetRecord::Answer answer(Database& db, const GetRecord& question) {
    Query query(
        db,
        "SELECT value FROM records WHERE ns = ? AND key = ? AND coalesce(expires > ?, 1)",
        question.ns,
        question.key,
        question.now
    );
    GetRecord::Answer answer;
    if (query.next()) query.read(answer.value.emplace());
    return answer;
}

std::optional<std::string> end_of_prefix(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
    if (prefix.empty()) return std::nullopt;
    prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

ScanRecords::Answer answer(Database& db, const ScanRecords& question) {
    const auto end = end_of_prefix(question.prefix);
    Query query(
        db,
        "SELECT key, value FROM records WHERE ns = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3)"
        " AND coalesce(expires > ?4, 1) ORDER BY key",
        question.ns,
        question.prefix,
        end,
        question.now
    );
    ScanRecords::Answer answer;
    while (query.next()) {
        auto& [key, value] = answer.rows.emplace_back();
        query.read(key, value);
    }
    return answer;
}

}  // namespace sallyport::store
