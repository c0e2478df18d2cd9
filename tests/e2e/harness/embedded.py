# SPDX-License-Identifier: Apache-2.0
"""Sallyport as the server itself: one process that clients log in to, with or without a network behind it."""
import asyncio
import shutil

from .gateway import Gateway
from .hosts import Host, make_certificate
from .process import free_port
from .world import Programs


class Embedded(Host):
    """The host's side of it: addresses, accounts by the command line. Its gateway is its process.

    `own_certificate`: one of the test's, which also names 127.0.0.1, instead of the one that Sallyport makes for itself."""

    name = "sallyport"

    def __init__(self, directory, build=None, own_certificate=True, issuers=None, **names):
        super().__init__(directory, **names)
        self.tls_port, self.websocket_port = free_port(), free_port()
        self.websocket = f"wss://127.0.0.1:{self.websocket_port}/xmpp-websocket"
        self.client_ca = self.directory / "cert.pem"
        self.own_certificate = own_certificate
        self.issuers = issuers  # a file: whose certificates of clients are believed
        self.gateway = EmbeddedGateway(Programs(build).sallyport, self.directory, self)

    def section(self):
        """What stands under `server:`."""
        certificate = {"chain": str(self.directory / "cert.pem"), "key": str(self.directory / "key.pem")} if self.own_certificate else None
        listen = {"c2s": f"127.0.0.1:{self.c2s_port}", "c2s_tls": f"127.0.0.1:{self.tls_port}",
                  "websocket": f"127.0.0.1:{self.websocket_port}"}
        files = {"certificate": certificate, "client_ca": str(self.issuers) if self.issuers else None}
        return {"domain": self.vhost, "listen": listen, **{key: value for key, value in files.items() if value}}

    async def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.own_certificate:
            make_certificate(self.directory)
        await self.gateway.start()
        return self

    async def stop(self):
        await self.gateway.stop()

    async def add_account(self, local, password="pw"):
        code, said = await self.gateway.command("user", "add", f"{local}@{self.vhost}", stdin=f"{password}\n")
        assert code == 0, f"user add {local}: {code} {said}"


async def shown_certificate(port, vhost):
    """(PEM, SHA-256 fingerprint) of the certificate that clients are shown over STARTTLS."""
    async def run(*argv, stdin=b""):
        process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                                                       stderr=asyncio.subprocess.DEVNULL)
        return (await asyncio.wait_for(process.communicate(stdin), 15))[0]
    shown = await run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-starttls", "xmpp", "-xmpphost", vhost)
    pem = await run("openssl", "x509", stdin=shown)
    line = await run("openssl", "x509", "-noout", "-fingerprint", "-sha256", stdin=pem)
    return pem.decode(), line.decode().strip().partition("=")[2]


class EmbeddedGateway(Gateway):
    """Its files: `server:` instead of `hosts:`; transports only where `sms` was given something to send with."""

    def _main_defaults(self):
        main = super()._main_defaults()
        del main["hosts"]
        return {**main, "server": self.host.section()}

    def _sms_defaults(self):
        sms = super()._sms_defaults()
        del sms["secret_file"]
        return {**sms, "host": "server"}

    def write(self):
        super().write()
        if "providers" not in self.sms:
            shutil.rmtree(self.directory / "transports")


class EmbeddedWorld(Embedded):
    """The same for tests/e2e/run: every gateway that a scenario starts is a server of its own, with its own accounts."""

    name = "embedded"
    gateway_class = EmbeddedGateway

    def __init__(self, directory, **names):
        super().__init__(directory, **names)
        self.gateway = None       # the one that runs now: set by World

    async def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        make_certificate(self.directory)
        return self

    async def stop(self):
        """It ended with its gateway."""
