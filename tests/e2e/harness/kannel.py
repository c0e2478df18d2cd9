# SPDX-License-Identifier: Apache-2.0
"""Debian's Kannel: bearerbox and smsbox with a fake SMSC on loopback, as a neighbour that is not ours."""
import contextlib
import pathlib

from .process import Child, eventually, free_port, listening

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"

CONFIG = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = tests
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-file = "{dir}/bearerbox.log"
log-level = 0
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {smsc}
connect-allow-ip = "127.0.0.1"

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = "{dir}/smsbox.log"
log-level = 0
http-queue-delay = 1

group = sendsms-user
username = simulator
password = simulator
max-messages = 10
concatenation = yes

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
get-url = "{get_url}"
"""


class Kannel:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.ports = {name: free_port() for name in ("admin", "box", "smsc", "send")}
        self.send_url = f"http://127.0.0.1:{self.ports['send']}"
        self._children = []
        self.handset = None

    @contextlib.asynccontextmanager
    async def running(self, get_url):
        """bearerbox and smsbox; inbound texts are fetched at `get_url`."""
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "kannel.conf"
        config.write_text(CONFIG.format(dir=self.directory, get_url=get_url, **self.ports))
        try:
            await self._start("bearerbox", ["/usr/sbin/bearerbox", "-v", "4", config], "box")
            await self._start("smsbox", ["/usr/sbin/smsbox", "-v", "4", config], "send")
            yield self
        finally:
            for child in reversed(self._children):
                await child.stop(seconds=5)

    async def _start(self, name, argv, port):
        child = Child(name, argv, self.directory).start()
        self._children.append(child)

        def up():
            assert child.running, f"{name} ended: {child.tail()}"
            return listening(self.ports[port])
        await eventually(f"{name} to listen", up)

    def attach_handset(self, from_, to, text):
        """A phone that sends one text and then stays to receive; bearerbox reports what it takes as delivered (8, then 1)."""
        self.handset = Child("handset", [FAKESMSC, "-H", "127.0.0.1", "-r", self.ports["smsc"], "-m", "1", "-i", "0.1",
                                         f"{from_} {to} text {text}"], self.directory).start()
        self._children.append(self.handset)

    async def received(self, text):
        """The handset's line about a text that reached it."""
        def line():
            return next((row for row in self.handset.log().splitlines() if "ot message" in row and text in row), None)
        return await eventually(f"the handset to receive «{text}»", line)
