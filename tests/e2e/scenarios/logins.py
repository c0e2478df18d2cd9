# SPDX-License-Identifier: Apache-2.0
"""Logging in to the embedded server, and how it is refused."""
import asyncio
import base64
import re
import ssl

from harness.client import Client
from harness.process import eventually
from harness.scenario import check, same, scenario

EMBEDDED = ("embedded",)
STREAM = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{to}' version='1.0'>"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


class Raw:
    """A client that says what it is told to."""

    def __init__(self, host):
        self.host, self.text = host, ""

    async def open(self, to=None):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.host.c2s_port)
        self.header(to)
        return self

    def header(self, to=None):
        self.say(STREAM.format(to=to or self.host.vhost))

    def say(self, text):
        self.writer.write(text.encode())

    async def until(self, word, seconds=15):
        """What came up to and with this word."""
        async def read():
            while word not in self.text:
                data = await self.reader.read(4096)
                check(data, f"the stream ended without {word!r}: {self.text}")
                self.text += data.decode()
        await asyncio.wait_for(read(), seconds)
        found, _, self.text = self.text.partition(word)
        return found + word

    async def secure(self):
        await self.until("</stream:features>")
        self.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await self.until("<proceed")
        await self.until(">") if ">" not in self.text else None
        self.text = ""
        context = ssl.create_default_context(cafile=str(self.host.client_ca))
        await self.writer.start_tls(context, server_hostname=self.host.vhost)
        self.header()
        return await self.until("</stream:features>")

    def plain(self, user, password):
        word = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{word}</auth>")

    async def close(self):
        self.writer.close()


@scenario(hosts=EMBEDDED)
async def before_tls_nothing_else_is_offered(world):
    raw = await Raw(world.host).open()
    features = await raw.until("</stream:features>")
    check("starttls" in features and "required" in features, f"TLS is not required: {features}")
    check("mechanism" not in features, f"mechanisms are offered in the clear: {features}")
    raw.plain("nobody", "nothing")
    check("encryption-required" in await raw.until("</failure>"), "the password went through in the clear")
    await raw.close()


@scenario(hosts=EMBEDDED)
async def a_wrong_password_and_a_wrong_name_look_alike(world):
    user = await world.user(login=False)
    answers = []
    for name in (user.local, "nobody-at-all"):
        raw = await Raw(world.host).open()
        check("PLAIN" in await raw.secure(), "PLAIN is not offered over TLS")
        raw.plain(name, "not the password")
        answers.append(re.sub(r"\s+", " ", await raw.until("</failure>")))
        await raw.close()
    check("not-authorized" in answers[0], f"refused with {answers[0]}")
    same(answers[1], answers[0], "the answer for a name that nobody has")


@scenario(hosts=EMBEDDED)
async def three_wrong_passwords_end_the_stream(world):
    raw = await Raw(world.host).open()
    await raw.secure()
    for _ in range(3):
        raw.plain("nobody-at-all", "wrong")
        await raw.until("</failure>")
    await raw.until("</stream:stream>")
    await raw.close()


@scenario(hosts=EMBEDDED)
async def another_domain_is_unknown_here(world):
    raw = await Raw(world.host).open(to="elsewhere.example")
    check("host-unknown" in await raw.until("</stream:stream>"), "another domain was served")
    await raw.close()


@scenario(hosts=EMBEDDED)
async def a_new_password_ends_sessions_and_the_old_one_is_refused(world):
    user = await world.user()
    ended = asyncio.Event()
    user.stream.add_event_handler("disconnected", lambda _: ended.set())
    code, said = await world.gateway.command("user", "passwd", user.bare, stdin="another\n")
    same(code, 0, f"user passwd: {said}")
    await asyncio.wait_for(ended.wait(), 15)
    raw = await Raw(world.host).open()
    await raw.secure()
    raw.plain(user.local, "pw")
    check("not-authorized" in await raw.until("</failure>"), "the old password still works")
    raw.plain(user.local, "another")
    await raw.until("<success")
    await raw.close()


@scenario(hosts=EMBEDDED)
async def a_deleted_user_is_gone_and_inherits_nothing(world):
    user = await world.user()
    code, said = await world.gateway.command("user", "delete", user.bare)
    same(code, 0, f"user delete: {said}")
    listed = (await world.gateway.command("user", "list"))[1]
    check(user.bare not in listed, f"still listed: {listed}")
    code, said = await world.gateway.command("user", "delete", user.bare)
    check(code == 64 and "there is no user" in said, f"deleting twice: {code} {said}")
    again = await world.user(user.local)
    roster = await again.iq("get", again.bare, "<query xmlns='jabber:iq:roster'/>")
    check("item" not in "".join(child.tag for child in roster.iter()), "the roster was inherited")


@scenario(hosts=EMBEDDED)
async def a_name_is_given_once(world):
    user = await world.user(login=False)
    code, said = await world.gateway.command("user", "add", user.bare, stdin="pw\n")
    check(code == 64 and "is there already" in said, f"added twice: {code} {said}")
    code, said = await world.gateway.command("user", "add", "who@elsewhere.example", stdin="pw\n")
    check(code == 64 and "not of this server" in said, f"a stranger's domain: {code} {said}")
    code, said = await world.gateway.command("user", "add", "empty", stdin="\n")
    check(code == 64 and "password" in said, f"an empty password: {code} {said}")


@scenario(hosts=EMBEDDED)
async def status_shows_sessions_and_the_certificate(world):
    user = await world.user()

    async def shown():
        text = (await world.gateway.command("status"))[1]
        return "SHA-256" in text and re.search(r"sessions +[1-9]", text)
    await eventually("status to show the session", shown)
    check(isinstance(user, Client), "nobody logged in")
