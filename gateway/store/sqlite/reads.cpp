// SPDX-License-Identifier: Apache-2.0
// Questions about messages; those about registrations and records stand beside their writes.
#include "gateway/store/sqlite/inbox.hpp"
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {
namespace {

#define SALLYPORT_SHOWN_COLUMNS SALLYPORT_OUTBOX_COLUMNS ", payload"

std::vector<OutboundRow> read_all(Query& query) {
    std::vector<OutboundRow> rows;
    while (query.next()) {
        OutboundRow& row = rows.emplace_back();
        read_outbound(query, row);
        query.read(row.payload);
    }
    return rows;
}

/// The newest open rows of everybody, found through the small indexes over open rows.
std::vector<OutboundRow> list_open(Database& db, const ListOutbound& question) {
    Query query(
        db,
        "SELECT " SALLYPORT_SHOWN_COLUMNS
        " FROM outbox WHERE row IN (SELECT row FROM outbox WHERE blocking = 1 UNION ALL"
        " SELECT row FROM outbox WHERE due IS NOT NULL AND blocking = 0 UNION ALL"
        " SELECT row FROM outbox WHERE state = 2 AND sweep_at IS NOT NULL)"
        " AND (?1 = '' OR transport = ?1) ORDER BY row DESC LIMIT ?2",
        question.transport,
        question.limit
    );
    return read_all(query);
}

#define SALLYPORT_LIST_FILTER                      \
    " (?1 = '' OR transport = ?1) AND state <= ?2" \
    " AND (?3 = 0 OR state IN (2, 5, 7, 8, 9)) ORDER BY row DESC LIMIT ?4"

/// The highest state that is wanted.
port::DeliveryState highest(const ListOutbound& question) {
    if (!question.open_only) return port::DeliveryState::expired;
    return question.or_unreported ? port::DeliveryState::unconfirmed
                                  : port::DeliveryState::ambiguous;
}

std::vector<OutboundRow> list_all(Database& db, const ListOutbound& question) {
    Query query(
        db,
        "SELECT " SALLYPORT_SHOWN_COLUMNS " FROM outbox WHERE" SALLYPORT_LIST_FILTER,
        question.transport,
        highest(question),
        question.failed_only,
        question.limit
    );
    return read_all(query);
}

/// The rows' numbers first, out of the index: they are sorted, and only those that are shown are
/// read.
std::vector<OutboundRow> list_of_user(Database& db, const ListOutbound& question) {
    Query query(
        db,
        "SELECT " SALLYPORT_SHOWN_COLUMNS
        " FROM outbox WHERE row IN (SELECT row FROM outbox WHERE user_key = ?5) AND user = ?6"
        " AND" SALLYPORT_LIST_FILTER,
        question.transport,
        highest(question),
        question.failed_only,
        question.limit,
        stable_hash({question.user}),
        question.user
    );
    return read_all(query);
}

std::vector<InboxRow> inbox_of_user(Database& db, const ExportUser& question) {
    Query query(
        db,
        "SELECT " SALLYPORT_INBOX_COLUMNS
        " FROM inbox WHERE user_key = ?1 AND user = ?2 AND (?3 = '' OR transport = ?3) ORDER BY "
        "row",
        stable_hash({question.user}),
        question.user,
        question.transport
    );
    std::vector<InboxRow> rows;
    while (query.next()) rows.push_back(read_inbox(query));
    return rows;
}

std::vector<std::pair<std::string, std::string>> records_of_user(
    Database& db, const ExportUser& question
) {
    const std::string below = question.user + '/';
    Query query(
        db,
        "SELECT key, value FROM records WHERE (?1 = '' OR ns = ?1)"
        " AND (key = ?2 OR substr(key, 1, length(?3)) = ?3) ORDER BY ns, key",
        question.transport,
        question.user,
        below
    );
    std::vector<std::pair<std::string, std::string>> rows;
    while (query.next()) {
        auto& [key, value] = rows.emplace_back();
        query.read(key, value);
    }
    return rows;
}

/// When the first row that waits for a later time may be shown. Only asked when all due rows were
/// handed out.
std::optional<WallTime> next_inbox_due(Database& db, const InboxDue& question) {
    Query query(
        db,
        "SELECT min(due) FROM inbox WHERE due > ?1 AND (?2 = '' OR transport = ?2)",
        question.now,
        question.transport
    );
    std::optional<WallTime> due;
    if (query.next()) query.read(due);
    return due;
}

std::optional<WallTime> oldest_open(Database& db) {
    Query query(
        db,
        "SELECT accepted_at FROM outbox WHERE row = (SELECT min(row) FROM"
        " (SELECT min(row) AS row FROM outbox WHERE blocking = 1 UNION ALL"
        " SELECT min(row) FROM outbox WHERE state = 2 AND sweep_at IS NOT NULL UNION ALL"
        " SELECT min(row) FROM outbox WHERE due IS NOT NULL AND blocking = 0))"
    );
    if (!query.next()) return std::nullopt;
    return query.value<WallTime>();
}

}  // namespace

InboxDue::Answer answer(Database& db, const InboxDue& question) {
    InboxDue::Answer answer;
    {
        Query query(
            db,
            "SELECT " SALLYPORT_INBOX_COLUMNS
            " FROM inbox WHERE row > ?1 AND due <= ?2 AND (?3 = '' OR transport = ?3)"
            " ORDER BY row LIMIT ?4",
            question.after,
            question.now,
            question.transport,
            question.limit
        );
        while (query.next()) answer.rows.push_back(read_inbox(query));
    }
    if (answer.rows.size() < question.limit) answer.next_due = next_inbox_due(db, question);
    return answer;
}

WaitingMessages::Answer answer(Database& db, const WaitingMessages&) {
    WaitingMessages::Answer answer;
    Query query(
        db,
        "SELECT transport, count(*) FROM inbox WHERE due IS NOT NULL AND kind = 0 GROUP BY "
        "transport"
    );
    while (query.next()) {
        std::string transport;
        std::uint64_t rows = 0;
        query.read(transport, rows);
        answer.by_transport.emplace(std::move(transport), rows);
    }
    return answer;
}

ListOutbound::Answer answer(Database& db, const ListOutbound& question) {
    if (!question.user.empty()) return {list_of_user(db, question)};
    if (question.open_only && !question.failed_only && !question.or_unreported)
        return {list_open(db, question)};
    return {list_all(db, question)};
}

FindOutbound::Answer answer(Database& db, const FindOutbound& question) {
    Query query(
        db, "SELECT " SALLYPORT_SHOWN_COLUMNS " FROM outbox WHERE id = ?", question.id.text
    );
    auto rows = read_all(query);
    if (rows.empty()) return {};
    return {std::move(rows.front())};
}

Counts::Answer answer(Database& db, const Counts&) {
    Counts::Answer answer;
    Query query(db, "SELECT transport, state, rows FROM tally WHERE rows <> 0");
    while (query.next()) {
        std::string transport;
        int state = 0;
        std::uint64_t rows = 0;
        query.read(transport, state, rows);
        if (state == Tally::inbox_waiting) {
            answer.inbox_waiting[transport] = rows;
        } else {
            answer.outbound[{transport, static_cast<DeliveryState>(state)}] = rows;
        }
    }
    answer.oldest_open = oldest_open(db);
    return answer;
}

ExportUser::Answer answer(Database& db, const ExportUser& question) {
    ExportUser::Answer answer;
    for (auto& row : store::answer(db, Registrations{}).rows) {
        const bool wanted = question.transport.empty() || row.transport == question.transport;
        if (wanted && row.user == question.user) answer.registrations.push_back(std::move(row));
    }
    ListOutbound messages;
    messages.transport = question.transport;
    messages.user = question.user;
    messages.limit = 1'000'000;
    answer.outbound = list_of_user(db, messages);
    answer.inbox = inbox_of_user(db, question);
    answer.records = records_of_user(db, question);
    return answer;
}

}  // namespace sallyport::store
