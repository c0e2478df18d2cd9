# SPDX-License-Identifier: Apache-2.0
"""aioxmpp over STARTTLS with the certificate checked; the roster by its own service; it resumes its stream."""
import asyncio
import datetime
import logging
import socket
import warnings

from common import ok, task

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
import aioxmpp    # noqa: E402
import aioxmpp.connector    # noqa: E402
import aioxmpp.dispatcher    # noqa: E402

PATIENCE = 15


class Stack:
    def __init__(self, todo):
        self.todo, self.texts, self.resumed = todo, asyncio.Queue(), asyncio.Event()
        # It trusts what OpenSSL trusts: SSL_CERT_FILE is the test's.
        self.client = aioxmpp.PresenceManagedClient(
            aioxmpp.JID.fromstr(todo.jid), aioxmpp.make_security_layer(todo.password),
            override_peer=[(todo.host, todo.port, aioxmpp.connector.STARTTLSConnector())])
        self.client.backoff_start = datetime.timedelta(seconds=0.1)
        self.roster = self.client.summon(aioxmpp.RosterClient)
        dispatcher = self.client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
        dispatcher.register_callback(aioxmpp.MessageType.CHAT, None, self.take)
        self.client.on_stream_resumed.connect(self.resumed.set)

    def take(self, message):
        if message.body:
            self.texts.put_nowait(message.body.any())

    async def talk(self, text):
        message = aioxmpp.Message(to=aioxmpp.JID.fromstr(self.todo.peer), type_=aioxmpp.MessageType.CHAT)
        message.body[None] = text
        await self.client.send(message)
        while await asyncio.wait_for(self.texts.get(), PATIENCE) != f"echo: {text}":
            pass

    async def run(self):
        peer = aioxmpp.JID.fromstr(self.todo.peer)
        async with self.client.connected() as stream:
            ok("login")
            await self.talk("aioxmpp says hello")
            ok("message")
            await self.roster.set_entry(peer, name="Peer")
            assert self.roster.items[peer].name == "Peer", self.roster.items
            ok("roster")
            if stream.sm_enabled:
                # As a network that went away; the library's own abort() is now and then not noticed by its other half.
                stream._xmlstream.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
                await asyncio.wait_for(self.resumed.wait(), PATIENCE)
                await self.talk("aioxmpp is back")
                ok("reconnect", "resumed")
                return
        async with self.client.connected():
            await self.talk("aioxmpp is back")
            ok("reconnect", "new")


async def main():
    await Stack(task()).run()


asyncio.run(main())
