# SPDX-License-Identifier: Apache-2.0
"""nbxmpp, the library of Gajim, over STARTTLS or a WebSocket; the certificate is the one that it is told to accept."""
import logging
import sys

from common import ok, task

logging.disable(logging.CRITICAL)
from gi.repository import Gio, GLib    # noqa: E402
from nbxmpp.client import Client    # noqa: E402
from nbxmpp.const import ConnectionProtocol, ConnectionType    # noqa: E402
from nbxmpp.protocol import Message, Presence    # noqa: E402
from nbxmpp.structs import StanzaHandler    # noqa: E402

PATIENCE = 15


class Stack:
    """Its steps are a generator: each `yield` waits for one event of the main loop, by name."""

    def __init__(self, todo):
        self.todo, self.loop, self.fault = todo, GLib.MainLoop(), None
        self.client = client = Client()
        client.set_domain(todo.domain)
        client.set_username(todo.local)
        client.set_password(todo.password)
        client.set_resource("nbxmpp")
        client.set_custom_host(f"{todo.host}:{todo.port}", ConnectionProtocol.TCP, ConnectionType.START_TLS)
        client.set_accepted_certificates([Gio.TlsCertificate.new_from_file(todo.ca)])
        client.register_handler(StanzaHandler(name="message", callback=self.on_message))
        for name in ("connected", "resume-successful", "disconnected", "connection-failed"):
            client.subscribe(name, lambda _client, signal, *_: self.step(signal))
        self.steps = self.run()
        self.wanted = next(self.steps)

    def step(self, event):
        """Goes on when it is what is waited for; an end that nobody asked for is the end."""
        if event not in self.wanted:
            if event in ("disconnected", "connection-failed"):
                self.stop(f"{event}: {self.client.get_error()}")
            return False
        try:
            self.wanted = self.steps.send(event)
        except StopIteration:
            self.stop(None)
        except Exception as fault:      # the loop would swallow it
            self.stop(f"{type(fault).__name__}: {fault}")
        return False

    def stop(self, fault):
        self.fault = fault
        self.loop.quit()

    def on_message(self, _client, stanza, _properties):
        GLib.idle_add(self.step, f"text {stanza.getBody()}")

    def on_roster(self, task_):
        self.roster = task_.finish()
        GLib.idle_add(self.step, "roster")

    def on_set(self, _task):        # a method: of callbacks it keeps weak references only
        GLib.idle_add(self.step, "set")

    def talk(self, text):
        self.client.send_stanza(Message(to=self.todo.peer, typ="chat", body=text))
        return (f"text echo: {text}",)

    def run(self):
        client = self.client
        client.connect()
        yield ("connected",)
        client.send_stanza(Presence())
        ok("login")
        yield self.talk("nbxmpp says hello")
        ok("message")
        module = client.get_module("Roster")
        module.set_item(self.todo.peer, "Peer", callback=self.on_set)
        yield ("set",)
        module.request_roster(callback=self.on_roster)
        yield ("roster",)
        assert any(str(item.jid) == self.todo.peer and item.name == "Peer" for item in self.roster.items), self.roster
        ok("roster")
        GLib.idle_add(client.disconnect, True)      # from the loop: it reports at once
        yield ("disconnected",)
        GLib.idle_add(client.connect)
        how = yield ("connected", "resume-successful")
        if how == "connected":
            client.send_stanza(Presence())
        yield self.talk("nbxmpp is back")
        ok("reconnect", "resumed" if how == "resume-successful" else "new")
        GLib.idle_add(client.disconnect)
        yield ("disconnected",)


def main():
    stack = Stack(task())
    GLib.timeout_add_seconds(2 * PATIENCE, lambda: stack.stop(f"waited for {stack.wanted}"))
    stack.loop.run()
    if stack.fault:
        print(stack.fault, file=sys.stderr)
    return 1 if stack.fault else 0


sys.exit(main())
