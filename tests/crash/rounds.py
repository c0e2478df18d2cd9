# SPDX-License-Identifier: Apache-2.0
"""The load of a crash round, both ways, and what became of every message of it."""
import asyncio
import random
import shutil
import sqlite3

from harness.client import CLIENT, RECEIPTS, body_of
from slixmpp.xmlstream.xmlstream import NotConnectedError


def outbox_ids(gateway, scratch, only_waiting=False):
    """Ids of the stanzas that have a row (or one that waits: queued, being tried or in doubt), read from a copy, as SQLite
    would recover it after the kill."""
    scratch.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal"):
        source = gateway.database.with_name(gateway.database.name + suffix)
        copy = scratch / ("copy.db" + suffix)
        copy.unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, copy)
    for leftover in ("copy.db-shm",):
        (scratch / leftover).unlink(missing_ok=True)
    with sqlite3.connect(scratch / "copy.db") as base:
        return {row[0] for row in base.execute("SELECT stanza_id FROM outbox" + (" WHERE state < 3" if only_waiting else ""))}


class Load:
    """Texts in both directions at a steady pace, until told to stop. A text's body is its name: kind, round, number."""

    def __init__(self, world, users, phones, rate_out, rate_in):
        self.world, self.users, self.phones = world, users, phones
        self.rate_out, self.rate_in = rate_out, rate_in
        self.out = {}       # stanza id == body -> round
        self.into = {}      # body -> round
        self.into_by = {}   # body -> provider
        self._numbers = {"o": 0, "i": 0}
        self._tasks = []

    def start(self, round_number):
        self._tasks = [asyncio.create_task(self._send(round_number)), asyncio.create_task(self._call(round_number))]

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _name(self, kind, round_number):
        self._numbers[kind] += 1
        return f"{kind}{round_number:03d}-{self._numbers[kind]:06d}"

    async def _send(self, round_number):
        while True:
            name = self._name("o", round_number)
            user = random.choice(self.users)
            try:
                user.text(self.world.contact(random.choice(self.phones)), name, stanza_id=name)
                self.out[name] = round_number
            except NotConnectedError:
                pass        # the server that was killed is this user's own
            await asyncio.sleep(random.expovariate(self.rate_out))

    async def _call(self, round_number):
        while True:
            name = self._name("i", round_number)
            user = random.choice(self.users)
            self.into[name], self.into_by[name] = round_number, user.provider
            # Some are given up at once, as at a provider without retries: those a sweep must find.
            soon = {"retries": 0} if user.provider == "twilio" and random.random() < 0.25 else {}
            await self.world.simulator.inbound(
                user.number, name, from_=random.choice(self.phones), provider=user.provider, wait=False,
                url=self.world.gateway.hook(user.entry), **soon)
            await asyncio.sleep(random.expovariate(self.rate_in))


class Books:
    """Everything that either end saw, as sets and counts by message name."""

    def __init__(self, load):
        self.load = load
        self.committed = set()      # seen in the outbox after a kill
        self.kept = set()           # in the outbox at the end
        self.waiting = set()        # of these: not ended, with a deadline

    def at_users(self):
        """What the clients got: shown texts with the ids under which they came, errors, receipts."""
        self.shown, self.errors, self.receipts, self.acked = {}, set(), {}, set()
        for user in self.load.users:
            self.acked |= user.accepted & set(self.load.out)
            for stanza in user.stanzas:
                if stanza.tag == f"{CLIENT}message":
                    self._read(stanza)

    def _read(self, stanza):
        received, body = stanza.find(f"{RECEIPTS}received"), body_of(stanza)
        if stanza.get("type") == "error":
            self.errors.add(stanza.get("id"))
        elif received is not None:
            self.receipts.setdefault(received.get("id"), set()).add(stanza.get("id"))
        elif body in self.load.into:
            self.shown.setdefault(body, set()).add(stanza.get("id"))
        elif body.startswith("⚠"):
            self.errors.update(name for name in self.load.out if f"«{name}»" in body)

    def at_provider(self, events):
        """What the provider took (distinct callback tokens by text), delivered, and which webhooks we acknowledged."""
        self.taken, self.acknowledged, self.delivered, self.by_provider = {}, set(), set(), {}
        self.called = set()     # a phone that we stopped in the middle of a call has sent nothing
        name_of, text_of = {}, {}
        for event in events:
            kind = event["event"]
            if kind == "request" and event.get("accepted"):
                self.taken.setdefault(event["text"], []).append(event.get("token") or event["id"])
                name_of[event["id"]] = event["text"]
                self.by_provider[event["text"]] = event["provider"]
            elif kind == "delivered" and event["id"] in name_of:
                self.delivered.add(name_of[event["id"]])
            elif kind == "inbound":
                text_of[event["id"]] = event["text"]
                self.called.add(event["text"])
            elif kind == "webhook" and event["hook"] == "inbound" and 200 <= event["status"] < 300:
                self.acknowledged.add(text_of.get(event["id"]))

    def open(self):
        """Messages of which the end is not yet visible: committed without receipt or error, from a phone without being shown."""
        waiting = {name for name in self.committed | self.kept | self.acked if name not in self.receipts and name not in self.errors}
        return len(waiting) + len((self.called | self.acknowledged) - set(self.shown) - {None})

    def row(self, round_number):
        """The figures of one round."""
        sent = {name for name, r in self.load.out.items() if r == round_number}
        called = {name for name in self.called if self.load.into.get(name) == round_number}
        committed = sent & (self.committed | self.kept)
        failed = sent & self.errors
        told_wrongly = {name for name in failed & set(self.taken) if name in committed}
        unsure = {name for name in told_wrongly if self.by_provider[name] == "telnyx"}
        acknowledged = called & self.acknowledged
        return {
            "sent": len(sent),
            "acked": len(sent & self.acked),
            "committed": len(committed),
            "once": sum(1 for name in sent if len(set(self.taken.get(name, []))) == 1),
            "error": len(failed),
            "gap": len(sent - committed - failed),
            "unsure": len(unsure),
            "wrong": len(told_wrongly - unsure),
            "untold": len({name for name in committed if name in self.delivered and name not in self.receipts and name not in failed}),
            "in": len(called),
            "2xx": len(acknowledged),
            "shown": len(called & set(self.shown)),
            "refused": len(called - acknowledged),
            "unswept": len({name for name in called - acknowledged - set(self.shown) if self.load.into_by[name] == "twilio"}),
            "waiting": len(committed & self.waiting),
            "lost": len(committed - set(self.taken) - failed - self.waiting) + len(self.committed & sent - self.kept) + len(acknowledged - set(self.shown))
            + len(sent & self.acked - committed - failed),
            "doubled": sum(1 for name in sent if len(self.taken.get(name, [])) > 1)
            + sum(1 for name in called if len(self.shown.get(name, ())) > 1)
            + sum(1 for name in sent if len(self.receipts.get(name, ())) > 1),
        }
