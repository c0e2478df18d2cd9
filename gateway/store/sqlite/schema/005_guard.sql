-- SPDX-License-Identifier: Apache-2.0
-- The duplicate guard of an outbound message stands in its row and in the index over its user: one
-- tree less, of random keys, that every message writes to. What `seen` knows of outbound messages is
-- asked for until it has expired: an upgrade is a restart, when clients send again what was not
-- acknowledged to them.

ALTER TABLE outbox ADD COLUMN guard INTEGER;    -- 64-bit hash of bare from, to, id and body; NULL = none
DROP INDEX outbox_user;
CREATE INDEX outbox_user ON outbox (user_key, guard);

CREATE TABLE older_guards (until INTEGER NOT NULL) STRICT;    -- when the last of them expires; no row = there are none
INSERT INTO older_guards SELECT expires FROM seen ORDER BY expires DESC LIMIT 1;
