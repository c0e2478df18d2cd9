# SPDX-License-Identifier: Apache-2.0
"""Commands by chat to the domain, for clients that have no forms (product.md, Addresses)."""
from harness.client import body_of, condition
from harness.scenario import check, same, scenario


async def say(user, world, words):
    user.text(world.domain, words, extra="")
    return body_of(await user.chat(world.domain))


@scenario
async def help_is_always_answered(world):
    user = await world.user()
    for words in ("help", "HELP"):
        answer = (await say(user, world, words)).lower()
        for command in ("register", "status", "why", "unregister"):
            check(command in answer, f"«{words}»: {command} is not explained: {answer!r}")
    answer = (await say(user, world, "hello, is anybody there?")).lower()
    check("help" in answer, f"small talk is not led to help: {answer!r}")


@scenario
async def register_by_chat(world):
    user = await world.user()
    user.text(world.domain, "register", extra="")
    await user.chat(world.domain, "+1555000")
    await world.befriend(user)
    status = await say(user, world, "status")
    check("+1555000" in status, f"status lacks the number: {status!r}")
    phone = world.phone()
    await user.receipt(user.text(world.contact(phone), "hello from a chat user"))


@scenario
async def status_and_why(world):
    user, phone = await world.registered(), world.phone()
    answer = await clear_then(user, world, "status")
    check(user.number in answer, f"status lacks the number: {answer!r}")
    await world.simulator.behave(to=phone, status=400, code="21610")
    await user.error(user.text(world.contact(phone), "anybody there?"))
    answer = await clear_then(user, world, "why")
    check(phone in answer, f"why does not name the phone: {answer!r}")
    check("STOP" in answer or "21610" in answer, f"why gives no reason: {answer!r}")


async def clear_then(user, world, words):
    """Messages of the domain that came before (the number) are not the answer."""
    await user.settled(world.domain)
    for stanza in user.unexpected(lambda s: s.get("from") == world.domain and bool(body_of(s))):
        await user.expect("an earlier message", lambda s, old=stanza: s is old)
    return await say(user, world, words)


@scenario
async def unregister_by_chat(world):
    user = await world.registered()
    await clear_then(user, world, "unregister")
    asked = await user.iq("get", world.domain, "<query xmlns='jabber:iq:register'/>")
    if asked.find(".//{jabber:iq:register}registered") is not None:    # it may ask to be sure
        await clear_then(user, world, "unregister yes")
        asked = await user.iq("get", world.domain, "<query xmlns='jabber:iq:register'/>")
    check(asked.find(".//{jabber:iq:register}registered") is None, "still registered")
    error = await user.error(user.text(world.contact(world.phone()), "still there?"))
    same(condition(error), "registration-required", "a text afterwards")


@scenario
async def strangers_can_ask_for_help_but_have_no_status(world):
    user = await world.user()
    answer = (await say(user, world, "status")).lower()
    check("regist" in answer, f"status of a stranger: {answer!r}")


@scenario
async def commands_by_form(world):
    user = await world.registered()
    commands = "http://jabber.org/protocol/commands"
    listed = await user.iq("get", world.domain, f"<query xmlns='http://jabber.org/protocol/disco#items' node='{commands}'/>")
    nodes = {i.get("node") for i in listed.iter("{http://jabber.org/protocol/disco#items}item")}
    check({"status", "why", "unregister"} <= nodes, f"the commands are {nodes}")
    done = await user.iq("set", world.domain, f"<command xmlns='{commands}' node='status' action='execute'/>")
    same(done.find(f"{{{commands}}}command").get("status"), "completed", "the status of «status»")
    check(user.number in "".join(done.itertext()), "«status» does not say the number")
    unknown = await user.iq("set", world.domain, f"<command xmlns='{commands}' node='nonsense' action='execute'/>")
    same(condition(unknown), "item-not-found", "an unknown command")
