// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {

enum class InboxState { waiting = 0, read = 1, returned = 2, given_up = 3 };

/// The columns of an inbox row in reading order.
#define SALLYPORT_INBOX_COLUMNS                                                                 \
    "row, id, transport, user, own, peer, kind, payload, stanza_id, to_full, reason, preview, " \
    "received_at, attempts"

InboxRow read_inbox(Query& query);

/// Inserts a row that waits to be shown; sets its number, and its id and time when absent.
void insert_inbox(Writer& writer, InboxRow& row, WallTime now);

}  // namespace sallyport::store
