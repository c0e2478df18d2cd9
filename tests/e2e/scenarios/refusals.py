# SPDX-License-Identifier: Apache-2.0
"""What cannot be sent is refused on that very message, in words (gateway.md §2.7, product.md)."""
import re

from harness.client import CLIENT, condition, error_text
from harness.scenario import check, same, scenario


async def refused(world, user, to, body, wanted, words=(), **more):
    """Sends and expects the error with `wanted` condition whose text holds all `words`; nothing may reach the provider."""
    sent = user.text(to, body, **more)
    error = await user.error(sent)
    same(condition(error), wanted, f"the answer to {str(body)[:30]!r}")
    for word in words:
        check(word.lower() in error_text(error).lower(), f"the explanation lacks «{word}»: {error_text(error)!r}")
    check(not await world.simulator.messages(direction="out"), "it went to the provider all the same")
    return error


@scenario
async def too_long_texts_name_both_counts(world):
    user = await world.registered()
    error = await refused(world, user, world.contact(world.phone()), "x" * 1700, "not-acceptable")
    check(len(re.findall(r"\d+", error_text(error))) >= 2, f"not two counts in {error_text(error)!r}")
    await refused(world, user, world.contact(world.phone()), "ж" * 900, "not-acceptable")


@scenario
async def a_body_of_100_kb_is_refused(world):
    user = await world.registered()
    await refused(world, user, world.contact(world.phone()), "y" * 100_000, "not-acceptable")
    same((await user.iq("get", world.domain, "<ping xmlns='urn:xmpp:ping'/>")).get("type"), "result", "the link afterwards")


@scenario
async def emergency_numbers_must_be_dialled(world):
    user = await world.registered()
    for number in ("911", "112"):
        await refused(world, user, world.contact(number), "help", "not-allowed", ["dial"])


@scenario
async def countries_that_are_not_listed_are_refused(world):
    user = await world.registered()
    await refused(world, user, world.contact("+442071838750"), "hello London", "not-allowed")


@scenario
async def several_recipients_in_one_address_are_refused(world):
    user = await world.registered()
    to = world.contact(f"{world.phone()},{world.phone()}")
    error = await refused(world, user, to, "hello both", "not-acceptable")
    check(error_text(error) != "", "refused without words")


@scenario
async def what_is_no_number_is_refused(world):
    user = await world.registered()
    for local in ("+1555", "+1x"):
        sent = user.text(world.contact(local), "anybody?")
        error = await user.error(sent)
        check(condition(error) in ("item-not-found", "jid-malformed", "not-acceptable"), f"{local}: {condition(error)}")


@scenario
async def alphanumeric_senders_cannot_be_answered(world):
    user = await world.registered()
    await world.simulator.inbound(user.number, "Your code is 1234", from_="ACME Bank")
    message = await user.message("the bank's text", lambda s: "1234" in (s.findtext(f"{CLIENT}body") or ""))
    sender = message.get("from").split("/")[0]
    same(sender.lower(), f"acme\\20bank@{world.domain}", "the bank's address")
    sent = user.text(sender, "thanks")
    error = await user.error(sent)
    check(error_text(error) != "", "refused without words")


@scenario
async def empty_bodies_are_not_sent(world):
    user, phone = await world.registered(), world.phone()
    user.text(world.contact(phone), "")
    sent = user.text(world.contact(phone), "behind the empty one")
    await user.receipt(sent)
    same([m["text"] for m in await world.simulator.sent(phone)], ["behind the empty one"], "texts at the provider")


@scenario
async def encrypted_only_messages_are_explained(world):
    user = await world.registered()
    omemo = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>AAAA</payload></encrypted><store xmlns='urn:xmpp:hints'/>"
    await refused(world, user, world.contact(world.phone()), None, "not-acceptable", ["encrypt"], extra=omemo)
    fallback = "I sent you an OMEMO encrypted message but your client doesn’t seem to support that."
    named = omemo + "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
    await refused(world, user, world.contact(world.phone()), fallback, "not-acceptable", ["encrypt"], extra=named)


@scenario
async def retractions_and_reactions_are_refused(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    await refused(world, user, contact, None, "feature-not-implemented",
                  extra="<reactions xmlns='urn:xmpp:reactions:0' id='abc'><reaction>👍</reaction></reactions>")
    await refused(world, user, contact, None, "feature-not-implemented",
                  extra="<retract xmlns='urn:xmpp:message-retract:1' id='abc'/>")


@scenario
async def groupchat_to_a_contact_is_refused(world):
    user = await world.registered()
    sent = user.text(world.contact(world.phone()), "hello room", kind="groupchat")
    check(condition(await user.error(sent)) is not None, "no error")
