// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/store/sqlite/writer.hpp"

/// What all operations on the outbox share. A lane's rows with `blocking` wait for one another:
/// while one is attempted or freshly ambiguous nothing else of the lane starts; otherwise the
/// oldest queued one is the head, and only it has a `due`.
namespace sallyport::store {

/// The columns of an outbox row in reading order; `payload` stands last and apart.
#define SALLYPORT_OUTBOX_COLUMNS                                                                   \
    "row, id, transport, account, user, own, peer, from_full, stanza_id, wants_receipt, preview, " \
    "state, attempts, provider, looks, reason, reason_text, accepted_at, attempted_at, deadline, " \
    "changed_at"

void read_outbound(Query& query, OutboundRow& row);

/// An outbox row with what only the store knows.
struct StoredOutbound {
    OutboundRow row;
    std::int64_t lane = 0;
    bool blocking = false;
    std::optional<WallTime> due;
    std::optional<WallTime> sweep_at;
    std::optional<std::int64_t> guard;  ///< see schema
    std::string refs;                   ///< see schema
    DeliveryState stored_state{};       ///< as it is in the file
};

/// `due` of an ambiguous message whose look runs in this life of the process. As with an attempt,
/// its outcome comes, or a restart makes it due at once: recover() finds it by this value.
inline constexpr WallTime look_runs{std::chrono::milliseconds(INT64_MAX)};

bool is_final(DeliveryState state);  ///< delivered, undelivered, failed, expired
/// The lattice of sms.md §6.4: may news in state `to` change a message in state `from`? Only
/// upwards; delivered beats all.
bool moves_up(DeliveryState from, DeliveryState to);

std::int64_t lane_of(const OutboundRow& row);

/// Inserts a new row, whose number it sets.
void insert_outbound(Writer& writer, StoredOutbound& message);
std::optional<StoredOutbound> load_outbound(Writer& writer, std::int64_t row);
std::optional<StoredOutbound> load_outbound(Writer& writer, const port::OutId& id);
/// Reads the payload, which load_outbound leaves out.
void load_payload(Writer& writer, OutboundRow& row);
/// Writes everything that changes in the life of a message.
void save_outbound(Writer& writer, StoredOutbound& message);

/// Sets state and what follows from it: blocking, due, sweep_at, changed_at. Does not save.
void set_state(StoredOutbound& message, DeliveryState state, WallTime now);
/// Records a started attempt and saves.
void start_attempt(
    Writer& writer, StoredOutbound& message, const std::string& provider, WallTime now
);
/// Ends a message with this failure, queues the row that tells the user, saves and lets the lane go
/// on.
InboxRow end_outbound(
    Writer& writer,
    StoredOutbound& message,
    DeliveryState state,
    const port::Failure& why,
    WallTime now
);
/// The row that tells the user how his message ended.
InboxRow failure_row(const OutboundRow& row);

bool lane_is_busy(
    Writer& writer, std::int64_t lane
);  ///< something is attempted or freshly ambiguous
bool lane_is_empty(Writer& writer, std::int64_t lane);                       ///< nothing blocks
std::optional<StoredOutbound> lane_head(Writer& writer, std::int64_t lane);  ///< oldest queued
/// Gives the head of an idle lane a `due` when it has none. Returns when the lane must be looked
/// at.
std::optional<WallTime> let_lane_go(Writer& writer, std::int64_t lane, WallTime at);
std::optional<WallTime> next_due(Writer& writer);

/// The usual end of an attempt, in as few steps as can be: taken under an id that nobody has, and
/// nothing else in its lane. Nothing when it is not so; then nothing was changed.
std::optional<RecordOutcome::Answer> accept_plainly(Writer& writer, const RecordOutcome& op);

/// How long a message that comes again is known by its guard.
inline constexpr std::chrono::hours guard_time{48};

/// Remembers the key for `how_long`; false when it is known already.
bool remember(Writer& writer, const Key& key, WallTime now, std::chrono::milliseconds how_long);

void set_reason(OutboundRow& row, const port::Failure& why);

}  // namespace sallyport::store
