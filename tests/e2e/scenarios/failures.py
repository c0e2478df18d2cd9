# SPDX-License-Identifier: Apache-2.0
"""Failures are told on the message itself, or as a chat line to those who are gone (product.md, the promise, 2)."""
from harness.client import CLIENT, body_of, condition, error_text
from harness.scenario import check, same, scenario


async def held_text(world, user, body="please arrive"):
    """A text that the provider has taken and not yet reported: (stanza id, phone, the provider's id)."""
    phone = world.phone()
    await world.simulator.behave(to=phone, report="hold")
    sent = user.text(world.contact(phone), body)
    return sent, phone, (await world.simulator.sent(phone))[0]["id"]


@scenario
async def a_failure_comes_back_as_an_error(world):
    user = await world.registered()
    sent, phone, message = await held_text(world, user)
    await world.simulator.report(message, "undelivered", code="30003")
    error = await user.error(sent)
    same(error.get("from"), world.contact(phone), "the error's sender")
    same(error.get("to"), user.jid, "the error's addressee")
    check(condition(error) is not None and error_text(error) != "", "no condition or no words")


@scenario
async def opted_out_people_are_named_as_such(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, status=400, code="21610")
    error = await user.error(user.text(world.contact(phone), "hello?"))
    same(condition(error), "forbidden", "the condition")
    check("STOP" in error_text(error), f"the explanation: {error_text(error)!r}")


@scenario
async def a_failure_for_somebody_who_left_is_a_chat_line(world):
    user, watcher = await world.registered(), await world.registered()
    sent, phone, message = await held_text(world, user, "will you get this one?")
    await user.leave(world.domain)
    await world.simulator.report(message, "undelivered", code="30005")
    await world.host_has_stored(watcher)
    again = await world.device(user)
    notice = await again.chat(world.contact(phone), "not delivered")
    check("will you get this one?" in body_of(notice), f"the notice does not quote: {body_of(notice)!r}")
    reply = notice.find("{urn:xmpp:reply:0}reply")
    check(reply is not None and reply.get("id") == sent, "the notice is no reply to the message")


@scenario
async def the_device_that_sent_it_gets_the_error(world):
    first = await world.registered()
    second = await world.device(first)
    sent, phone, message = await held_text(world, first)
    await world.simulator.report(message, "failed", code="30008")
    await first.error(sent)
    await second.settled(world.domain)
    check(not second.unexpected(lambda s: s.tag == f"{CLIENT}message" and s.get("type") == "error"), "the other device got an error")


@scenario
async def the_other_device_is_told_when_the_sender_left(world):
    first = await world.registered()
    second = await world.device(first)
    sent, phone, message = await held_text(world, first, "from the laptop")
    await first.leave(world.domain)
    await second.settled(world.domain)
    await world.simulator.report(message, "undelivered", code="30004")
    notice = await second.chat(world.contact(phone), "not delivered")
    check("from the laptop" in body_of(notice), f"the notice does not quote: {body_of(notice)!r}")


@scenario
async def reports_out_of_order_or_twice_change_nothing(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, report_reversed=True, report_times=2)
    sent = user.text(world.contact(phone), "disorder")
    await user.receipt(sent)
    await world.simulator.events("webhook", count=4)
    await user.settled(world.domain)
    check(not user.unexpected(lambda s: s.find("{urn:xmpp:receipts}received") is not None), "a second receipt")
    check(not user.unexpected(lambda s: s.get("type") == "error"), "an error after delivery")


@scenario
async def a_report_before_the_answer_counts(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, report_early=True)
    await user.receipt(user.text(world.contact(phone), "faster than light"))


@scenario
async def throttling_waits_as_long_as_it_was_told(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, status=429, code="20429", retry_after=1)
    sent = user.text(world.contact(phone), "patience")
    await user.receipt(sent)
    same(len(await world.simulator.sent(phone)), 1, "texts that the provider took")


@scenario
async def an_unknown_outcome_is_looked_up(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, status=500, body="<html>oops</html>", accept=True, report="hold")
    sent = user.text(world.contact(phone), "did you get it?")
    message = (await world.simulator.sent(phone))[0]
    await world.simulator.report(message["id"], "delivered")
    await user.receipt(sent)
    same(len(await world.simulator.sent(phone)), 1, "texts that the provider took")


@scenario
async def a_connection_cut_after_the_request_sends_nothing_twice(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, close=True, accept=True, report="delivered")
    sent = user.text(world.contact(phone), "cut")
    await user.receipt(sent)
    same(len(await world.simulator.sent(phone)), 1, "texts that the provider took")
