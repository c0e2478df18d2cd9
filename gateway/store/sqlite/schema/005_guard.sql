-- SPDX-License-Identifier: Apache-2.0
-- The duplicate guard of an outbound message stands in its row and in the index over its user: one
-- tree less, of random keys, that every message writes to. What `seen` knew of outbound messages is
-- forgotten: it expires by itself.

ALTER TABLE outbox ADD COLUMN guard INTEGER;    -- 64-bit hash of bare from, to, id and body; NULL = none
DROP INDEX outbox_user;
CREATE INDEX outbox_user ON outbox (user_key, guard);
