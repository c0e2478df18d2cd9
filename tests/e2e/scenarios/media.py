# SPDX-License-Identifier: Apache-2.0
"""Pictures: copied and served by us on the way in, passed on by link on the way out (product.md, Media)."""
from harness.client import body_of, condition, error_text
from harness.http import http
from harness.scenario import check, same, scenario

OOB = "{jabber:x:oob}"


def link_of(stanza):
    return stanza.findtext(f"{OOB}x/{OOB}url")


def links(message):
    return [item["url"] for item in message["media"]]


async def pictures(user, contact):
    return await user.message("a picture", lambda s: link_of(s) is not None, contact)


@scenario
async def a_picture_comes_in_and_is_served_by_us(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.inbound(user.number, "look", from_=phone, media=[{"name": "picture.png"}])
    link = link_of(await pictures(user, world.contact(phone)))
    check(link.startswith(f"http://127.0.0.1:{world.gateway.public}/media/"), f"the link is {link}")
    served = await http("GET", link)
    same(served.status, 200, "the picture's status")
    original = await http("GET", f"{world.simulator.url}/_sim/media/picture.png")
    check(served.body == original.body, "the picture changed on its way")
    same(served.headers.get("X-Content-Type-Options"), "nosniff", "nosniff")
    same((await http("GET", link.rsplit("/", 2)[0] + "/0123456789abcdef0123456789abcdef/picture.png")).status, 404, "a guessed link")


@scenario
async def a_text_is_not_lost_with_its_picture(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.inbound(
        user.number, "you see?", from_=phone, media=[{"url": f"{world.simulator.url}/_sim/media/missing.png", "type": "image/png"}])
    message = await user.chat(world.contact(phone), "you see?", seconds=30)
    check("picture could not be fetched" in body_of(message), f"the text says {body_of(message)!r}")


@scenario
async def a_picture_goes_out_by_link(world):
    user, phone = await world.registered(), world.phone()
    link = f"{world.simulator.url}/_sim/media/picture.png"
    user.text(world.contact(phone), link, extra=f"<x xmlns='jabber:x:oob'><url>{link}</url></x><request xmlns='urn:xmpp:receipts'/>")
    message = (await world.simulator.sent(phone))[0]
    same(links(message), [link], "the media at the provider")
    same(message["text"] or "", "", "the link must not be sent as text too")


@scenario
async def text_and_picture_leave_as_one_message(world):
    user, phone = await world.registered(), world.phone()
    link = f"{world.simulator.url}/_sim/media/picture.png"
    sent = user.text(world.contact(phone), "my cat", extra=f"<x xmlns='jabber:x:oob'><url>{link}</url></x><request xmlns='urn:xmpp:receipts'/>")
    await user.receipt(sent)
    there = await world.simulator.sent(phone)
    same([(m["text"], links(m)) for m in there], [("my cat", [link])], "what the provider got")


@scenario
async def a_link_to_nothing_is_refused_in_words(world):
    user = await world.registered()
    link = f"{world.simulator.url}/_sim/media/missing.png"
    sent = user.text(world.contact(world.phone()), link, extra=f"<x xmlns='jabber:x:oob'><url>{link}</url></x>")
    error = await user.error(sent, 30)
    check(condition(error) is not None and error_text(error) != "", "no condition or no words")
