# SPDX-License-Identifier: Apache-2.0
"""A user's ordinary client: slixmpp logs in and keeps the stream; scenarios write stanzas and wait for stanzas."""
import asyncio
import itertools
import logging
import time
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

for noisy in ("asyncio", "slixmpp", "slixmpp.xmlstream", "slixmpp.stringprep"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)

import slixmpp    # noqa: E402  (it complains while it is imported)

CLIENT = "{jabber:client}"
RECEIPTS = "{urn:xmpp:receipts}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"

_ids = itertools.count(1)
ROSTER = "{jabber:iq:roster}query"
STANZA_TAGS = {f"{CLIENT}{kind}" for kind in ("message", "presence", "iq")}
PATIENCE = 10.0     # seconds; every wait ends as soon as the awaited thing is there


def new_id(prefix="t"):
    return f"{prefix}{next(_ids)}-{time.monotonic_ns() % 10**9}"


def body_of(stanza):
    return stanza.findtext(f"{CLIENT}body") or ""


def sender(stanza):
    return stanza.get("from", "")


def bare(jid):
    return jid.split("/", 1)[0]


def condition(stanza):
    """The defined condition of an error stanza, as a word; None when it is no error."""
    error = stanza.find(f"{CLIENT}error")
    if error is None:
        return None
    return next((c.tag[len(STANZAS):] for c in error if c.tag.startswith(STANZAS) and c.tag != f"{STANZAS}text"), "")


def error_text(stanza):
    return stanza.findtext(f"{CLIENT}error/{STANZAS}text") or ""


def show(stanza):
    return ElementTree.tostring(stanza, encoding="unicode")[:700]


class Client:
    """One resource of one account."""

    def __init__(self, host, local, password="pw", resource=None):
        self.host, self.local, self.password = host, local, password
        self.bare = f"{local}@{host.vhost}"
        self.resource = resource or new_id("r")
        self.stanzas, self._used = [], set()
        self._news = asyncio.Event()
        self.stream = None

    @property
    def jid(self):
        return f"{self.bare}/{self.resource}"

    async def login(self, presence=True):
        stream = slixmpp.ClientXMPP(self.jid, self.password)
        self.stream = stream
        stream.auto_authorize, stream.auto_subscribe = None, False
        stream["feature_mechanisms"].unencrypted_plain = True
        stream["feature_mechanisms"].unencrypted_scram = True
        stream.add_filter("in", self._take)
        started, failed = asyncio.Event(), []
        stream.add_event_handler("session_start", lambda _: started.set())
        stream.add_event_handler("failed_all_auth", lambda _: (failed.append("refused"), started.set()))
        trusted = getattr(self.host, "client_ca", None)       # of a host that clients meet encrypted
        stream.ca_certs = trusted and str(trusted)
        stream.connect(("127.0.0.1", self.host.c2s_port), use_ssl=False, force_starttls=bool(trusted), disable_starttls=not trusted)
        await asyncio.wait_for(started.wait(), PATIENCE)
        assert not failed, f"{self.jid} could not log in"
        if presence:
            # As every client: without having asked for the roster Prosody tells a resource nothing about subscriptions.
            self.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
            await self.expect("the roster", lambda s: s.tag == f"{CLIENT}iq" and s.get("id") == "roster")
            self.send("<presence/>")
            await self.expect("own presence", lambda s: s.tag == f"{CLIENT}presence" and sender(s) == self.jid)
        return self

    async def leave(self, domain):
        """Logs out so that `domain` knows it: a question to it travels behind the last presence."""
        self.send("<presence type='unavailable'/>")
        await self.settled(domain)
        await self.logout()

    async def logout(self):
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.auto_reconnect = False
            await stream.disconnect(wait=1.0)

    def _take(self, stanza):
        if stanza.xml.tag in STANZA_TAGS:
            self.stanzas.append(stanza.xml)
            self._news.set()
        return stanza

    def send(self, xml):
        """Sends XML as it stands; the server stamps `from`."""
        self.stream.send_raw(xml)

    def text(self, to, body, extra="<request xmlns='urn:xmpp:receipts'/>", stanza_id=None, kind="chat"):
        """Sends a chat message that asks for a receipt; returns its id."""
        stanza_id = stanza_id or new_id("m")
        said = "" if body is None else f"<body>{escape(body)}</body>"
        self.send(f"<message to={quoteattr(to)} type='{kind}' id='{stanza_id}'>{said}{extra}</message>")
        return stanza_id

    def presence(self, to, kind=None):
        kind_text = f" type='{kind}'" if kind else ""
        self.send(f"<presence to={quoteattr(to)}{kind_text}/>")

    async def iq(self, kind, to, payload, seconds=PATIENCE):
        """One question, its answer (result or error)."""
        stanza_id = new_id("q")
        self.send(f"<iq type='{kind}' to={quoteattr(to)} id='{stanza_id}'>{payload}</iq>")
        return await self.expect(
            f"the answer to {payload[:80]}",
            lambda s: s.tag == f"{CLIENT}iq" and s.get("id") == stanza_id and s.get("type") in ("result", "error"), seconds)

    async def expect(self, what, wanted, seconds=PATIENCE):
        """The first stanza not used so far for which `wanted` holds; order among different expectations is free."""
        end = time.monotonic() + seconds
        while True:
            for index, stanza in enumerate(self.stanzas):
                if index not in self._used and wanted(stanza):
                    self._used.add(index)
                    return stanza
            self._news.clear()
            left = end - time.monotonic()
            try:
                await asyncio.wait_for(self._news.wait(), max(left, 0.001))
            except asyncio.TimeoutError:
                raise AssertionError(f"{self.local} waited {seconds:g} s for {what}; saw:\n" + self.seen()) from None

    def seen(self):
        """What came and nobody expected."""
        rest = [show(s) for i, s in enumerate(self.stanzas) if i not in self._used and s.find(ROSTER) is None]
        return "\n".join(rest[-8:]) or "(nothing)"

    def unexpected(self, wanted):
        """Stanzas that came, were not used, and match: for proving that something did not happen (after a `settled`)."""
        return [s for i, s in enumerate(self.stanzas) if i not in self._used and wanted(s)]

    async def settled(self, to):
        """Everything that `to` answered before is here: an IQ goes there and back behind it."""
        await self.iq("get", to, "<ping xmlns='urn:xmpp:ping'/>")

    # What users wait for most often.

    async def message(self, what, wanted=lambda s: True, from_=None, seconds=PATIENCE):
        return await self.expect(
            what, lambda s: s.tag == f"{CLIENT}message" and (from_ is None or bare(sender(s)) == from_) and wanted(s), seconds)

    async def chat(self, from_, containing="", seconds=PATIENCE):
        """A message with a body from a bare JID."""
        return await self.message(
            f"a text «{containing}» from {from_}",
            lambda s: s.get("type") != "error" and bool(body_of(s)) and containing.lower() in body_of(s).lower(), from_, seconds)

    async def receipt(self, stanza_id, seconds=PATIENCE):
        def wanted(stanza):
            received = stanza.find(f"{RECEIPTS}received")
            return received is not None and received.get("id") == stanza_id
        return await self.message(f"the receipt of {stanza_id}", wanted, None, seconds)

    async def error(self, stanza_id, seconds=PATIENCE):
        return await self.message(
            f"an error for {stanza_id}", lambda s: s.get("type") == "error" and s.get("id") == stanza_id, None, seconds)

    async def presence_from(self, jid, kind=None, seconds=PATIENCE):
        return await self.expect(
            f"presence {kind or 'available'} from {jid}",
            lambda s: s.tag == f"{CLIENT}presence" and bare(sender(s)) == jid and s.get("type") == kind, seconds)
