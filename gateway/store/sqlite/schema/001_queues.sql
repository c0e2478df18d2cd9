-- SPDX-License-Identifier: Apache-2.0
-- Times are milliseconds since 1970 in UTC. shard = hash of the bare JID modulo 1024; epoch = of the lease on that shard.

CREATE TABLE outbox (
    row INTEGER PRIMARY KEY,          -- order of acceptance
    id TEXT NOT NULL UNIQUE,
    shard INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    user_key INTEGER NOT NULL,        -- 64-bit hash of user
    lane INTEGER NOT NULL,            -- 64-bit hash of transport, own, peer
    state INTEGER NOT NULL,           -- port::DeliveryState
    blocking INTEGER NOT NULL,        -- 1 = the rest of the lane waits for it: queued, attempting, freshly ambiguous
    due INTEGER,                      -- heads of waiting lanes: next attempt; ambiguous: next look
    sweep_at INTEGER,                 -- queued and parked: deadline; accepted and later: last change; NULL once blanked
    attempts INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    account INTEGER NOT NULL,
    wants_receipt INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    attempted_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    transport TEXT NOT NULL,
    user TEXT NOT NULL,
    own TEXT NOT NULL,
    peer TEXT NOT NULL,
    from_full TEXT NOT NULL,
    stanza_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    reason TEXT NOT NULL,
    reason_text TEXT NOT NULL,
    refs TEXT NOT NULL,               -- the network's ids: provider TAB id, one a line
    preview TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_user ON outbox (user_key);
CREATE INDEX outbox_lane ON outbox (lane, state, row) WHERE blocking = 1;
CREATE INDEX outbox_due ON outbox (due) WHERE due IS NOT NULL;
CREATE INDEX outbox_sweep ON outbox (state, sweep_at) WHERE sweep_at IS NOT NULL;

-- Messages by the network's ids; key = hash of transport, provider, id.
CREATE TABLE refs (
    key BLOB PRIMARY KEY,
    outbox_row INTEGER NOT NULL,
    state INTEGER NOT NULL            -- of this part of a split text
) STRICT, WITHOUT ROWID;

-- Reports that came before the answer to the request that they are about.
CREATE TABLE early (
    key BLOB PRIMARY KEY,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL,
    reason_text TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Duplicate guards of both directions; key = hash.
CREATE TABLE seen (
    key BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_expires ON seen (expires);

CREATE TABLE inbox (
    row INTEGER PRIMARY KEY,          -- order in which users see them
    id TEXT NOT NULL UNIQUE,
    shard INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    user_key INTEGER NOT NULL,
    state INTEGER NOT NULL,           -- 0 waiting, 1 read, 2 returned, 3 given up
    due INTEGER,                      -- when to show it; waiting: 0, whatever the clock does
    sweep_at INTEGER,                 -- read and given up: received_at; NULL once blanked
    kind INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    transport TEXT NOT NULL,
    user TEXT NOT NULL,
    own TEXT NOT NULL,
    peer TEXT NOT NULL,
    stanza_id TEXT NOT NULL,
    to_full TEXT NOT NULL,
    reason TEXT NOT NULL,
    preview TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX inbox_user ON inbox (user_key);
CREATE INDEX inbox_open ON inbox (row, due) WHERE due IS NOT NULL;
CREATE INDEX inbox_returned ON inbox (user_key) WHERE state = 2;
CREATE INDEX inbox_sweep ON inbox (sweep_at) WHERE sweep_at IS NOT NULL;

-- Verified events that no rule understood.
CREATE TABLE raw (
    row INTEGER PRIMARY KEY,
    transport TEXT NOT NULL,
    provider TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    raw BLOB NOT NULL
) STRICT;

CREATE TABLE registrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shard INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    transport TEXT NOT NULL,
    user TEXT NOT NULL,
    own TEXT NOT NULL,
    provider TEXT NOT NULL,
    hook_token TEXT NOT NULL,
    credentials BLOB NOT NULL,
    from_pool INTEGER NOT NULL,
    suspended INTEGER NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (transport, user)
) STRICT;
CREATE UNIQUE INDEX registrations_own ON registrations (transport, own) WHERE own <> '';

-- Released numbers in quarantine.
CREATE TABLE resting (
    transport TEXT NOT NULL,
    own TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (transport, own)
) STRICT, WITHOUT ROWID;

-- A transport's own rows.
CREATE TABLE records (
    ns TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    expires INTEGER,
    PRIMARY KEY (ns, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_expires ON records (expires) WHERE expires IS NOT NULL;

-- Rows per transport and state, kept in the same commits, so that counting costs nothing. State 100 = inbox, not read.
CREATE TABLE tally (
    transport TEXT NOT NULL,
    state INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (transport, state)
) STRICT, WITHOUT ROWID;

-- Written once a second while the store is unwell, to learn when it is well again.
CREATE TABLE probe (row INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
