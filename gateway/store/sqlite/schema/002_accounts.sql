-- SPDX-License-Identifier: Apache-2.0
-- The embedded server's accounts. All that belongs to one carries its number, which is never given twice.

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shard INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    user TEXT NOT NULL UNIQUE,        -- bare JID
    disabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    roster_ver INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What proves a password: RFC 5802's StoredKey and ServerKey, one row per mechanism family.
CREATE TABLE account_keys (
    account INTEGER NOT NULL,
    kind TEXT NOT NULL,               -- SCRAM-SHA-1 | SCRAM-SHA-256 | …
    salt BLOB NOT NULL,
    iterations INTEGER NOT NULL,
    stored_key BLOB NOT NULL,
    server_key BLOB NOT NULL,
    PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE roster (
    account INTEGER NOT NULL,
    jid TEXT NOT NULL,
    name TEXT NOT NULL,
    subscription INTEGER NOT NULL,    -- 0 none, 1 to, 2 from, 3 both
    ask INTEGER NOT NULL,             -- 1 = our request is not answered
    approved INTEGER NOT NULL,
    listed INTEGER NOT NULL,          -- 0 = known, but not in the roster
    groups TEXT NOT NULL,             -- joined by U+001F, which XML does not hold
    ver INTEGER NOT NULL,
    PRIMARY KEY (account, jid)
) STRICT, WITHOUT ROWID;

-- Requests that were not answered: the whole stanza is shown at every login.
CREATE TABLE roster_pending (
    row INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    jid TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    stanza BLOB NOT NULL,
    UNIQUE (account, jid)
) STRICT;
