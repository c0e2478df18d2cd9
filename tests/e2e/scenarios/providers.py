# SPDX-License-Identifier: Apache-2.0
"""The other wire formats, a real Kannel, and users with provider accounts of their own."""
import re

from harness.client import body_of
from harness.kannel import Kannel
from harness.scenario import check, same, scenario
from harness.world import POOL, SID, TOKEN


async def telnyx(world):
    key = (await world.simulator.config())["telnyx_public_key"]
    return {"name": "primary", "type": "telnyx", "base_url": world.simulator.url, "numbers": POOL,
            "credentials": {"api_key": "simulator-key", "public_key": key}, "limits": {"per_number": "off"}}


def kannel(url, secret="hook-secret", **changes):
    return {"name": "primary", "type": "kannel", "base_url": url, "numbers": POOL, **changes,
            "credentials": {"username": "simulator", "password": "simulator", "webhook_secret": secret}}


@scenario(world="own")
async def telnyx_both_ways(world):
    async with world.fresh(sms={"providers": [await telnyx(world)]}, provider="telnyx"):
        user, phone = await world.registered(), world.phone()
        await user.receipt(user.text(world.contact(phone), "hello Telnyx €"))
        message = (await world.simulator.sent(phone))[0]
        same((message["provider"], message["from"], message["text"]), ("telnyx", user.number, "hello Telnyx €"), "what Telnyx got")
        answer = await world.simulator.inbound(user.number, "from Telnyx", from_=phone, times=2)
        check(200 <= answer["attempts"][-1]["status"] < 300, f"the webhook was answered {answer['attempts']}")
        await user.chat(world.contact(phone), "from Telnyx")
        for signature in ("bad", "none", "old"):
            answer = await world.simulator.inbound(user.number, "forged", from_=phone, signature=signature, retries=0)
            same(answer["attempts"][0]["status"], 403, f"signature {signature}")
        await user.settled(world.domain)
        check(not user.unexpected(lambda s: body_of(s) in ("forged", "from Telnyx")), "a forgery or a duplicate was shown")


@scenario(world="own")
async def telnyx_failures(world):
    async with world.fresh(sms={"providers": [await telnyx(world)]}, provider="telnyx"):
        user, phone = await world.registered(), world.phone()
        await world.simulator.behave(to=phone, status=403, code="40300")
        await user.error(user.text(world.contact(phone), "stopped?"))
        await world.simulator.behave(to=phone, report="undelivered", report_code="40008")
        await user.error(user.text(world.contact(phone), "off?"))


@scenario(world="own")
async def kannel_wire_both_ways(world):
    async with world.fresh(sms={"providers": [kannel(world.simulator.url)]}, provider="kannel") as gateway:
        await world.simulator.config(webhook=gateway.hook() + "?secret=hook-secret&id=%I&from=%p&to=%P&text=%b&coding=%c&time=%T")
        user, phone = await world.registered(), world.phone()
        for text in ("hello Kannel", "Привет, Kannel"):
            await user.receipt(user.text(world.contact(phone), text))
            await world.simulator.inbound(user.number, f"re: {text}", from_=phone)
            same(body_of(await user.chat(world.contact(phone))), f"re: {text}", "the answer")
        same([m["text"] for m in await world.simulator.sent(phone, count=2)], ["hello Kannel", "Привет, Kannel"], "what Kannel got")


@scenario(world="own")
async def a_real_kannel_both_ways(world):
    box = Kannel(world.directory / "kannel")
    async with world.fresh(sms={"providers": [kannel(box.send_url)]}, provider="kannel") as gateway:
        async with box.running(gateway.hook() + "?secret=hook-secret&id=%I&from=%p&to=%P&text=%b&coding=%c&time=%T"):
            user, phone = await world.registered(), world.phone()
            box.attach_handset(phone, user.number, "from the handset")
            await user.chat(world.contact(phone), "from the handset")
            sent = user.text(world.contact(phone), "through bearerbox")
            line = await box.received("through bearerbox")
            check(phone in line and user.number in line, f"the handset got {line!r}")
            await user.receipt(sent)
            cyrillic = user.text(world.contact(phone), "Да")
            await box.received("%04%14%040")
            await user.receipt(cyrillic)


@scenario(world="own")
async def own_accounts_are_checked_and_told_their_webhook(world):
    entry = {"name": "primary", "type": "twilio", "base_url": world.simulator.url, "limits": {"per_number": "off"}}
    async with world.fresh(sms={"registration": "own", "providers": [entry]}):
        user, phone = await world.user(), world.phone()
        form = await user.iq("get", world.domain, "<query xmlns='jabber:iq:register'/>")
        names = {f.get("var") for f in form.iter("{jabber:x:data}field")}
        check({"account_sid", "auth_token"} <= names, f"the form asks for {names}")

        def submit(token):
            values = {"FORM_TYPE": "jabber:iq:register", "provider": "primary", "number": POOL[0], "account_sid": SID, "auth_token": token}
            fields = "".join(f"<field var='{k}'><value>{v}</value></field>" for k, v in values.items() if k in names or k == "FORM_TYPE")
            return f"<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>{fields}</x></query>"
        refused = await user.iq("set", world.domain, submit("wrong"))
        same(refused.get("type"), "error", "wrong credentials")
        same((await user.iq("set", world.domain, submit(TOKEN), 30)).get("type"), "result", "right credentials")
        told = await user.message("the webhook URL", lambda s: "/hook/" in body_of(s), world.domain)
        hook = re.search(r"http://\S+/hook/\S+/inbound", body_of(told)).group(0)
        await world.befriend(user)
        await world.simulator.config(webhook=hook)
        await user.receipt(user.text(world.contact(phone), "on my own account"))
        await world.simulator.inbound(POOL[0], "to my own account", from_=phone)
        await user.chat(world.contact(phone), "to my own account")
