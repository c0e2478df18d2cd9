# SPDX-License-Identifier: Apache-2.0
"""What every stack's program reads and says.

It reads one JSON object from its first argument: jid, password, host, port, peer (a bare JID that repeats what it is told),
ca (a file). It says one line per column: `ok COLUMN [NOTE]`, `none COLUMN WHY` (this stack cannot) or `fail COLUMN WHY`."""
import json
import sys
import types

COLUMNS = ("login", "message", "roster", "reconnect")


def task():
    found = types.SimpleNamespace(**json.loads(sys.argv[1]))
    found.local, found.domain = found.jid.split("@")
    return found


def say(verdict, column, note=""):
    assert column in COLUMNS, column
    print(f"{verdict} {column} {note}".rstrip(), flush=True)


def ok(column, note=""):
    say("ok", column, note)


def none(column, why):
    say("none", column, why)
