# SPDX-License-Identifier: Apache-2.0
"""What deploy/quickstart shows once everything is built. Run that, not this."""
import asyncio
import pathlib
import shutil
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from harness.client import Client, body_of    # noqa: E402
from harness.embedded import Embedded, shown_certificate    # noqa: E402
from harness.process import listening    # noqa: E402
from harness.simulator import PHONE, Simulator    # noqa: E402
from harness.world import Programs, twilio    # noqa: E402

VHOST, DOMAIN, NUMBER = "localhost", "sms.localhost", "+15550001111"
USER, PASSWORD = "you", "quickstart"
CONTACT = f"{PHONE}@{DOMAIN}"


def say(who, text):
    print(f"  {who:<24} {text}", flush=True)


def preferred(port):
    """The port that people expect, or any other when it is taken."""
    return None if listening(port) else port


class Quickstart:
    def __init__(self, programs, directory):
        self.server = Embedded(directory / "sallyport", own_certificate=False, vhost=VHOST, domain=DOMAIN, c2s_port=preferred(5222))
        self.gateway = self.server.gateway
        self.simulator = Simulator(programs.simulator, directory / "phone", [NUMBER], port=preferred(8088),
                                   options=["--webhook", self.gateway.hook(), "--report-delay", "300"])
        self.gateway.sms.update(
            registration="assigned", assign={NUMBER: f"{USER}@{VHOST}"}, providers=[twilio(self.simulator, numbers=[NUMBER])])
        self.fingerprint = ""

    async def start(self):
        await self.simulator.start()
        await self.server.start()
        await self.server.add_account(USER, PASSWORD)
        pem, self.fingerprint = await shown_certificate(self.server.c2s_port, VHOST)
        self.server.client_ca.write_text(pem)       # our own client accepts exactly what you are asked to accept

    async def stop(self):
        for part in (self.server, self.simulator):
            await part.stop()

    async def once(self):
        """A text out, its receipt, the answer in; each step waits for the truth and fails without it."""
        user = await Client(self.server, USER, PASSWORD).login()
        print(f"\n{USER}@{VHOST} is logged in to Sallyport; {NUMBER} is their number; the phone is {PHONE}.\n", flush=True)
        user.presence(CONTACT, "subscribe")
        await user.presence_from(CONTACT, "subscribed")
        say(f"{USER}@{VHOST}", f"added the contact {CONTACT}")
        text, answer = "Hello from XMPP. Does this reach a phone?", "It does! Greetings from the phone."
        sent = user.text(CONTACT, text)
        say(f"{USER}@{VHOST}", f"→ {text}")
        there = (await self.simulator.sent(PHONE))[0]
        assert (there["text"], there["from"]) == (text, NUMBER), there
        say(f"phone {PHONE}", f"← {there['text']}   (from {there['from']})")
        await user.receipt(sent, 20)
        say(f"{USER}@{VHOST}", "✓ delivered: the phone's report became the receipt")
        hook = await self.simulator.inbound(NUMBER, answer)
        say(f"phone {PHONE}", f"→ {answer}")
        assert hook["attempts"][-1]["status"] // 100 == 2, hook
        say(f"{USER}@{VHOST}", f"← {body_of(await user.chat(CONTACT, 'Greetings'))}")
        await user.logout()
        print("\nA text crossed both ways: XMPP client → Sallyport → provider, and back by a signed webhook.", flush=True)

    def tell(self):
        port = self.server.c2s_port
        found = "" if port == 5222 else "\n              (5222 is taken here: set server and port in the client's advanced settings)"
        print(f"""
The phone {PHONE} is a page in your browser:

    {self.simulator.url}/

Log in with your own XMPP client (Gajim, Dino, Profanity …) on this machine, with an existing account:

    address     {USER}@{VHOST}
    password    {PASSWORD}
    server      127.0.0.1, port {port}, encrypted (STARTTLS){found}
    certificate made by Sallyport for itself; accept it when its SHA-256 fingerprint is
                {self.fingerprint}

Your number is {NUMBER}. Add the contact {CONTACT} and write: the text
appears on the phone. Answer there. «Make it fail» on the page shows what a failing text looks like in your client.
Say «help» to {DOMAIN} for what the gateway understands. Without a client at hand: profanity is in Debian;
    profanity   then   /connect {USER}@{VHOST} server 127.0.0.1 port {port} tls trust

Configuration, data and logs: {self.gateway.directory}. Ctrl-C ends everything.
""", flush=True)

    async def stay(self):
        """Until Ctrl-C, or until a part ends by itself."""
        self.tell()
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        parts = (self.gateway.child, self.simulator.child)
        while not ended.is_set() and all(part.running for part in parts):
            try:
                await asyncio.wait_for(ended.wait(), 0.2)
            except asyncio.TimeoutError:
                pass
        for part in parts:
            if not part.running:
                print(f"{part.name} ended by itself:\n{part.tail()}", file=sys.stderr)
        return 0 if ended.is_set() else 1


async def main():
    once = "--once" in sys.argv[1:]
    programs, directory = Programs(), ROOT / "build" / "quickstart"
    if programs.missing():
        print(f"quickstart: not built: {', '.join(programs.missing())}", file=sys.stderr)
        return 69
    shutil.rmtree(directory, ignore_errors=True)
    world = Quickstart(programs, directory)
    try:
        await world.start()
        return (await world.once() or 0) if once else await world.stay()
    except AssertionError as problem:
        print(f"quickstart: {problem}\nThe logs are in {directory}.", file=sys.stderr)
        return 1
    finally:
        await world.stop()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
