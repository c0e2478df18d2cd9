# SPDX-License-Identifier: Apache-2.0
"""The provider simulator as a child, driven over its control endpoint (tests/simulator/README.md)."""
import json
import urllib.parse

from .http import http
from .process import Child, eventually, free_port, listening

PHONE = "+15551234567"


class Simulator:
    """`terminal=True`: it takes this terminal, which then is the phone."""

    def __init__(self, program, directory, numbers, provider="twilio", options=(), terminal=False, port=None):
        self.directory, self.numbers, self.terminal = directory, list(numbers), terminal
        self._since = 0     # the log outlives a reset: events before it are not ours
        self.log_file = directory / "simulator.jsonl"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.child = Child("simulator", [
            program, "--listen", f"127.0.0.1:{self.port}", "--provider", provider, "--log", self.log_file,
            *[word for number in self.numbers for word in ("--number", number)],
            *([] if terminal else ["--headless"]), *options,
        ], directory, foreground=terminal)

    async def start(self):
        self.child.start()

        def up():
            assert self.child.running, f"the simulator ended: {self.child.tail()}"
            return listening(self.port)
        await eventually("the simulator to listen", up)
        return self

    async def stop(self):
        await self.child.stop()

    async def _call(self, method, path, value=None, seconds=60):
        answer = await http(method, self.url + "/_sim" + path, None if value is None else json.dumps(value).encode(),
                            {"Content-Type": "application/json"}, seconds)
        assert answer.status == 200, f"simulator {path}: {answer.status} {answer.text}"
        return answer.json()

    async def behave(self, **rule):
        return await self._call("POST", "/behave", rule)

    async def inbound(self, to, text=None, from_=PHONE, **more):
        """A text from the phone; answers when its webhook is done: {"id", "attempts"}."""
        value = {"from": from_, "to": to, **more}
        if text is not None:
            value["text"] = text
        return await self._call("POST", "/inbound", value)

    async def report(self, message_id, state, **more):
        return await self._call("POST", "/report", {"id": message_id, "state": state, **more})

    async def release(self):
        return await self._call("POST", "/release", {})

    async def messages(self, count=None, seconds=20, **filters):
        """Messages as the provider knows them; with `count` it waits until there are so many."""
        query = {**filters, **({"count": count, "timeout_ms": int(seconds * 1000)} if count else {})}
        found = (await self._call("GET", "/messages?" + urllib.parse.urlencode(query)))["messages"]
        if count:
            assert len(found) >= count, f"the provider has {len(found)} of {count} messages for {filters}: {found}"
        return found

    async def sent(self, to, count=1, **filters):
        """Texts that the gateway gave to the provider for this phone; waits until there are `count`."""
        return await self.messages(count, to=to, direction="out", **filters)

    async def events(self, event, count=1, seconds=20):
        """The events of this kind since the last reset; waits until there are `count`."""
        found = (await self._call(
            "GET", f"/events?event={event}&count={count}&after={self._since}&timeout_ms={int(seconds * 1000)}"))["events"]
        assert len(found) >= count, f"the simulator saw {len(found)} of {count} events «{event}»"
        return found

    async def config(self, **changes):
        return await self._call("POST", "/config", changes) if changes else await self._call("GET", "/config")

    async def media(self, name, kind, base64):
        return await self._call("POST", "/media", {"name": name, "type": kind, "base64": base64})

    async def reset(self):
        await self._call("POST", "/reset", {})
        events = (await self._call("GET", f"/events?after={self._since}"))["events"]
        self._since = events[-1]["seq"] if events else self._since
