// SPDX-License-Identifier: Apache-2.0
// Message archives: an id's order is the order of the archive, so a page is a range of ids.
#include <algorithm>

#include "gateway/store/sqlite/writer.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::store {
namespace {

/// What a page may lie in: ids strictly between.
struct Range {
    std::string above;
    std::string below = "~";  // greater than any id
};

bool knows(Database& db, std::int64_t account, const std::string& id) {
    return Query(db, "SELECT 1 FROM archive WHERE account = ? AND id = ?", account, id).next();
}

Range range_of(const ArchivePage& question) {
    Range range;
    for (const std::string& id : question.after) range.above = std::max(range.above, id);
    for (const std::string& id : question.before) range.below = std::min(range.below, id);
    if (question.start) range.above = std::max(range.above, ulid_prefix(*question.start));
    if (question.end) {
        const WallTime first_too_late = *question.end + std::chrono::milliseconds(1);
        range.below = std::min(range.below, ulid_prefix(first_too_late));
    }
    return range;
}

#define SALLYPORT_ARCHIVE_RANGE " FROM archive WHERE account = ?1 AND id > ?2 AND id < ?3"
#define SALLYPORT_ARCHIVE_PEER " AND peer = ?4 AND (?5 IS NULL OR resource = ?5)"

/// The same questions with and without a peer: each finds its own index.
struct Statements {
    const char* forwards;
    const char* backwards;
    const char* count;
};
constexpr Statements of_all{
    "SELECT id, stamp, stanza" SALLYPORT_ARCHIVE_RANGE " ORDER BY id",
    "SELECT id, stamp, stanza" SALLYPORT_ARCHIVE_RANGE " ORDER BY id DESC",
    "SELECT count(*)" SALLYPORT_ARCHIVE_RANGE,
};
constexpr Statements of_peer{
    "SELECT id, stamp, stanza" SALLYPORT_ARCHIVE_RANGE SALLYPORT_ARCHIVE_PEER " ORDER BY id",
    "SELECT id, stamp, stanza" SALLYPORT_ARCHIVE_RANGE SALLYPORT_ARCHIVE_PEER " ORDER BY id DESC",
    "SELECT count(*)" SALLYPORT_ARCHIVE_RANGE SALLYPORT_ARCHIVE_PEER,
};

template <class Use>
void with_query(
    Database& db,
    const char* Statements::*which,
    const ArchivePage& question,
    const Range& range,
    Use use
) {
    if (!question.peer) {
        Query query(db, of_all.*which, question.account, range.above, range.below);
        return use(query);
    }
    Query query(
        db,
        of_peer.*which,
        question.account,
        range.above,
        range.below,
        *question.peer,
        question.resource
    );
    use(query);
}

std::size_t count(Database& db, const ArchivePage& question, const Range& range) {
    std::size_t rows = 0;
    with_query(db, &Statements::count, question, range, [&rows](Query& query) {
        if (query.next()) query.read(rows);
    });
    return rows;
}

void read_page(
    Database& db, const ArchivePage& question, const Range& range, ArchivePage::Answer& found
) {
    const auto which = question.from_end ? &Statements::backwards : &Statements::forwards;
    with_query(db, which, question, range, [&](Query& query) {
        std::size_t bytes = 0;
        while (query.next()) {
            ArchivePage::Row row;
            query.read(row.id, row.stamp, row.stanza);
            bytes += row.stanza.size();
            const bool fits = found.rows.empty() || bytes <= question.bytes;
            if (found.rows.size() == question.limit || !fits) {
                found.is_complete = false;
                break;
            }
            found.rows.push_back(std::move(row));
        }
    });
    if (question.from_end) std::reverse(found.rows.begin(), found.rows.end());
}

/// Counts all that match whatever the page, and what stands before the page.
void count_page(Database& db, const ArchivePage& question, ArchivePage::Answer& found) {
    ArchivePage all = question;
    all.after.clear();
    all.before.clear();
    Range range = range_of(all);
    found.count = count(db, question, range);
    if (found.rows.empty()) return;
    range.below = std::min(range.below, found.rows.front().id);
    found.first_index = count(db, question, range);
}

}  // namespace

AddArchived::Answer execute(Writer& writer, const AddArchived& op) {
    Query(
        writer.db,
        "INSERT INTO archive (account, id, stamp, peer, resource, stanza)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1)",
        op.account,
        op.id,
        ulid_time(op.id),
        op.peer,
        op.resource,
        op.stanza
    )
        .run();
    return {};
}

PruneArchive::Answer execute(Writer& writer, const PruneArchive& op) {
    Query(
        writer.db,
        "DELETE FROM archive WHERE (account, id) IN"
        " (SELECT account, id FROM archive WHERE stamp < ? ORDER BY stamp LIMIT ?)",
        op.before,
        op.limit
    )
        .run();
    return {.rows = static_cast<std::size_t>(writer.db.changes())};
}

ArchivePage::Answer answer(Database& db, const ArchivePage& question) {
    ArchivePage::Answer found;
    const auto is_known = [&](const std::string& id) { return knows(db, question.account, id); };
    found.knows_ids = std::all_of(question.after.begin(), question.after.end(), is_known) &&
                      std::all_of(question.before.begin(), question.before.end(), is_known);
    if (!found.knows_ids) return found;
    read_page(db, question, range_of(question), found);
    if (question.with_count) count_page(db, question, found);
    return found;
}

ArchiveByIds::Answer answer(Database& db, const ArchiveByIds& question) {
    ArchiveByIds::Answer found;
    std::size_t bytes = 0;
    for (const std::string& id : question.ids) {
        Query query(
            db,
            "SELECT id, stamp, stanza FROM archive WHERE account = ? AND id = ?",
            question.account,
            id
        );
        if (!query.next()) return {.knows_ids = false, .rows = {}};
        ArchivePage::Row& row = found.rows.emplace_back();
        query.read(row.id, row.stamp, row.stanza);
        bytes += row.stanza.size();
        if (bytes > question.bytes && found.rows.size() > 1) return {.fits = false, .rows = {}};
    }
    std::sort(found.rows.begin(), found.rows.end(), [](const auto& a, const auto& b) {
        return a.id < b.id;
    });
    return found;
}

ArchiveEnds::Answer answer(Database& db, const ArchiveEnds& question) {
    ArchiveEnds::Answer found;
    const auto read = [&](const char* sql, auto& end) {
        Query query(db, sql, question.account);
        if (query.next()) query.read(end.emplace().first, end->second);
    };
    read("SELECT id, stamp FROM archive WHERE account = ? ORDER BY id LIMIT 1", found.first);
    read("SELECT id, stamp FROM archive WHERE account = ? ORDER BY id DESC LIMIT 1", found.last);
    return found;
}

}  // namespace sallyport::store
