# SPDX-License-Identifier: Apache-2.0
"""A program in a terminal of its own (tmux): keys go in, what stands on the screen comes out."""
import asyncio
import os
import subprocess
import time


class Terminal:
    def __init__(self, folder, argv, env, columns=160, rows=60):
        self.socket = folder / "tmux"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), *argv,
                  env={**os.environ, **env, "TERM": "xterm-256color"})

    def tmux(self, *words, env=None):
        done = subprocess.run(["tmux", "-S", self.socket, *words], env=env, capture_output=True, text=True, timeout=10, check=False)
        return done.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p", "-S", "-2000")

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    async def see(self, *words, seconds=15):
        """Waits until one of the words stands on the screen, and returns it."""
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            for word in words:
                if word in screen:
                    return word
            if time.monotonic() > end:
                raise AssertionError(f"waited for {words}; the screen:\n{screen.strip()[-1200:]}")
            await asyncio.sleep(0.05)

    def close(self):
        self.tmux("kill-server")
