# SPDX-License-Identifier: Apache-2.0
"""Logins of the time before SCRAM by what is not ours: DIGEST-MD5 and CRAM-MD5 by slixmpp, XEP-0078 by hand (slixmpp 1.8's is broken)."""
import asyncio
import logging

from compression import Secure

for noisy in ("slixmpp", "slixmpp.xmlstream", "slixmpp.stringprep"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)
import slixmpp    # noqa: E402  (it complains while it is imported)

PATIENCE = 20


async def by_slixmpp(port, jid, password, mechanism, ca):
    """"MECHANISM online ADDRESS", or what became of it."""
    client = slixmpp.ClientXMPP(jid, password, sasl_mech=mechanism)
    client.ca_certs = str(ca)
    client.auto_reconnect = False
    told = asyncio.get_running_loop().create_future()

    def tell(text):
        if not told.done():
            told.set_result(text)
    client.add_event_handler("session_start", lambda _: tell(f"{client['feature_mechanisms'].mech.name} online {client.boundjid}"))
    client.add_event_handler("failed_all_auth", lambda _: tell("refused"))
    client.add_event_handler("disconnected", lambda _: tell("disconnected"))
    client.connect(("127.0.0.1", port), force_starttls=True)
    try:
        return await asyncio.wait_for(told, PATIENCE)
    except asyncio.TimeoutError:
        return "nothing happened"
    finally:
        client.abort()


def by_iq(port, vhost, password):
    """What XEP-0078 answers to juliet; behind a login also what a ping does."""
    stream = Secure(port, vhost)
    with stream.link:
        if b"http://jabber.org/features/iq-auth" not in stream.before:
            return "not offered"
        stream.link.sendall(b"<iq type='get' id='get'><query xmlns='jabber:iq:auth'/></iq>")
        fields = stream.until(b"</iq>")
        assert b"<password/>" in fields and b"<digest/>" not in fields, fields
        stream.link.sendall(f"<iq type='set' id='set'><query xmlns='jabber:iq:auth'><username>juliet</username><password>{password}"
                            "</password><resource>old</resource></query></iq>".encode())
        said = stream.until(b"/>")
        if b"type='result'" not in said:
            return said.decode()
        stream.link.sendall(f"<iq type='get' id='ping' to='{vhost}'><ping xmlns='urn:xmpp:ping'/></iq>".encode())
        return "online" if b"type='result'" in stream.until(b"id='ping'") else "no answer to a ping"
