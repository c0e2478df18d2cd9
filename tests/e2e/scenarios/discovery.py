# SPDX-License-Identifier: Apache-2.0
"""What clients find out before they show us as a gateway (gateway.md §2.2, §2.11)."""
from harness.client import condition
from harness.scenario import check, same, scenario

INFO = "{http://jabber.org/protocol/disco#info}"
ITEMS = "{http://jabber.org/protocol/disco#items}"
QUERY_INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"


async def disco(client, to):
    answer = await client.iq("get", to, QUERY_INFO)
    identities = {(i.get("category"), i.get("type")) for i in answer.iter(f"{INFO}identity")}
    return answer, identities, {f.get("var") for f in answer.iter(f"{INFO}feature")}


@scenario
async def disco_of_the_gateway(world):
    user = await world.user()
    answer, identities, features = await disco(user, world.domain)
    same(answer.get("type"), "result", "disco#info of the domain")
    check(("gateway", "sms") in identities, f"no gateway/sms among {identities}")
    wanted = {"http://jabber.org/protocol/disco#info", "jabber:iq:gateway", "jabber:iq:register", "vcard-temp", "urn:xmpp:ping",
              "jabber:iq:version", "jabber:iq:last", "urn:xmpp:time", "jid\\20escaping"}
    same(wanted - features, set(), "features that are missing")
    items = await user.iq("get", world.domain, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    same(items.get("type"), "result", "disco#items of the domain")
    check(not [i for i in items.iter(f"{ITEMS}item") if "+1" in i.get("jid", "")], "contacts are shown to a stranger")


@scenario
async def disco_of_a_contact(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    answer, identities, features = await disco(user, contact)
    same(answer.get("type"), "result", "disco#info of a contact")
    check(("account", "registered") in identities or any(c == "client" for c, _ in identities), f"identities: {identities}")
    check("urn:xmpp:receipts" in features, "receipts are not announced")
    for promise in ("urn:xmpp:reactions:0", "urn:xmpp:message-retract:1", "eu.siacs.conversations.axolotl.devicelist+notify"):
        check(promise not in features, f"{promise} is announced, but texts cannot do it")


@scenario
async def disco_of_a_contact_by_a_stranger(world):
    user = await world.user()
    answer, _, _ = await disco(user, world.contact(world.phone()))
    same(condition(answer), "registration-required", "the answer")


@scenario
async def the_host_lists_the_gateway(world):
    user = await world.user()
    answer = await user.iq("get", world.host.vhost, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    check(world.domain in {i.get("jid") for i in answer.iter(f"{ITEMS}item")}, "the host's disco#items lack the domain")


@scenario
async def encryption_lists_are_answered_at_once(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    for node in ("eu.siacs.conversations.axolotl.devicelist", "urn:xmpp:omemo:2:devices"):
        answer = await user.iq("get", contact, f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'/></pubsub>", 3)
        same(condition(answer), "item-not-found", f"the answer for {node}")


@scenario
async def unknown_questions_are_answered(world):
    user = await world.registered()
    for to in (world.domain, world.contact(world.phone())):
        for kind in ("get", "set"):
            answer = await user.iq(kind, to, "<query xmlns='urn:example:nobody-knows'/>")
            same(condition(answer), "service-unavailable", f"{kind} to {to}")
    node = "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:example:nowhere'/>"
    same(condition(await user.iq("get", world.domain, node)), "item-not-found", "an unknown node")


@scenario
async def vcard_version_ping_last_time(world):
    user = await world.registered()
    contact = world.contact(world.phone())
    for to in (world.domain, contact):
        vcard = await user.iq("get", to, "<vCard xmlns='vcard-temp'/>")
        same(vcard.get("type"), "result", f"vCard of {to}")
        same((await user.iq("get", to, "<ping xmlns='urn:xmpp:ping'/>")).get("type"), "result", f"ping of {to}")
    check(contact.split("@")[0] in "".join((await user.iq("get", contact, "<vCard xmlns='vcard-temp'/>")).itertext()),
          "the contact's vCard lacks the number")
    version = await user.iq("get", world.domain, "<query xmlns='jabber:iq:version'/>")
    check("sallyport" in version.findtext(".//{jabber:iq:version}name", "").lower(), "the version names somebody else")
    last = await user.iq("get", world.domain, "<query xmlns='jabber:iq:last'/>")
    check(last.find("{jabber:iq:last}query").get("seconds", "").isdigit(), "last has no seconds")
    time = await user.iq("get", world.domain, "<time xmlns='urn:xmpp:time'/>")
    check(time.findtext(".//{urn:xmpp:time}utc", "").endswith("Z"), "time has no utc")
