# SPDX-License-Identifier: Apache-2.0
"""The main job: texts out, texts in, receipts."""
from harness.client import CLIENT, RECEIPTS, body_of, new_id
from harness.scenario import check, same, scenario

SID = "{urn:xmpp:sid:0}"
DELAY = "{urn:xmpp:delay}"


@scenario
async def a_text_goes_out_and_its_receipt_comes_back(world):
    user, phone = await world.registered(), world.phone()
    sent = user.text(world.contact(phone), "Hello, world")
    message = (await world.simulator.sent(phone))[0]
    same((message["from"], message["to"], message["text"]), (user.number, phone, "Hello, world"), "what the provider was given")
    check(message["callback"].startswith(f"http://127.0.0.1:{world.gateway.public}/hook/{world.domain}/primary/status/"),
          f"callback {message['callback']}")
    receipt = await user.receipt(sent)
    same(receipt.get("from"), world.contact(phone), "the receipt's sender")
    same(receipt.get("type"), "chat", "the receipt's type")
    check(receipt.find("{urn:xmpp:hints}store") is not None, "the receipt has no <store/> hint")


@scenario
async def no_receipt_before_delivery(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, report="hold")
    sent = user.text(world.contact(phone), "on its way")
    message = (await world.simulator.sent(phone))[0]
    await world.simulator.report(message["id"], "sent")
    await user.settled(world.domain)
    early = user.unexpected(lambda s: s.find(f"{RECEIPTS}received") is not None)
    check(not early, "a receipt before the phone had the text")
    await world.simulator.report(message["id"], "delivered")
    await user.receipt(sent)


@scenario
async def no_receipt_for_those_who_did_not_ask(world):
    user, phone = await world.registered(), world.phone()
    user.text(world.contact(phone), "no tick please", extra="")
    await world.simulator.sent(phone)
    await world.simulator.events("delivered")
    asked = user.text(world.contact(phone), "tick please")
    await user.receipt(asked)
    check(not user.unexpected(lambda s: s.find(f"{RECEIPTS}received") is not None), "a receipt that nobody asked for")


@scenario
async def a_text_comes_in(world):
    user, phone = await world.registered(), world.phone()
    answer = await world.simulator.inbound(user.number, "Hi from the phone", from_=phone)
    check(200 <= answer["attempts"][-1]["status"] < 300, f"webhook answered {answer['attempts']}")
    message = await user.chat(world.contact(phone), "Hi from the phone")
    same(body_of(message), "Hi from the phone", "the text")
    same(message.get("type"), "chat", "the type")
    check(message.get("id"), "no id")
    check(message.find(f"{SID}origin-id") is not None, "no origin-id")
    check(message.find(f"{DELAY}delay") is None, "a fresh text is marked as delayed")


@scenario
async def a_text_for_somebody_who_is_away_waits(world):
    user, watcher, phone = await world.registered(), await world.registered(), world.phone()
    await user.leave(world.domain)
    await world.simulator.inbound(user.number, "while you were out", from_=phone)
    await world.host_has_stored(watcher)
    again = await world.device(user)
    await again.chat(world.contact(phone), "while you were out")


@scenario
async def texts_keep_their_order_both_ways(world):
    user, phone = await world.registered(), world.phone()
    for n in range(12):
        user.text(world.contact(phone), f"out {n}")
    there = await world.simulator.sent(phone, count=12)
    same([m["text"] for m in there], [f"out {n}" for n in range(12)], "the order at the provider")
    for n in range(12):
        await world.simulator.inbound(user.number, f"in {n}", from_=phone)
    got = [body_of(await user.chat(world.contact(phone), "in ")) for _ in range(12)]
    same(got, [f"in {n}" for n in range(12)], "the order at the user")


@scenario
async def all_characters_cross(world):
    user, phone = await world.registered(), world.phone()
    text = "Grüße €[]{}~\\^| 你好 👩‍👩‍👧 <b>&amp;</b> \"'\n zweite Zeile %d {text} {{"
    sent = user.text(world.contact(phone), text)
    same((await world.simulator.sent(phone))[0]["text"], text, "the text at the provider")
    await user.receipt(sent)
    await world.simulator.inbound(user.number, text, from_=phone)
    same(body_of(await user.chat(world.contact(phone))), text, "the text at the user")


@scenario
async def control_characters_from_a_phone_do_no_harm(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.inbound(user.number, "a\u0001b\u0000c\ufffed", from_=phone)
    message = await user.chat(world.contact(phone))
    check(body_of(message).startswith("a") and body_of(message).endswith("d"), f"the text came as {body_of(message)!r}")
    same(await user.iq("get", world.domain, "<ping xmlns='urn:xmpp:ping'/>") is not None, True, "the link afterwards")


@scenario
async def the_same_stanza_twice_is_sent_once(world):
    user, phone = await world.registered(), world.phone()
    same_id = new_id("dup")
    for _ in range(2):
        user.text(world.contact(phone), "only once", stanza_id=same_id)
    user.text(world.contact(phone), "behind it")
    there = await world.simulator.sent(phone, count=2)
    same([m["text"] for m in there], ["only once", "behind it"], "texts at the provider")


@scenario
async def a_correction_is_a_new_text(world):
    user, phone = await world.registered(), world.phone()
    first = user.text(world.contact(phone), "helo")
    await user.receipt(first)
    user.text(world.contact(phone), "hello", extra=f"<replace xmlns='urn:xmpp:message-correct:0' id='{first}'/>")
    there = await world.simulator.sent(phone, count=2)
    same(there[1]["text"], "* hello", "the correction at the provider")


@scenario
async def a_reply_goes_without_its_quotation(world):
    user, phone = await world.registered(), world.phone()
    quoted, said = "> what?\n", "yes"
    extra = ("<reply xmlns='urn:xmpp:reply:0' to='x@y' id='abc'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
             f"<body start='0' end='{len(quoted)}'/></fallback>")
    user.text(world.contact(phone), quoted + said, extra=extra)
    same((await world.simulator.sent(phone))[0]["text"], said, "the reply at the provider")


@scenario
async def two_users_of_the_gateway_meet_locally(world):
    juliet, romeo = await world.registered(), await world.registered()
    sent = juliet.text(world.contact(romeo.number), "wherefore art thou?")
    message = await romeo.chat(world.contact(juliet.number), "wherefore")
    check(not await world.simulator.messages(direction="out"), "a local text was sent to the provider")
    await juliet.settled(world.domain)
    check(not juliet.unexpected(lambda s: s.find(f"{RECEIPTS}received") is not None), "a receipt before the other client's")
    check(message.find(f"{RECEIPTS}request") is not None, "the other client is not asked for a receipt")
    romeo.send(f"<message to='{world.contact(juliet.number)}' id='{new_id()}'>"
               f"<received xmlns='urn:xmpp:receipts' id='{message.get('id')}'/></message>")
    await juliet.receipt(sent)


@scenario
async def group_texts_name_the_others(world):
    user, phone, third = await world.registered(), world.phone(), world.phone()
    await world.simulator.inbound(user.number, "dinner?", from_=phone, others=[third])
    message = await user.chat(world.contact(phone), "dinner?")
    check("group text" in body_of(message) and third in body_of(message), f"the text came as {body_of(message)!r}")


@scenario
async def chat_states_and_markers_are_never_answered(world):
    user, phone = await world.registered(), world.phone()
    contact = world.contact(phone)
    quiet = [new_id("s") for _ in range(2)]
    user.send(f"<message to='{contact}' type='chat' id='{quiet[0]}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    user.send(f"<message to='{contact}' type='chat' id='{quiet[1]}'><displayed xmlns='urn:xmpp:chat-markers:0' id='x'/></message>")
    sent = user.text(contact, "the real one")
    await user.receipt(sent)
    same(len(await world.simulator.sent(phone)), 1, "texts at the provider")
    check(not user.unexpected(lambda s: s.tag == f"{CLIENT}message" and s.get("type") == "error"), "an error for a chat state")
