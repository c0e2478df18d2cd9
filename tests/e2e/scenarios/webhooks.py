# SPDX-License-Identifier: Apache-2.0
"""The public listener and hostile webhooks. Signatures are made by harness/provider.py, not by the simulator."""
from harness.client import CLIENT, body_of
from harness.http import http
from harness.provider import twilio_post, twilio_text
from harness.scenario import check, same, scenario
from harness.world import TOKEN


def texts(user):
    return user.unexpected(lambda s: s.tag == f"{CLIENT}message" and "@" in s.get("from", "") and bool(body_of(s)))


@scenario
async def a_signed_webhook_is_taken_once(world):
    user, phone = await world.registered(), world.phone()
    fields = twilio_text("SM" + phone[1:] + "a", phone, user.number, "signed by hand")
    for _ in range(3):
        check((await twilio_post(world.gateway.hook(), TOKEN, fields)).status // 100 == 2, "a duplicate must be answered 2xx")
    await user.chat(world.contact(phone), "signed by hand")
    await user.settled(world.domain)
    same(len(texts(user)), 0, "further copies")


@scenario
async def forged_webhooks_are_refused(world):
    user, phone = await world.registered(), world.phone()
    fields = twilio_text("SM" + phone[1:] + "b", phone, user.number, "forged")
    hook = world.gateway.hook()
    for signature in ("bm90IGEgc2lnbmF0dXJl", "%%%", "x" * 4000):
        same((await twilio_post(hook, TOKEN, fields, signature=signature)).status, 403, "a wrong signature")
    same((await twilio_post(hook, "wrong-token", fields)).status, 403, "a wrong token")
    same((await http("POST", hook, b"From=%2B1&To=%2B2&Body=x")).status, 403, "no signature")
    same((await http("GET", hook)).status // 100, 4, "a GET")
    answer = await world.simulator.inbound(user.number, "forged too", from_=phone, signature="bad", retries=0)
    same(answer["attempts"][0]["status"], 403, "the simulator's forgery")
    await user.settled(world.domain)
    same(len(texts(user)), 0, "forged texts that were shown")


@scenario
async def broken_webhooks_are_refused_and_leave_us_well(world):
    user = await world.registered()
    hook = world.gateway.hook()
    many = [(f"Field{n}", "x") for n in range(10_000)]
    check((await twilio_post(hook, TOKEN, many)).status in (200, 204, 400, 413, 403), "10 000 fields")
    same((await http("POST", hook, b"x" * (3 << 20), {"X-Twilio-Signature": "x"})).status in (0, 413), True, "an oversized body")
    json = await twilio_post(hook, TOKEN, {"a": "b"}, content_type="application/json", body=b'{"half":')
    check(json.status // 100 == 4, f"a truncated body of another type: {json.status}")
    same((await user.iq("get", world.domain, "<ping xmlns='urn:xmpp:ping'/>")).get("type"), "result", "the service afterwards")


@scenario
async def the_public_listener_serves_nothing_else(world):
    base = f"http://127.0.0.1:{world.gateway.public}"
    for path in ("/", "/metrics", "/status", "/readyz", "/hook", f"/hook/{world.domain}", f"/hook/{world.domain}/nobody/inbound",
                 "/media/", "/media/../../etc/passwd", "/../sallyport.yaml"):
        same((await http("GET", base + path)).status // 100, 4, f"GET {path}")


@scenario
async def texts_for_numbers_nobody_has_are_kept(world):
    phone = world.phone()
    ops = await world.user("ops")
    unclaimed = twilio_text("SM" + phone[1:] + "c", phone, "+15550000120", "is anybody there?")
    check((await twilio_post(world.gateway.hook(), TOKEN, unclaimed)).status // 100 == 2, "a number of ours without owner")
    await ops.message("the operator's copy", lambda s: "is anybody there?" in body_of(s))
    foreign = twilio_text("SM" + phone[1:] + "d", phone, "+15559999999", "wrong number")
    same((await twilio_post(world.gateway.hook(), TOKEN, foreign)).status, 404, "a number that is not ours")


@scenario
async def forged_reports_are_refused(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, report="hold")
    sent = user.text(world.contact(phone), "not yet")
    message = (await world.simulator.sent(phone))[0]
    callback = message["callback"].split("#")[0]
    fields = {"MessageSid": message["id"], "MessageStatus": "delivered", "From": user.number, "To": phone}
    same((await twilio_post(callback, TOKEN, fields, signature="AAAA")).status, 403, "a wrong signature")
    other = callback[:-1] + ("A" if callback[-1] != "A" else "B")
    await twilio_post(other, TOKEN, {**fields, "MessageSid": "SMunknown"})
    await user.settled(world.domain)
    check(not user.unexpected(lambda s: s.find("{urn:xmpp:receipts}received") is not None), "a forged report made a receipt")
    check((await twilio_post(callback, TOKEN, fields)).status // 100 == 2, "the true report")
    await user.receipt(sent)
