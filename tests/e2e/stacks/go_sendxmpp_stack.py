# SPDX-License-Identifier: Apache-2.0
"""go-sendxmpp: one process listens, others send; each is a login of its own."""
import asyncio

from common import none, ok, task

PATIENCE = 15


class Stack:
    def __init__(self, todo):
        self.todo, self.listener = todo, None

    def argv(self, *words):
        todo = self.todo
        return ["go-sendxmpp", "-u", todo.jid, "-p", todo.password, "-j", f"{todo.host}:{todo.port}", *words]

    async def listen(self):
        self.listener = await asyncio.create_subprocess_exec(*self.argv("-l"), stdout=asyncio.subprocess.PIPE)

    async def send(self, text):
        sender = await asyncio.create_subprocess_exec(*self.argv(self.todo.peer), stdin=asyncio.subprocess.PIPE)
        await asyncio.wait_for(sender.communicate(text.encode()), PATIENCE)
        assert sender.returncode == 0, f"go-sendxmpp ended with {sender.returncode}"

    async def read_until(self, text):
        while f"echo: {text}" not in (line := (await self.listener.stdout.readline()).decode()):
            assert line, "the listener ended"

    async def talk(self, text):
        """A listener does not say when it is there, and a sender takes what comes while it lasts: so until it is heard."""
        hearing = asyncio.create_task(self.read_until(text))
        for _ in range(PATIENCE):
            await self.send(text)
            done, _ = await asyncio.wait({hearing}, timeout=1)
            if done:
                return await hearing
        hearing.cancel()
        raise AssertionError(f"no answer to {text}")

    async def stop(self):
        if self.listener and self.listener.returncode is None:
            self.listener.terminate()
            await self.listener.wait()

    async def run(self):
        await self.listen()
        await self.send("go logs in")
        ok("login")
        await self.talk("go says hello")
        ok("message")
        none("roster", "it has no command for it")
        await self.stop()
        await self.listen()
        await self.talk("go is back")
        ok("reconnect", "new")


async def main():
    stack = Stack(task())
    try:
        await stack.run()
    finally:
        await stack.stop()


asyncio.run(main())
