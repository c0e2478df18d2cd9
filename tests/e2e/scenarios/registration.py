# SPDX-License-Identifier: Apache-2.0
"""Registration by form, by legacy fields and by assignment; the prompt for numbers (gateway.md §2.3, §2.5, §2.6)."""
from harness.client import CLIENT, condition, error_text
from harness.scenario import check, same, scenario
from harness.world import ASSIGNED

REGISTER = "{jabber:iq:register}"
DATA = "{jabber:x:data}"
GET = "<query xmlns='jabber:iq:register'/>"
REMOVE = "<query xmlns='jabber:iq:register'><remove/></query>"


@scenario
async def register_with_a_form(world):
    user = await world.user()
    asked = await user.iq("get", world.domain, GET)
    same(asked.get("type"), "result", "the question for the form")
    check(asked.find(f".//{REGISTER}instructions") is not None, "no instructions for old clients")
    check(asked.find(f".//{REGISTER}registered") is None, "a stranger is shown as registered")
    form = asked.find(f".//{DATA}x")
    check(form is not None and form.get("type") == "form", "no data form")
    fields = "".join(
        f"<field var='{f.get('var')}'><value>{f.findtext(f'{DATA}value', '')}</value></field>" for f in form.iter(f"{DATA}field")
        if f.get("var") and f.get("type") != "fixed")
    answer = await user.iq(
        "set", world.domain, f"<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>{fields}</x></query>")
    same(answer.get("type"), "result", "the submitted form")
    await world.befriend(user)


@scenario
async def register_with_legacy_fields(world):
    user = await world.user()
    answer = await user.iq("set", world.domain, "<query xmlns='jabber:iq:register'><username/><password/></query>")
    same(answer.get("type"), "result", "registration by old fields")
    await world.befriend(user)
    number = await world.number_of(user)
    check(number.startswith("+1555000"), f"the number {number} is not from the pool")


@scenario
async def registered_users_see_their_number(world):
    user = await world.registered()
    other = await world.registered()
    answer = await user.iq("get", world.domain, GET)
    check(answer.find(f".//{REGISTER}registered") is not None, "no <registered/>")
    check(user.number in "".join(answer.itertext()), "the number is not among the values")
    check(user.number != other.number, "two users got one number")


@scenario
async def registering_twice_keeps_the_number(world):
    user = await world.registered()
    await user.iq("set", world.domain, GET)
    same(await world.number_of(user), user.number, "the number after a second registration")


@scenario
async def assigned_users_need_no_form(world):
    user = await world.user("assigned")
    phone = world.phone()
    sent = user.text(world.contact(phone), "hello from an assigned number")
    message = (await world.simulator.sent(phone))[0]
    same(message["from"], ASSIGNED, "the sender at the provider")
    await user.receipt(sent)


@scenario
async def registration_for_a_contact_is_refused(world):
    user = await world.user()
    answer = await user.iq("set", world.contact(world.phone()), GET)
    check(condition(answer) in ("bad-request", "service-unavailable", "not-allowed"), f"answer: {condition(answer)}")


@scenario
async def unregister_and_forget(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    user.presence(contact, "subscribe")
    await user.presence_from(contact, "subscribed")
    same((await user.iq("set", world.domain, REMOVE)).get("type"), "result", "<remove/>")
    asked = await user.iq("get", world.domain, GET)
    check(asked.find(f".//{REGISTER}registered") is None, "still registered")
    same(condition(await user.iq("set", world.domain, REMOVE)), "registration-required", "a second <remove/>")
    sent = user.text(contact, "too late")
    same(condition(await user.error(sent)), "registration-required", "a text after unregistering")


@scenario
async def a_released_number_rests(world):
    first = await world.registered()
    same((await first.iq("set", world.domain, REMOVE)).get("type"), "result", "<remove/>")
    second = await world.registered()
    check(second.number != first.number, "a released number was given out at once")


@scenario
async def prompt_turns_what_people_type_into_addresses(world):
    user = await world.registered()
    asked = await user.iq("get", world.domain, "<query xmlns='jabber:iq:gateway'/>")
    check(asked.find(".//{jabber:iq:gateway}prompt") is not None, "no <prompt/>")
    wanted = world.contact("+15551234567")
    for typed in ("+1 555 123-4567", "(555) 123-4567", "+15551234567", wanted, "tel:+1-555-123-4567"):
        answer = await user.iq("set", world.domain, f"<query xmlns='jabber:iq:gateway'><prompt>{typed}</prompt></query>")
        same(answer.findtext(".//{jabber:iq:gateway}jid"), wanted, f"the address for «{typed}»")


@scenario
async def prompt_explains_what_it_cannot_read(world):
    user = await world.registered()
    for typed in ("", "++1", "+1555"):
        answer = await user.iq("set", world.domain, f"<query xmlns='jabber:iq:gateway'><prompt>{typed}</prompt></query>")
        check(condition(answer) in ("not-acceptable", "item-not-found") or not typed, f"«{typed}»: {condition(answer)}")
        check(error_text(answer) != "", f"«{typed}» is refused without words")


@scenario
async def strangers_are_asked_to_register(world):
    user = await world.user()
    sent = user.text(world.contact(world.phone()), "who am I?")
    error = await user.error(sent)
    same(condition(error), "registration-required", "the answer to a stranger's text")
    same(error.find(f"{CLIENT}error").get("type"), "auth", "the type of the error")
