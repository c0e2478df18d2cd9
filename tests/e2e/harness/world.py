# SPDX-License-Identifier: Apache-2.0
"""One world per host: server, simulator, gateway, and as many users, numbers and phones as scenarios want."""
import contextlib
import itertools
import os
import pathlib
import re

from .client import CLIENT, Client
from .gateway import Gateway
from .hosts import HOSTS
from .process import ROOT
from .simulator import Simulator

SID = "AC00000000000000000000000000000001"
TOKEN = "simulator-token"
POOL = [f"+1555000{n:04d}" for n in range(1, 121)]
ASSIGNED = "+15550009999"


class Programs:
    """Where the built programs are."""

    def __init__(self, build=None):
        folder = pathlib.Path(build or os.environ.get("SALLYPORT_BUILD") or ROOT / "build" / "release").resolve() / "bin"
        self.sallyport = pathlib.Path(os.environ.get("SALLYPORT_PROGRAM") or folder / "sallyport")
        self.simulator = pathlib.Path(os.environ.get("SALLYPORT_SIMULATOR") or folder / "sallyport-simulator")

    def missing(self):
        return [str(path) for path in (self.sallyport, self.simulator) if not os.access(path, os.X_OK)]


def twilio(simulator, **changes):
    """The `providers:` entry that points Twilio's description at the simulator."""
    return {"name": "primary", "type": "twilio", "base_url": simulator.url,
            "credentials": {"account_sid": SID, "auth_token": TOKEN},
            "numbers": [*POOL, ASSIGNED], "limits": {"per_number": "off"}, **changes}


class World:
    def __init__(self, programs, host_class, directory):
        self.programs, self.directory = programs, pathlib.Path(directory)
        self.host = host_class(self.directory / "host")
        self.simulator = Simulator(programs.simulator, self.directory / "simulator", [*POOL, ASSIGNED])
        self.gateway = self._shared = None
        self.clients = []
        self._phones = (f"+1555123{n:04d}" for n in itertools.count(1))
        self._names = (f"user{n}" for n in itertools.count(1))
        self._fresh = itertools.count(1)

    @property
    def domain(self):
        return self.host.domain

    async def start(self):
        await self.host.start()
        await self.simulator.start()
        return self

    async def stop(self):
        await self.end_scenario()
        for part in (self.gateway, self.simulator, self.host):
            if part:
                await part.stop()

    async def shared(self):
        """The gateway that most scenarios use one after another."""
        if self._shared is None:
            self._shared = self.make_gateway("shared", sms={"assign": {ASSIGNED: f"assigned@{self.host.vhost}"}})
        if self._shared.child is None or not self._shared.child.running:
            await self._shared.start()
        self.gateway = self._shared
        await self._point_simulator()

    def make_gateway(self, name, main=None, sms=None):
        defaults = {"providers": [twilio(self.simulator)]}
        make = getattr(self.host, "gateway_class", Gateway)
        return make(self.programs.sallyport, self.directory / name, self.host, main, {**defaults, **(sms or {})})

    async def _point_simulator(self, provider="twilio"):
        self.host.gateway = self.gateway
        await self.simulator.reset()
        await self.simulator.config(webhook=self.gateway.hook(), provider=provider, auth_token=TOKEN, default={})

    @contextlib.asynccontextmanager
    async def fresh(self, main=None, sms=None, start=True, ready=True, provider="twilio"):
        """A gateway of this scenario's own, with its own data; the shared one rests meanwhile."""
        if self._shared:
            await self._shared.stop()
        self.gateway = self.make_gateway(f"own{next(self._fresh)}", main, sms)
        await self._point_simulator(provider)
        try:
            if start:
                await self.gateway.start(ready)
            yield self.gateway
        finally:
            await self.gateway.stop()

    async def end_scenario(self):
        clients, self.clients = self.clients, []
        for client in clients:
            with contextlib.suppress(Exception):
                await client.logout()

    # People

    def phone(self):
        """A number that no scenario used before."""
        return next(self._phones)

    def contact(self, phone):
        return f"{phone}@{self.domain}"

    async def user(self, local=None, login=True):
        """A new account on the host, logged in."""
        local = local or next(self._names)
        await self.host.add_account(local)
        client = Client(self.host, local)
        self.clients.append(client)
        return await client.login() if login else client

    async def again(self, client):
        """After the gateway was restarted: where it is the server too, its streams went with it, and users come back."""
        if hasattr(self.host, "gateway_class"):
            with contextlib.suppress(Exception):
                await client.logout()
            await client.login()
        return client

    async def device(self, client):
        """A second resource of the same account."""
        other = Client(self.host, client.local)
        self.clients.append(other)
        await other.login()
        return other

    async def registered(self, local=None):
        """A user who registered and has the gateway in the roster, both ways; `number` is theirs."""
        client = await self.user(local)
        answer = await client.iq("set", self.domain, "<query xmlns='jabber:iq:register'/>")
        assert answer.get("type") == "result", f"registration refused: {answer.get('type')} {client.seen()}"
        await self.befriend(client)
        client.number = await self.number_of(client)
        return client

    async def befriend(self, client):
        """Accepts the gateway's request and sends one back, as clients do when a gateway was added."""
        await client.presence_from(self.domain, "subscribe")
        client.presence(self.domain, "subscribed")
        client.presence(self.domain, "subscribe")
        await client.presence_from(self.domain, "subscribed")
        await client.presence_from(self.domain)

    async def add_gateway(self, client):
        """Adds the gateway to the roster from the client's side, as one does whom the operator gave a number."""
        client.presence(self.domain, "subscribe")
        await client.presence_from(self.domain, "subscribed")
        await client.presence_from(self.domain)

    async def host_has_stored(self, watcher):
        """What the gateway sent before is stored by the host: a text to somebody else went through the same stream behind it.

        (ejabberd flushes offline messages at a login, but not those that it is just then storing.)"""
        phone = self.phone()
        await self.simulator.inbound(watcher.number, "behind it", from_=phone, provider="twilio")
        await watcher.chat(self.contact(phone), "behind it")

    async def number_of(self, client):
        """The number that the gateway says is ours."""
        answer = await client.iq("get", self.domain, "<query xmlns='jabber:iq:register'/>")
        found = re.search(r"\+1555000\d{4}", "".join(answer.itertext()))
        if found:
            return found.group(0)
        stanza = await client.message("the number", lambda s: re.search(r"\+1555000\d{4}", "".join(s.itertext())), self.domain)
        return re.search(r"\+1555000\d{4}", stanza.findtext(f"{CLIENT}body") or "").group(0)


def host_classes(names):
    return {name: HOSTS[name] for name in names}
