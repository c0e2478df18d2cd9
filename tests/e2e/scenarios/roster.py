# SPDX-License-Identifier: Apache-2.0
"""Contacts come and go without loops (gateway.md §2.0, §2.5)."""
from harness.client import CLIENT, STANZAS, bare, condition, sender
from harness.scenario import check, scenario, same


def presences(client, jid, kind):
    return client.unexpected(lambda s: s.tag == f"{CLIENT}presence" and bare(sender(s)) == jid and s.get("type") == kind)


@scenario
async def adding_a_contact(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    user.presence(contact, "subscribe")
    await user.presence_from(contact, "subscribed")
    await user.presence_from(contact)


@scenario
async def a_number_typed_otherwise_is_led_to_its_contact(world):
    user = await world.registered()
    phone = world.phone()
    typed = f"{phone[2:]}@{world.domain}"    # without +1
    user.presence(typed, "subscribe")
    refused = await user.presence_from(typed, "error")
    gone = refused.find(f"{CLIENT}error/{STANZAS}gone")
    check(gone is not None and world.contact(phone) in (gone.text or "").replace("%2B", "+"), "no <gone/> with the canonical address")
    await user.presence_from(world.contact(phone), "subscribe")


@scenario
async def texts_to_a_number_typed_otherwise_are_led_to_its_contact(world):
    user = await world.registered()
    phone = world.phone()
    sent = user.text(f"{phone[2:]}@{world.domain}", "hello")
    error = await user.error(sent)
    same(condition(error), "gone", "the answer")
    check(world.contact(phone) in (error.findtext(f"{CLIENT}error/{STANZAS}gone") or "").replace("%2B", "+"), "no canonical address")


@scenario
async def what_is_no_number_is_no_contact(world):
    user = await world.registered()
    for local in ("+1555", "+0000"):
        user.presence(world.contact(local), "subscribe")
        refused = await user.presence_from(world.contact(local), "error")
        check(condition(refused) in ("jid-malformed", "item-not-found", "not-acceptable"), f"{local}: {condition(refused)}")


@scenario
async def a_stranger_cannot_add_contacts(world):
    user = await world.user()
    contact = world.contact(world.phone())
    user.presence(contact, "subscribe")
    same(condition(await user.presence_from(contact, "error")), "registration-required", "the answer")


@scenario
async def removing_a_contact_ends_quietly(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    user.presence(contact, "subscribe")
    await user.presence_from(contact, "subscribed")
    user.send("<iq type='set' id='rm'><query xmlns='jabber:iq:roster'>"
              f"<item jid='{contact}' subscription='remove'/></query></iq>")
    await user.expect("the roster's answer", lambda s: s.tag == f"{CLIENT}iq" and s.get("id") == "rm")
    await user.settled(world.domain)
    await user.settled(contact)
    for kind in ("subscribe", "subscribed"):
        check(not presences(user, contact, kind), f"{kind} after the contact was removed")


@scenario
async def answers_to_subscriptions_start_no_loops(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    user.presence(contact, "subscribe")
    await user.presence_from(contact, "subscribed")
    for kind in ("subscribed", "unsubscribed", "subscribed", "unsubscribed"):
        user.presence(contact, kind)
        await user.settled(contact)
    check(not presences(user, contact, "subscribed"), "`subscribed` was answered")
    check(not presences(user, contact, "unsubscribed"), "`unsubscribed` was answered")
    check(len(presences(user, contact, "subscribe")) <= 1, "the contact asks again and again")


@scenario
async def a_probe_is_answered_by_who_is_known(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    user.presence(contact, "subscribe")
    await user.presence_from(contact, "subscribed")
    await user.presence_from(contact)
    await user.logout()
    again = await world.device(user)
    await again.presence_from(contact)
    await again.presence_from(world.domain)
