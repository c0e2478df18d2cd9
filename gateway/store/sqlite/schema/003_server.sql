-- SPDX-License-Identifier: Apache-2.0
-- What the embedded server's services keep. account = accounts.id, which is never given twice.

-- Messages that wait for an account to come online.
CREATE TABLE offline (
    row INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival
    account INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    bytes INTEGER NOT NULL,                  -- of stanza, for the limit
    stanza TEXT NOT NULL
) STRICT;
CREATE INDEX offline_account ON offline (account, row, bytes);

-- Message archives (XEP-0313). An id is a ULID: its order is the archive's, its first part the time.
CREATE TABLE archive (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    stamp INTEGER NOT NULL,                  -- the time within id
    peer TEXT NOT NULL,                      -- bare JID of the other side
    resource TEXT NOT NULL,                  -- of the other side; '' = none
    stanza TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_peer ON archive (account, peer, id);
CREATE INDEX archive_stamp ON archive (stamp);

-- One text per account and name: "blocklist", "archive" (preferences), "vcard", …
CREATE TABLE account_texts (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER accounts_erase AFTER DELETE ON accounts BEGIN
    DELETE FROM offline WHERE account = old.id;
    DELETE FROM archive WHERE account = old.id;
    DELETE FROM account_texts WHERE account = old.id;
END;
