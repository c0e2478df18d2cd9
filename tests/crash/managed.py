# SPDX-License-Identifier: Apache-2.0
"""A user of the embedded server whose client counts stanzas: what the server acknowledged (XEP-0198) it may not lose."""
import re

from harness.client import STANZA_TAGS, Client

SM = "urn:xmpp:sm:3"


class ManagedClient(Client):
    """Asks for an acknowledgement behind every stanza, and gives them. A killed server has forgotten the stream: nothing is
    resumed and nothing sent again, so that every text is sent once. `accepted`: ids that were acknowledged."""

    def __init__(self, host, local):
        super().__init__(host, local)
        self.accepted = set()
        self._sent = self._received = None

    async def login(self, presence=True):
        self._sent = self._received = None
        await super().login(presence)
        self.stream.auto_reconnect = False
        self.stream.add_filter("out_sync", self._count)     # what slixmpp answers by itself
        self._sent = []
        self.stream.send_raw(f"<enable xmlns='{SM}'/>")
        await self.settled(self.host.vhost)
        assert self._received is not None, f"{self.local}: the server does not manage the stream"
        return self

    def send(self, xml):
        self.stream.send_raw(xml)
        if self._sent is not None:
            self._sent.append(re.search(r" id=['\"]([^'\"]*)", xml))
            self.stream.send_raw(f"<r xmlns='{SM}'/>")

    def _count(self, stanza):
        if self._sent is not None and stanza.xml.tag in STANZA_TAGS:
            self._sent.append(None)
        return stanza

    def _take(self, stanza):
        tag = stanza.xml.tag
        if tag == f"{{{SM}}}enabled":
            self._received = 0
        elif tag == f"{{{SM}}}r":
            self.stream.send_raw(f"<a xmlns='{SM}' h='{self._received}'/>")
        elif tag == f"{{{SM}}}a":
            self.accepted.update(found.group(1) for found in self._sent[:int(stanza.xml.get("h"))] if found)
        elif tag in STANZA_TAGS and self._received is not None:
            self._received += 1
        return super()._take(stanza)
