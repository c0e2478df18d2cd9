# SPDX-License-Identifier: Apache-2.0
"""Prosody and ejabberd, started privately on loopback with the very snippets that the README shows (deploy/)."""
import asyncio
import pathlib
import shutil
import socket
import subprocess

from .process import ROOT, Child, eventually, free_port, listening

VHOST = "example.org"
SECRET = "component-secret-of-the-tests"

PROSODY = """\
run_as_root = true
pidfile = "{dir}/prosody.pid"
data_path = "{dir}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}
modules_enabled = {{ "tls", "roster", "saslauth", "disco", "ping", "carbons", "register_ibr", "pep", "vcard4", "vcard_legacy", "blocklist", "time", "version" }}
modules_disabled = {{ "s2s", "s2s_auth_certs" }}
storage = "internal"
authentication = "internal_hashed"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
allow_registration = true
log = {{ info = "{dir}/prosody.log" }}
{encryption}
VirtualHost "{vhost}"

{snippet}
"""

EJABBERD = """\
loglevel: info
hosts: ["{vhost}"]
certfiles: ["{dir}/full.pem"]
listen:
{snippet}
  -
    port: {c2s}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: none
    access: all
    starttls: false
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
s2s_access: none
modules:
  mod_disco: {{}}
  mod_roster: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_offline: {{}}
  mod_muc: {{}}
  mod_ping: {{}}
  mod_pubsub:
    plugins: ["flat", "pep"]
  mod_vcard: {{}}
  mod_blocking: {{}}
  mod_privacy: {{}}
  mod_time: {{}}
  mod_version: {{}}
  mod_register:
    access: all
    ip_access: all
"""


class Host:
    """One XMPP server: accounts over c2s_port, the gateway over component_port."""

    def __init__(self, directory, vhost=VHOST, domain="sms.example.org", secret=SECRET, c2s_port=None):
        self.directory = pathlib.Path(directory)
        self.vhost, self.domain, self.secret = vhost, domain, secret
        self.c2s_port, self.component_port = c2s_port or free_port(), free_port()
        self.child = None

    def _fill(self, snippet):
        """The README's snippet with this run's domain, secret and port."""
        text = (ROOT / "deploy" / snippet).read_text()
        return text.replace("sms.example.org", self.domain).replace("change-me", self.secret).replace(
            "5347\n", f"{self.component_port}\n")

    async def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self._configure()
        self.child = self._child().start()
        await self._up()
        return self

    async def _up(self):
        def up():
            assert self.child.running, f"{self.name} ended: {self.child.tail()}"
            return listening(self.c2s_port) and listening(self.component_port)
        try:
            await eventually(f"{self.name} to listen", up, 60)
        except AssertionError as problem:
            log = self.directory / f"{self.name}.log"
            said = log.read_text(errors="replace").splitlines()[-6:] if log.exists() else []
            raise AssertionError("\n".join([str(problem), *said])) from None

    async def stop(self):
        if self.child:
            await self.child.stop(seconds=20)

    async def restart(self):
        await self.stop()
        self.child = self._child().start()
        await self._up()

    async def add_account(self, local, password="pw"):
        """In-band registration (XEP-0077), the one way that both servers share without their administration tools."""
        await asyncio.to_thread(_register, self.c2s_port, self.vhost, local, password)


def _register(port, vhost, local, password):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        def until(*marks):
            text = ""
            while not any(mark in text for mark in marks):
                piece = link.recv(65536)
                if not piece:
                    raise AssertionError(f"no account for {local}: {text}")
                text += piece.decode()
            return text
        link.sendall(f"<?xml version='1.0'?><stream:stream to='{vhost}' version='1.0' xmlns='jabber:client' "
                     "xmlns:stream='http://etherx.jabber.org/streams'>".encode())
        until("</stream:features>")
        link.sendall(f"<iq type='set' id='r1' to='{vhost}'><query xmlns='jabber:iq:register'><username>{local}</username>"
                     f"<password>{password}</password></query></iq>".encode())
        answer = until("</iq>", "/>")
        if "error" in answer and "conflict" not in answer:
            raise AssertionError(f"no account for {local}: {answer}")


class Prosody(Host):
    """`encrypted=True` offers STARTTLS with a certificate of its own making: ordinary clients insist on it."""

    name = "prosody"
    encrypted = False

    def _configure(self):
        (self.directory / "data").mkdir(exist_ok=True)
        make_certificate(self.directory)
        ssl = f'ssl = {{ key = "{self.directory}/key.pem", certificate = "{self.directory}/cert.pem" }}'
        (self.directory / "prosody.cfg.lua").write_text(PROSODY.format(
            dir=self.directory, c2s=self.c2s_port, component=self.component_port, vhost=self.vhost,
            encryption=ssl if self.encrypted else "ssl = false", snippet=self._fill("prosody.cfg.lua")))

    def _child(self):
        return Child("prosody", ["prosody", "-F", "--config", self.directory / "prosody.cfg.lua"], self.directory)


class Ejabberd(Host):
    """`tls=True` puts TLS on the component port; its certificate is `certificate`."""

    name = "ejabberd"
    tls = False

    @property
    def certificate(self):
        return self.directory / "cert.pem"

    def _configure(self):
        make_certificate(self.directory)
        snippet = self._fill("ejabberd.yml")
        if self.tls:
            mark = "    module: ejabberd_service\n"
            snippet = snippet.replace(mark, f"{mark}    tls: true\n    certfile: \"{self.directory}/full.pem\"\n")
        (self.directory / "ejabberd.yml").write_text(EJABBERD.format(
            dir=self.directory, c2s=self.c2s_port, vhost=self.vhost, snippet=snippet))

    def _child(self):
        # The Erlang VM itself, without distribution and epmd, with the flags that ejabberdctl gives it.
        here = self.directory
        env = {
            "ERL_LIBS": str(_library()), "EJABBERD_CONFIG_PATH": f"{here}/ejabberd.yml", "EJABBERD_LOG_PATH": f"{here}/ejabberd.log",
            "EJABBERD_PID_PATH": f"{here}/ejabberd.pid", "ERL_CRASH_DUMP_BYTES": "0", "HOME": str(here),
            "ERL_MAX_PORTS": "4096", "ERL_MAX_ETS_TABLES": "1400",
        }
        return Child("ejabberd", ["erl", "+K", "true", "+P", "250000", "+sbwt", "none", "-noinput", "-mnesia", "dir",
                                  f'"{here}/db"', "-s", "ejabberd"], here, env)


class EjabberdTls(Ejabberd):
    tls = True


HOSTS = {"prosody": Prosody, "ejabberd": Ejabberd}


def _library():
    """Where Debian keeps Erlang applications of this architecture."""
    return next(path.parent for path in pathlib.Path("/usr/lib").glob("*/ejabberd-*"))


def make_certificate(directory):
    directory = pathlib.Path(directory)
    if (directory / "full.pem").exists():
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", f"/CN={VHOST}", "-addext", f"subjectAltName=DNS:{VHOST},DNS:sms.{VHOST},DNS:localhost,IP:127.0.0.1",
         "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
        check=True, stderr=subprocess.DEVNULL)
    (directory / "full.pem").write_text((directory / "key.pem").read_text() + (directory / "cert.pem").read_text())


def missing(host):
    """Why this host cannot run here, or None."""
    program = {"prosody": "prosody", "ejabberd": "erl"}[host]
    if shutil.which(program) is None:
        return f"{program} is not installed (deploy/setup --tests)"
    if host == "ejabberd" and not any(pathlib.Path("/usr/lib").glob("*/ejabberd-*")):
        return "ejabberd is not installed (deploy/setup --tests)"
    return None
