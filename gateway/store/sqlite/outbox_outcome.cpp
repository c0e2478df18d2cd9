// SPDX-License-Identifier: Apache-2.0
// News of outbound messages: results of attempts, reports, and what they set going.
#include <algorithm>

#include "gateway/store/sqlite/inbox.hpp"
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {

using enum port::DeliveryState;

namespace {

constexpr std::chrono::minutes early_time{15};
constexpr std::chrono::seconds default_pause{60};

/// One reference of the outcome, and whose it is so far.
struct Part {
    const port::MessageRef* ref;
    Key key;
    std::optional<std::int64_t> owner;
};

/// What is applied to a message: the outcome, or a report that came too early for it.
struct News {
    DeliveryState state{};
    const port::Failure* failure = nullptr;
    bool of_attempt = false;  ///< its own result or a look; else a report
};

const std::string& provider_of(const RecordOutcome& op, const port::MessageRef& ref) {
    return ref.provider.empty() ? op.outcome.provider : ref.provider;
}

std::vector<Part> look_up_parts(Writer& writer, const RecordOutcome& op) {
    std::vector<Part> parts;
    for (const port::MessageRef& ref : op.outcome.refs) {
        Part part{&ref, writer.hash({op.transport, provider_of(op, ref), ref.id}), std::nullopt};
        Query query(writer.db, "SELECT outbox_row FROM refs WHERE key = ?", part.key);
        if (query.next()) part.owner = query.value<std::int64_t>();
        parts.push_back(part);
    }
    return parts;
}

std::optional<StoredOutbound> find(
    Writer& writer, const RecordOutcome& op, const std::vector<Part>& parts
) {
    if (op.outcome.id) {
        if (auto message = load_outbound(writer, *op.outcome.id)) return message;
    }
    for (const Part& part : parts) {
        if (part.owner) return load_outbound(writer, *part.owner);
    }
    return std::nullopt;
}

void keep_early(Writer& writer, const RecordOutcome& op, const std::vector<Part>& parts) {
    writer.may_have_early = true;
    OutboundRow words;
    if (op.outcome.failure) set_reason(words, *op.outcome.failure);
    for (const Part& part : parts) {
        Query(
            writer.db,
            "INSERT INTO early (key, state, reason, reason_text, expires) VALUES (?,?,?,?,?)"
            " ON CONFLICT (key) DO UPDATE SET state = excluded.state, reason = excluded.reason,"
            " reason_text = excluded.reason_text, expires = excluded.expires"
            // The lattice: delivered (6) beats all.
            " WHERE state <> 6 AND (excluded.state = 6 OR excluded.state > state)",
            part.key,
            op.outcome.state,
            words.reason,
            words.reason_text,
            op.now + early_time
        )
            .run();
    }
}

/// Gives the message the references that are nobody's yet.
void keep_refs(
    Writer& writer, const RecordOutcome& op, StoredOutbound& message, std::vector<Part>& parts
) {
    for (Part& part : parts) {
        if (part.owner) continue;
        Query(
            writer.db,
            "INSERT INTO refs (key, outbox_row, state) VALUES (?, ?, 3) ON CONFLICT DO NOTHING",
            part.key,
            message.row.row
        )
            .run();
        if (!message.refs.empty()) message.refs += '\n';
        message.refs += provider_of(op, *part.ref) + '\t' + part.ref->id;
    }
}

bool is_split(const StoredOutbound& message) {
    return message.refs.find('\n') != std::string::npos;
}

/// A split text is delivered when all its parts are (sms.md §6.4).
bool all_parts_delivered(Writer& writer, const StoredOutbound& message) {
    for (std::size_t at = 0; at < message.refs.size();) {
        const std::size_t end = std::min(message.refs.find('\n', at), message.refs.size());
        const std::string_view line = std::string_view(message.refs).substr(at, end - at);
        const std::size_t tab = line.find('\t');
        const Key key =
            writer.hash({message.row.transport, line.substr(0, tab), line.substr(tab + 1)});
        Query query(writer.db, "SELECT state FROM refs WHERE key = ?", key);
        if (query.next() && query.value<DeliveryState>() != delivered) return false;
        at = end + 1;
    }
    return true;
}

void mark_delivered(Writer& writer, const StoredOutbound& message, const Key& key) {
    Query(
        writer.db,
        "UPDATE refs SET state = 6 WHERE key = ? AND outbox_row = ?",
        key,
        message.row.row
    )
        .run();
}

/// `delivered` of one part counts for the whole only with the last of them.
DeliveryState fold_parts(
    Writer& writer,
    const StoredOutbound& message,
    const std::vector<Part>& parts,
    DeliveryState state
) {
    if (state != delivered || parts.empty() || !is_split(message)) return state;
    for (const Part& part : parts) mark_delivered(writer, message, part.key);
    return all_parts_delivered(writer, message) ? delivered : sent;
}

/// Queued and ambiguous are results of an attempt that runs or is in doubt; all else follows the
/// lattice.
bool may_change(const StoredOutbound& message, const News& news) {
    const DeliveryState from = message.row.state;
    const bool in_doubt = from == attempting || from == ambiguous;
    if (news.state == queued || news.state == ambiguous) return news.of_attempt && in_doubt;
    // A report has proved since that it was taken, or the operator wants another attempt.
    if (news.state == failed && news.of_attempt && !in_doubt) return false;
    return moves_up(from, news.state);
}

void change(const RecordOutcome& op, StoredOutbound& message, const News& news) {
    set_state(message, news.state, op.now);
    if (news.failure != nullptr) set_reason(message.row, *news.failure);
    if (news.state == queued) message.due = op.retry_at.value_or(op.now);
    if (news.state == ambiguous) {
        message.due = op.retry_at.value_or(op.now + default_pause);
        message.blocking = !op.frees_lane;
        message.row.looks = op.looks;
    }
}

/// Queues what the user must see about a message that just ended.
std::optional<InboxRow> tell_user(Writer& writer, const OutboundRow& row, WallTime now) {
    if (!is_final(row.state)) return std::nullopt;
    if (row.state == delivered && (!row.wants_receipt || row.stanza_id.empty()))
        return std::nullopt;
    InboxRow shown = failure_row(row);
    if (row.state == delivered) {
        shown.kind = InboxRow::Kind::receipt;
        shown.payload.clear();
        shown.reason.clear();
        shown.preview.clear();
    }
    insert_inbox(writer, shown, now);
    return shown;
}

void apply(
    Writer& writer,
    const RecordOutcome& op,
    StoredOutbound& message,
    const News& news,
    RecordOutcome::Answer& answer
) {
    if (!may_change(message, news)) return;
    change(op, message, news);
    answer.changed = true;
    if (auto shown = tell_user(writer, message.row, op.now)) {
        answer.shown = std::make_shared<InboxRow>(*std::move(shown));
    }
}

/// Reports that were waiting for these references.
void apply_early(
    Writer& writer,
    const RecordOutcome& op,
    StoredOutbound& message,
    const std::vector<Part>& parts,
    RecordOutcome::Answer& answer
) {
    if (!writer.may_have_early) return;
    for (const Part& part : parts) {
        if (part.owner) continue;
        DeliveryState state{};
        port::Failure why;
        std::string word;
        {
            Query query(
                writer.db,
                "SELECT state, reason, reason_text FROM early WHERE key = ? AND expires > ?",
                part.key,
                op.now
            );
            if (!query.next()) continue;
            query.read(state, word, why.text);
        }
        Query(writer.db, "DELETE FROM early WHERE key = ?", part.key).run();
        why.reason = port::parse_reason(word).value_or(port::Reason::temporary);
        state = fold_parts(writer, message, {part}, state);
        apply(writer, op, message, {state, word.empty() ? nullptr : &why}, answer);
    }
}

/// The lane became free: its next message starts now or gets its time.
void go_on(
    Writer& writer,
    const RecordOutcome& op,
    const StoredOutbound& before,
    RecordOutcome::Answer& answer
) {
    // Most have no next message, which the first question tells.
    if (lane_is_empty(writer, before.lane) || lane_is_busy(writer, before.lane)) return;
    auto head = lane_head(writer, before.lane);
    if (!head) return;
    const bool its_time = !head->due || *head->due <= op.now;
    const bool startable = head->row.own == before.row.own && head->row.deadline > op.now;
    if (its_time && startable && op.start_next) {
        start_attempt(writer, *head, *op.start_next, op.now);
        load_payload(writer, head->row);
        answer.next = std::make_shared<OutboundRow>(std::move(head->row));
        return;
    }
    if (!head->due) {
        head->due = op.next_not_before.value_or(op.now);
        save_outbound(writer, *head);
    }
    answer.next_due = head->due;
}

/// When the message, which holds its lane, must be looked at. One that came back to wait may stand
/// behind an older one that came back meanwhile: then that is the head, and it has no time yet.
std::optional<WallTime> next_look(Writer& writer, const StoredOutbound& message, WallTime now) {
    if (message.row.state != queued) return message.due;
    const auto head = let_lane_go(writer, message.lane, now);
    return head && message.due ? std::min(*head, *message.due) : message.due;
}

/// A lookup found only references that other messages have: what it found is not this message.
bool found_anothers(
    const RecordOutcome& op, const StoredOutbound& message, const std::vector<Part>& parts
) {
    if (!op.attempt || message.row.state != ambiguous || parts.empty()) return false;
    return std::ranges::all_of(parts, [&message](const Part& part) {
        return part.owner && *part.owner != message.row.row;
    });
}

void hand_out(RecordOutcome::Answer& answer, OutboundRow row) {
    answer.state = row.state;
    answer.message = std::make_shared<OutboundRow>(std::move(row));
}

}  // namespace

RecordOutcome::Answer execute(Writer& writer, const RecordOutcome& op) {
    if (auto plain = accept_plainly(writer, op)) return *std::move(plain);
    RecordOutcome::Answer answer;
    std::vector<Part> parts = look_up_parts(writer, op);
    auto message = find(writer, op, parts);
    if (!message) {
        if (!op.attempt) keep_early(writer, op, parts);
        return answer;
    }
    answer.found = true;
    answer.previous = message->row.state;
    const bool stale = op.attempt && *op.attempt != message->row.attempts;
    answer.refs_taken = !stale && found_anothers(op, *message, parts);
    if (stale || answer.refs_taken) {
        hand_out(answer, std::move(message->row));
        return answer;
    }
    const bool was_blocking = message->blocking;
    keep_refs(writer, op, *message, parts);
    const DeliveryState state = fold_parts(writer, *message, parts, op.outcome.state);
    const auto& failure = op.outcome.failure;
    const News news{state, failure ? &*failure : nullptr, op.attempt.has_value()};
    apply(writer, op, *message, news, answer);
    apply_early(writer, op, *message, parts, answer);
    save_outbound(writer, *message);
    if (message->blocking) {
        answer.next_due = next_look(writer, *message, op.now);
    } else if (was_blocking) {
        go_on(writer, op, *message, answer);
    }
    hand_out(answer, std::move(message->row));
    return answer;
}

}  // namespace sallyport::store
