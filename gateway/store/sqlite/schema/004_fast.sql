-- SPDX-License-Identifier: Apache-2.0
-- Tokens to log in with (XEP-0484), two for each client at most. None stands here: one is made of its salt and of data/key, so who
-- reads this file or a backup cannot log in with it.
CREATE TABLE fast_tokens (
    account INTEGER NOT NULL,
    client TEXT NOT NULL,             -- id of the user agent (XEP-0388)
    slot INTEGER NOT NULL,            -- 0 current, 1 given and not used yet
    mechanism TEXT NOT NULL,          -- the only one that it is good for
    salt BLOB NOT NULL,
    issued INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    count INTEGER NOT NULL,           -- the last that was seen with it, 0 = none
    PRIMARY KEY (account, client, slot)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER accounts_forget_tokens AFTER DELETE ON accounts BEGIN
    DELETE FROM fast_tokens WHERE account = old.id;
END;
