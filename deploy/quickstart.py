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
from harness.gateway import Gateway    # noqa: E402
from harness.hosts import Prosody    # noqa: E402
from harness.process import listening    # noqa: E402
from harness.simulator import PHONE, Simulator    # noqa: E402
from harness.world import Programs, twilio    # noqa: E402

VHOST, DOMAIN, NUMBER = "localhost", "sms.localhost", "+15550001111"
USER, PASSWORD = "you", "quickstart"
CONTACT = f"{PHONE}@{DOMAIN}"


def say(who, text):
    print(f"  {who:<24} {text}", flush=True)


class Quickstart:
    def __init__(self, programs, directory, terminal):
        free = not listening(5222)
        self.host = Prosody(directory / "prosody", VHOST, DOMAIN, c2s_port=5222 if free else None)
        self.host.encrypted = True
        self.gateway = Gateway(programs.sallyport, directory / "sallyport", self.host)
        self.simulator = Simulator(programs.simulator, directory / "simulator", [NUMBER], terminal=terminal,
                                   options=["--webhook", self.gateway.hook(), "--report-delay", "300"])
        self.gateway.sms.update(
            registration="assigned", assign={NUMBER: f"{USER}@{VHOST}"}, providers=[twilio(self.simulator, numbers=[NUMBER])])

    async def start(self):
        """The phone comes last: from then on its lines share the terminal."""
        await self.host.start()
        await self.host.add_account(USER, PASSWORD)
        await self.gateway.start(ready=False)
        await self.gateway.ready()

    async def stop(self):
        for part in (self.simulator, self.gateway, self.host):
            await part.stop()

    async def once(self):
        """A text out, its receipt, the answer in; each step waits for the truth and fails without it."""
        await self.simulator.start()
        user = await Client(self.host, USER, PASSWORD).login()
        print(f"\n{USER}@{VHOST} is logged in to Prosody; {NUMBER} is their number; the phone is {PHONE}.\n", flush=True)
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
        print("\nA text crossed both ways: XMPP client → Prosody → Sallyport → provider, and back by a signed webhook.", flush=True)

    async def stay(self):
        """Until Ctrl-C, or until the phone hangs up."""
        print(f"""
Log in with your own XMPP client (Gajim, Dino, Conversations …) on this machine:

    address   {USER}@{VHOST}        password  {PASSWORD}
    server    127.0.0.1            port      {self.host.c2s_port}      (the certificate is self-made: accept it)

Then write to the contact   {CONTACT}   or say «help» to {DOMAIN}.
Your number is {NUMBER}. This terminal is the phone {PHONE}: type a line to answer, /help shows how to make things fail.
Logs, configuration and data: {self.gateway.directory}. Ctrl-C ends everything.
""", flush=True)
        await self.simulator.start()
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        while not ended.is_set() and self.simulator.child.running and self.gateway.child.running:
            try:
                await asyncio.wait_for(ended.wait(), 0.2)
            except asyncio.TimeoutError:
                pass
        if not self.gateway.child.running:
            print(f"sallyport ended by itself:\n{self.gateway.child.tail()}", file=sys.stderr)
            return 1
        return 0


async def main():
    once = "--once" in sys.argv[1:]
    programs, directory = Programs(), ROOT / "build" / "quickstart"
    if programs.missing():
        print(f"quickstart: not built: {', '.join(programs.missing())}", file=sys.stderr)
        return 69
    shutil.rmtree(directory, ignore_errors=True)
    world = Quickstart(programs, directory, terminal=not once and sys.stdin.isatty())
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
