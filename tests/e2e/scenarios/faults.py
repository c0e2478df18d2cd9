# SPDX-License-Identifier: Apache-2.0
"""Servers restart, secrets are wrong, tokens are revoked: nothing accepted is lost, and it can be seen."""
import signal

from harness.client import body_of
from harness.hosts import EjabberdTls
from harness.process import eventually
from harness.scenario import check, same, scenario
from harness.world import TOKEN, World, twilio


# Restarts, secrets and a port of their own are things of hosts beside us: the embedded one lives and dies with the gateway
# (tests/crash kills both at once).
BESIDE_US = ("prosody", "ejabberd")


@scenario(world="own", hosts=BESIDE_US)
async def a_restarted_host_loses_nothing_accepted(world):
    async with world.fresh() as gateway:
        user, phone = await world.registered(), world.phone()
        contact = world.contact(phone)
        await world.simulator.behave(to=phone, report="hold", times=0)
        sent = [user.text(contact, f"before {n}") for n in range(5)]
        await world.simulator.sent(phone, count=5)
        await user.leave(world.domain)
        await world.host.stop()
        await gateway.ready(False)
        same(await gateway.metric("sallyport_component_connected"), 0, "component_connected while the host is away")
        check(await gateway.metric("sallyport_component_reconnects_total", component=world.domain), "the lost link was not counted")
        answer = await world.simulator.inbound(user.number, "while the host was down", from_=phone)
        check(200 <= answer["attempts"][-1]["status"] < 300, f"the webhook was answered {answer['attempts']}")
        await world.simulator.release()
        await world.host.restart()
        await gateway.ready()
        again = await world.device(user)
        await again.chat(contact, "while the host was down")
        for stanza_id in sent:
            await again.receipt(stanza_id)
        await again.settled(world.domain)
        check(not again.unexpected(lambda s: "while the host was down" in body_of(s)), "the text came twice")


@scenario(world="own", hosts=BESIDE_US)
async def a_wrong_component_secret_is_unready_and_backs_off(world):
    async with world.fresh(start=False) as gateway:
        gateway.secret = "not the secret"
        await gateway.start(ready=False)
        await gateway.ready(False)
        log = await eventually("the refusal in the log", lambda: "not-authorized" in gateway.child.log() and gateway.child.log())
        check(log.count("not-authorized") <= 3, "no back-off after the refusal")
        check(gateway.secret not in log, "the secret is in the log")
        check("not-authorized" in (await gateway.ask("/readyz?verbose")).text, "readyz?verbose does not say why")
        await gateway.stop()
        gateway.secret = world.host.secret
        await gateway.start()


@scenario(world="own")
async def a_revoked_token_holds_and_a_new_one_resumes_in_order(world):
    async with world.fresh() as gateway:
        ops = await world.user("ops")
        user, phone = await world.registered(), world.phone()
        await world.simulator.config(auth_token="the-new-token")
        sent = [user.text(world.contact(phone), f"held {n}") for n in range(4)]

        async def says_so():
            return any("primary" in line and "[-]" in line for line in (await gateway.ask("/readyz?verbose")).text.splitlines())
        await eventually("readyz?verbose to name the held provider", says_so)
        same((await gateway.ask("/readyz")).status, 200, "readiness: messages are still taken")
        same(await gateway.metric("sallyport_provider_held", provider="primary"), 1, "the gauge of the held provider")
        await ops.message("the note to the operator", lambda s: "primary" in body_of(s), world.domain)
        check(not user.unexpected(lambda s: s.get("type") == "error"), "the user got an error for a held text")
        credentials = gateway.sms["providers"][0]["credentials"]
        credentials.update(auth_token="the-new-token", previous_auth_token=TOKEN)
        gateway.reload()
        there = await world.simulator.sent(phone, count=4)
        same([m["text"] for m in there], [f"held {n}" for n in range(4)], "the order after the hold")
        for stanza_id in sent:
            await user.receipt(stanza_id)
        same(await gateway.metric("sallyport_provider_held", provider="primary"), 0, "the gauge after the new token")
        await world.simulator.config(auth_token=TOKEN)
        answer = await world.simulator.inbound(user.number, "signed with the old token", from_=phone)
        check(200 <= answer["attempts"][-1]["status"] < 300, "the previous token no longer verifies webhooks")
        await user.chat(world.contact(phone), "signed with the old token")


@scenario(world="own")
async def a_reload_applies_all_or_nothing(world):
    async with world.fresh() as gateway:
        user = await world.registered()
        gateway.sms["countries"] = ["US", "CA", "GB"]
        gateway.main["data"] = "elsewhere"
        gateway.reload()
        await eventually("the refusal in the log", lambda: "data" in gateway.child.log().split("reload", 1)[-1] and "reload" in gateway.child.log())
        error = await user.error(user.text(world.contact("+442071838750"), "hello London"))
        check(error is not None, "half of the new configuration was applied")
        gateway.main["data"] = "data"
        gateway.reload()

        async def allowed():
            probe = user.text(world.contact("+442071838750"), "hello again")
            answer = await user.message("an answer", lambda s: s.get("id") == probe or s.find(f".//*[@id='{probe}']") is not None)
            return answer.get("type") != "error"
        await eventually("the new countries to hold", allowed)
        gateway.config_file.write_text("version: 1\nnonsense: [\n")
        gateway.child.send(signal.SIGHUP)
        await eventually("the mistake in the log", lambda: "sallyport.yaml:" in gateway.child.log())
        await user.settled(world.domain)


@scenario(world="own")
async def sigterm_finishes_what_is_on_its_way(world):
    async with world.fresh() as gateway:
        user, phone = await world.registered(), world.phone()
        await world.simulator.behave(to=phone, delay_ms=1500, report="hold")
        sent = user.text(world.contact(phone), "on its way")
        await world.simulator.events("request")
        same(await gateway.stop(), 0, "the exit code after SIGTERM")
        await world.simulator.release()
        await gateway.start()
        await world.again(user)
        await user.receipt(sent)
        same(len(await world.simulator.sent(phone)), 1, "texts that the provider took")


@scenario(world="own")
async def kill_and_restart_neither_lose_nor_double(world):
    async with world.fresh() as gateway:
        user, phone = await world.registered(), world.phone()
        await world.simulator.behave(to=phone, delay_ms=1000)
        sent = [user.text(world.contact(phone), f"crash {n}") for n in range(3)]
        await world.simulator.events("request")
        await gateway.kill()
        await gateway.start()
        await world.again(user)
        there = await world.simulator.sent(phone, count=3, seconds=90)
        same([m["text"] for m in there], [f"crash {n}" for n in range(3)], "what the provider took")
        for stanza_id in sent:
            await user.receipt(stanza_id, 60)


@scenario(world="own")
async def a_provider_that_never_answers_blocks_one_conversation_only(world):
    async with world.fresh():
        user, silent, other = await world.registered(), world.phone(), world.phone()
        await world.simulator.behave(to=silent, hang=True, report="hold")
        sent = user.text(world.contact(silent), "anybody?")
        await world.simulator.events("request")
        await user.receipt(user.text(world.contact(other), "you at least?"))
        message = (await world.simulator.sent(silent))[0]
        await world.simulator.report(message["id"], "delivered")
        await user.receipt(sent)
        same(len(await world.simulator.sent(silent)), 1, "texts that the provider took")


@scenario(world="own")
async def a_provider_that_is_away_is_tried_again(world):
    async with world.fresh(sms={"providers": [twilio(world.simulator, base_url="http://127.0.0.1:9")]}) as gateway:
        user, phone = await world.registered(), world.phone()
        sent = user.text(world.contact(phone), "eventually")
        await eventually("an attempt in the log", lambda: phone in gateway.child.log() or "not_connected" in gateway.child.log())
        await gateway.stop()
        gateway.sms["providers"][0]["base_url"] = world.simulator.url
        await gateway.start()
        await world.again(user)
        await user.receipt(sent, 60)


@scenario(world="own", hosts=("ejabberd",))
async def the_component_port_may_speak_tls(world):
    inner = World(world.programs, EjabberdTls, world.directory / "tls")
    await inner.start()
    try:
        where = {"hosts": {"main": {"tls": {"ca": str(inner.host.certificate)}}}}
        async with inner.fresh(main=where):
            user, phone = await inner.registered(), inner.phone()
            await user.receipt(user.text(inner.contact(phone), "through TLS"))
    finally:
        await inner.stop()
