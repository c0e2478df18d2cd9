// SPDX-License-Identifier: Apache-2.0
// The way that nearly all attempts go: the network took the message. outbox_outcome.cpp would do
// the same with more questions.
#include "gateway/store/sqlite/outbox.hpp"

namespace sallyport::store {

using enum port::DeliveryState;

namespace {

bool is_plain(const Writer& writer, const RecordOutcome& op) {
    const port::Outcome& outcome = op.outcome;
    return op.place && op.attempt && outcome.id && !outcome.failure && outcome.refs.size() == 1 &&
           outcome.state == accepted && !writer.may_have_early;
}

bool has_lane_for_itself(Writer& writer, const Place& place) {
    return !Query(
                writer.db,
                "SELECT 1 FROM outbox WHERE lane = ? AND blocking = 1 AND row <> ? LIMIT 1",
                place.lane,
                place.row
    )
                .next();
}

bool add_ref(Writer& writer, const Key& key, std::int64_t row) {
    Query(
        writer.db,
        "INSERT INTO refs (key, outbox_row, state) VALUES (?, ?, 3) ON CONFLICT DO NOTHING",
        key,
        row
    )
        .run();
    return writer.db.changes() > 0;
}

bool mark_accepted(Writer& writer, const RecordOutcome& op, const std::string& refs) {
    Query(
        writer.db,
        "UPDATE outbox SET state = 3, blocking = 0, sweep_at = ?1, changed_at = ?1, refs = ?2"
        " WHERE row = ?3 AND id = ?4 AND state = 1 AND attempts = ?5 AND refs = ''",
        op.now,
        refs,
        op.place->row,
        op.outcome.id->text,
        *op.attempt
    )
        .run();
    return writer.db.changes() > 0;
}

}  // namespace

std::optional<RecordOutcome::Answer> accept_plainly(Writer& writer, const RecordOutcome& op) {
    if (!is_plain(writer, op) || !has_lane_for_itself(writer, *op.place)) return std::nullopt;
    const port::MessageRef& ref = op.outcome.refs.front();
    const std::string& provider = ref.provider.empty() ? op.outcome.provider : ref.provider;
    const Key key = writer.hash({op.transport, provider, ref.id});
    if (!add_ref(writer, key, op.place->row)) return std::nullopt;
    if (!mark_accepted(writer, op, provider + '\t' + ref.id)) {
        Query(writer.db, "DELETE FROM refs WHERE key = ?", key).run();
        return std::nullopt;
    }
    writer.tally.add(op.transport, attempting, -1);
    writer.tally.add(op.transport, accepted);
    RecordOutcome::Answer answer;
    answer.found = answer.changed = true;
    answer.previous = attempting;
    answer.state = accepted;
    return answer;
}

}  // namespace sallyport::store
