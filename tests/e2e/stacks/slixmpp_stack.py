# SPDX-License-Identifier: Apache-2.0
"""slixmpp over STARTTLS with the certificate checked; it resumes its stream (XEP-0198)."""
import asyncio
import logging

from common import ok, task

logging.disable(logging.CRITICAL)
import slixmpp    # noqa: E402  (it complains while it is imported)

PATIENCE = 15


class Stack:
    def __init__(self, todo):
        self.todo = todo
        self.client = slixmpp.ClientXMPP(todo.jid, todo.password)
        self.client.ca_certs = todo.ca
        self.client.auto_reconnect = False
        self.client.register_plugin("xep_0198")
        self.client.add_event_handler("session_start", lambda _: self.news.put_nowait("new"))
        self.client.add_event_handler("session_resumed", lambda _: self.news.put_nowait("resumed"))
        self.client.add_event_handler("message", lambda stanza: self.texts.put_nowait(stanza["body"]))
        self.news, self.texts = asyncio.Queue(), asyncio.Queue()

    async def login(self):
        self.client.connect((self.todo.host, self.todo.port), force_starttls=True)
        return await asyncio.wait_for(self.news.get(), PATIENCE)

    async def talk(self, text):
        self.client.send_message(mto=self.todo.peer, mbody=text, mtype="chat")
        while await asyncio.wait_for(self.texts.get(), PATIENCE) != f"echo: {text}":
            pass

    async def run(self):
        await self.login()
        self.client.send_presence()
        mechanism = self.client["feature_mechanisms"].mech.name
        assert mechanism.startswith("SCRAM-"), f"logged in by {mechanism}: every server here offers SCRAM"
        ok("login", mechanism)
        await self.talk("slixmpp says hello")
        ok("message")
        await self.client.update_roster(self.todo.peer, name="Peer")
        roster = await self.client.get_roster()
        assert roster["roster"]["items"][slixmpp.JID(self.todo.peer)]["name"] == "Peer", roster
        ok("roster")
        self.client.abort()
        how = await self.login()
        if how == "new":
            self.client.send_presence()
        await self.talk("slixmpp is back")
        ok("reconnect", how)
        await self.client.disconnect(wait=1)


async def main():
    await Stack(task()).run()


asyncio.run(main())
