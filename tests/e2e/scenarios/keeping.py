# SPDX-License-Identifier: Apache-2.0
"""What Sallyport's own server keeps and copies for its accounts: offline messages, carbons, archive, blocking, cards, uploads."""
import asyncio
import urllib.error
import urllib.request

from harness.client import CLIENT, Client, body_of, condition
from harness.scenario import check, same, scenario

EMBEDDED = ("embedded",)
DELAY = "{urn:xmpp:delay}delay"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
CARBONS = "{urn:xmpp:carbons:2}"
ARCHIVE = "{urn:xmpp:mam:2}"
SID = "{urn:xmpp:sid:0}stanza-id"
UPLOAD = "{urn:xmpp:http:upload:0}"


def own(client, kind, payload):
    """A question to one's own account."""
    return client.iq(kind, client.bare, payload)


async def meet(one, other):
    """A mutual subscription."""
    one.presence(other.bare, "subscribe")
    await other.presence_from(one.bare, "subscribe")
    other.presence(one.bare, "subscribed")
    other.presence(one.bare, "subscribe")
    await one.presence_from(other.bare, "subscribe")
    one.presence(other.bare, "subscribed")
    await one.presence_from(other.bare)
    await other.presence_from(one.bare)


@scenario(hosts=EMBEDDED)
async def messages_wait_for_who_is_away(world):
    alice = await world.user()
    bob = await world.user(login=False)
    for words in ("first", "second", "third"):
        alice.text(bob.bare, words, extra="")
    await alice.settled(world.host.vhost)
    await bob.login()
    last = await bob.chat(alice.bare, "third")
    check(last.find(DELAY) is not None, "a message that waited has no time")
    came = [body_of(s) for s in bob.stanzas if s.tag == f"{CLIENT}message" and body_of(s)]
    same(came, ["first", "second", "third"], "the order")
    await bob.logout()
    again = Client(world.host, bob.local)
    world.clients.append(again)
    await again.login()
    await again.settled(world.host.vhost)
    same(again.unexpected(lambda s: bool(body_of(s))), [], "messages that came twice")


@scenario(hosts=EMBEDDED)
async def devices_see_both_sides(world):
    alice, bob = await world.user(), await world.user()
    desk = await world.device(alice)
    same((await own(desk, "set", "<enable xmlns='urn:xmpp:carbons:2'/>")).get("type"), "result", "enabling carbons")
    alice.text(bob.jid, "sent from the phone", extra="")
    copy = await desk.message("a copy of what was sent", lambda s: s.find(f"{CARBONS}sent") is not None, alice.bare)
    inner = copy.find(f"{CARBONS}sent/{FORWARDED}/{CLIENT}message")
    same((body_of(inner), inner.get("to")), ("sent from the phone", bob.jid), "the copy")
    bob.text(alice.jid, "to the phone", extra="")
    copy = await desk.message("a copy of what was received", lambda s: s.find(f"{CARBONS}received") is not None, alice.bare)
    same(body_of(copy.find(f"{CARBONS}received/{FORWARDED}/{CLIENT}message")), "to the phone", "the copy")


@scenario(hosts=EMBEDDED)
async def the_archive_answers_in_pages(world):
    alice, bob = await world.user(), await world.user()
    for number in range(1, 6):
        alice.text(bob.bare, f"text {number}", extra="")
    seen = await bob.chat(alice.bare, "text 5")
    marks = [s for s in seen.iter(SID) if s.get("by") == bob.bare]
    same(len(marks), 1, "stanza-ids by the account")

    async def page(inside):
        fin = await own(bob, "set", f"<query xmlns='urn:xmpp:mam:2' queryid='p'>{inside}</query>")
        found = bob.unexpected(lambda s: s.find(f"{ARCHIVE}result") is not None)
        for stanza in found:
            await bob.expect("a result", lambda s, this=stanza: s is this)
        results = [s.find(f"{ARCHIVE}result") for s in found]
        return fin, [r.get("id") for r in results], [body_of(r.find(f"{FORWARDED}/{CLIENT}message")) for r in results]

    _, ids, bodies = await page("<set xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>")
    same(bodies, ["text 1", "text 2"], "the first page")
    fin, rest, bodies = await page(f"<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>{ids[-1]}</after></set>")
    same(bodies, ["text 3", "text 4", "text 5"], "what follows")
    same(fin.find(f"{ARCHIVE}fin").get("complete"), "true", "complete")
    same(rest[-1], marks[0].get("id"), "the id that came with the message")
    _, _, bodies = await page("<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set>")
    same(bodies, ["text 5"], "the last page")
    stranger = await alice.iq("set", bob.bare, "<query xmlns='urn:xmpp:mam:2'/>")
    same(condition(stranger), "service-unavailable", "somebody else's archive")


@scenario(hosts=EMBEDDED)
async def who_is_blocked_meets_silence(world):
    alice, bob = await world.user(), await world.user()
    await meet(alice, bob)
    await own(alice, "set", f"<block xmlns='urn:xmpp:blocking'><item jid='{bob.bare}'/></block>")
    await bob.presence_from(alice.bare, "unavailable")
    same(condition(await bob.error(bob.text(alice.bare, "let me in"))), "service-unavailable", "the answer to the blocked")
    same(condition(await alice.error(alice.text(bob.bare, "hello"))), "not-acceptable", "the answer to who blocks")
    await own(alice, "set", f"<unblock xmlns='urn:xmpp:blocking'><item jid='{bob.bare}'/></unblock>")
    await bob.presence_from(alice.bare)
    bob.text(alice.bare, "thank you", extra="")
    await alice.chat(bob.bare, "thank you")


@scenario(hosts=EMBEDDED)
async def cards_are_for_everybody(world):
    alice, bob = await world.user(), await world.user()
    await own(alice, "set", "<vCard xmlns='vcard-temp'><FN>Alice</FN></vCard>")
    card = await bob.iq("get", alice.bare, "<vCard xmlns='vcard-temp'/>")
    same(card.findtext(".//{vcard-temp}FN"), "Alice", "the card")
    same(condition(await bob.iq("set", alice.bare, "<vCard xmlns='vcard-temp'/>")), "service-unavailable", "writing another's card")


@scenario(hosts=EMBEDDED)
async def files_are_uploaded_once_and_served(world):
    alice = await world.user()
    data = b"\x89PNG" + bytes(2_000_000)
    answer = await alice.iq("get", world.host.vhost,
                            f"<request xmlns='urn:xmpp:http:upload:0' filename='a b.png' size='{len(data)}' content-type='image/png'/>")
    slot = answer.find(f"{UPLOAD}slot")
    check(slot is not None, f"no slot: {condition(answer)}")
    put, get = (slot.find(f"{UPLOAD}{word}").get("url") for word in ("put", "get"))

    def fetch(url, body=None):
        request = urllib.request.Request(url, data=body, method="PUT" if body else "GET", headers={"Content-Type": "image/png"})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, b""

    same((await asyncio.to_thread(fetch, put, data))[0], 201, "the upload")
    status, headers, body = await asyncio.to_thread(fetch, get)
    same((status, body == data), (200, True), "the download")
    same(headers["X-Content-Type-Options"], "nosniff", "nosniff")
    check("sandbox" in headers["Content-Security-Policy"], "no sandbox")
    same((await asyncio.to_thread(fetch, put, data))[0], 404, "a second upload")
