# SPDX-License-Identifier: Apache-2.0
"""profanity in a terminal: STARTTLS, the certificate shown to the person, who trusts it."""
import asyncio
import pathlib
import tempfile

from common import ok, task
from terminal import Terminal


class Stack:
    def __init__(self, todo, folder):
        self.todo, self.folder = todo, folder
        self.terminal = Terminal(folder, ["profanity"], {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)})

    def type(self, line):
        self.terminal.type(line)

    async def login(self):
        self.type(f"/connect {self.todo.jid} server {self.todo.host} port {self.todo.port} tls trust")
        await self.terminal.see("Enter password:")
        self.type(self.todo.password)
        await self.terminal.see("logged in successfully")

    async def talk(self, text):
        self.type(f"/msg {self.todo.peer} {text}")
        await self.terminal.see(f"echo: {text}")

    async def run(self):
        await self.terminal.see("Profanity", "profanity")
        await self.login()
        ok("login")
        await self.talk("profanity says hello")
        ok("message")
        self.type("/win 1")
        self.type(f"/roster add {self.todo.peer} Peer")
        await self.terminal.see("Roster item added", "Peer")
        self.type("/roster")
        await self.terminal.see("Peer")
        ok("roster")
        self.type("/disconnect")
        await self.terminal.see("logged out successfully")
        self.type("/clear")
        await self.login()
        await self.talk("profanity is back")
        ok("reconnect", "new")


async def main():
    with tempfile.TemporaryDirectory(prefix="sallyport-profanity-") as folder:
        stack = Stack(task(), pathlib.Path(folder))
        try:
            await stack.run()
        finally:
            stack.terminal.close()


asyncio.run(main())
