# SPDX-License-Identifier: Apache-2.0
"""Other people's components beside the embedded server (XEP-0114), and the way in for browsers."""
import asyncio
import json
import socket
import types

import slixmpp
from harness.client import CLIENT, PATIENCE, condition, show
from harness.gateway import Gateway
from harness.http import http
from harness.process import eventually
from harness.scenario import check, same, scenario
from harness.world import twilio

EMBEDDED = ("embedded",)
ROOMS, FAR = "rooms.example.org", "far.example.org"
ITEMS = "<query xmlns='http://jabber.org/protocol/disco#items'/>"


def doors(world):
    """What is added under `server:`."""
    return {"server": {"listen": {"components": f"127.0.0.1:{world.host.component_port}"},
                       "components": [{"domain": ROOMS, "secret": "of rooms"}, {"domain": FAR, "secret": world.host.secret}]}}


class Echo:
    """A component by slixmpp that repeats what it is told."""

    def __init__(self, world, secret="of rooms"):
        self.stream = slixmpp.ComponentXMPP(ROOMS, secret, "127.0.0.1", world.host.component_port)
        self.stream.auto_reconnect = False
        self.stream.register_plugin("xep_0030")
        self.stream["xep_0030"].add_identity(category="conference", itype="text", name="Rooms")
        self.started, self.ended, self.errors = asyncio.Event(), asyncio.Event(), []
        self.stream.add_event_handler("session_start", lambda _: self.started.set())
        self.stream.add_event_handler("disconnected", lambda _: self.ended.set())
        self.stream.add_event_handler("stream_error", lambda error: self.errors.append(error["condition"]))
        self.stream.add_event_handler("message", self.answer)

    def answer(self, message):
        if message["type"] == "chat" and message["body"]:
            self.stream.send_message(mto=message["from"], mfrom=message["to"], mbody=f"echo: {message['body']}", mtype="chat")

    async def start(self):
        self.stream.connect()
        await asyncio.wait_for(self.started.wait(), PATIENCE)
        return self

    async def stop(self):
        await self.stream.disconnect(wait=1.0)


async def listed(user):
    answer = await user.iq("get", user.host.vhost, ITEMS)
    return {item.get("jid") for item in answer.iter("{http://jabber.org/protocol/disco#items}item")}


async def status(world):
    code, said = await world.gateway.command("status")
    same(code, 0, f"sallyport status: {said}")
    return said


@scenario(hosts=EMBEDDED, world="own")
async def a_component_of_others_speaks_with_users(world):
    async with world.fresh(main=doors(world)):
        user = await world.user()
        away = user.text(f"lobby@{ROOMS}", "anybody there?")
        same(condition(await user.error(away)), "remote-server-timeout", "the answer while it is away")
        check(ROOMS not in await listed(user), "it is listed while it is away")
        check(f"{ROOMS}: not connected" in await status(world), "what the operator sees while it is away")
        echo = await Echo(world).start()
        check(f"{ROOMS}: connected from 127.0.0.1" in await status(world), "what the operator sees")
        same(await listed(user), {world.domain, ROOMS}, "what the server lists")
        user.text(f"lobby@{ROOMS}", "hello")
        await user.chat(f"lobby@{ROOMS}", "echo: hello")
        info = await user.iq("get", ROOMS, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
        check("conference" in show(info), f"its disco#info: {show(info)}")
        echo.stream.send_presence(pfrom=f"lobby@{ROOMS}/echo", pto=user.jid)
        await user.presence_from(f"lobby@{ROOMS}")
        await echo.stop()
        await user.presence_from(f"lobby@{ROOMS}", "unavailable")

        async def gone():
            return ROOMS not in await listed(user)
        await eventually("the component to be forgotten", gone)


@scenario(hosts=EMBEDDED, world="own")
async def a_component_needs_its_secret_and_its_own_domain(world):
    async with world.fresh(main=doors(world)):
        wrong = Echo(world, "a guess")
        wrong.stream.connect()
        await asyncio.wait_for(wrong.ended.wait(), PATIENCE)
        same((wrong.errors, wrong.started.is_set()), (["not-authorized"], False), "the answer to a guess")
        first = await Echo(world).start()
        second = Echo(world)
        second.stream.connect()
        await asyncio.wait_for(second.ended.wait(), PATIENCE)
        same(second.errors, ["conflict"], "the answer to a second one")
        user = await world.user()
        first.stream.send_raw(f"<message from='{world.domain}' to='{user.jid}' type='chat'><body>I am not it</body></message>")
        await asyncio.wait_for(first.ended.wait(), PATIENCE)
        same(first.errors, ["invalid-from"], "the answer to a false sender")
        await user.settled(world.domain)
        check(not user.unexpected(lambda s: s.tag == f"{CLIENT}message"), "a false sender was believed")


@scenario(hosts=EMBEDDED, world="own")
async def sallyport_attaches_to_sallyport(world):
    async with world.fresh(main=doors(world)) as server:
        beside = types.SimpleNamespace(vhost=world.host.vhost, domain=FAR, secret=world.host.secret,
                                       component_port=world.host.component_port)
        far = Gateway(world.programs.sallyport, server.directory / "far", beside, None, {"providers": [twilio(world.simulator)]})
        try:
            await far.start()
            user, phone = await world.user(), world.phone()
            answer = await user.iq("set", FAR, "<query xmlns='jabber:iq:register'/>")
            same(answer.get("type"), "result", f"registering: {show(answer)}")
            sent = user.text(f"{phone}@{FAR}", "from one Sallyport by another")
            message = (await world.simulator.sent(phone))[0]
            same(message["text"], "from one Sallyport by another", "what the provider was given")
            await user.receipt(sent)
            await far.stop()
            late = user.text(f"{phone}@{FAR}", "too late")
            same(condition(await user.error(late)), "remote-server-timeout", "the answer when it is away")
            await far.start()
            user.text(f"{phone}@{FAR}", "and back")
            await world.simulator.sent(phone, 2)
        finally:
            await far.stop()


@scenario(hosts=EMBEDDED, world="own")
async def host_meta_leads_browsers_to_the_websocket(world):
    url = "wss://chat.example.org/xmpp-websocket"
    async with world.fresh(main={"server": {"websocket_url": url}}) as gateway:
        public = f"http://127.0.0.1:{gateway.public}/.well-known/host-meta"
        answer = await http("GET", public)
        same(answer.status, 200, "host-meta")
        check(f"href='{url}'" in answer.text, answer.text)
        links = json.loads((await http("GET", f"{public}.json")).text)["links"]
        same(links, [{"rel": "urn:xmpp:alt-connections:websocket", "href": url}], "host-meta.json")


def say_http(port, request):
    """The first line of the answer to raw bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link:
        link.sendall(request.encode())
        data = b""
        while b"\r\n" not in data:
            piece = link.recv(4096)
            if not piece:
                break
            data += piece
    return data.split(b"\r\n")[0].decode()


@scenario(hosts=EMBEDDED)
async def the_websocket_says_what_it_is_for(world):
    port = world.host.websocket_port
    for request, line in (
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 Not Found"),
            # XEP-0124: a request with a body is none of a WebSocket.
            ("POST /http-bind HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n<a/>\n", "HTTP/1.1 413 Payload Too Large"),
            ("GET /xmpp-websocket HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426 Upgrade Required"),
            ("<stream:stream to='example.org'>\r\n\r\n", "HTTP/1.1 400 Bad Request")):
        same(await asyncio.to_thread(say_http, port, request), line, f"the answer to {request[:24]!r}")
