# SPDX-License-Identifier: Apache-2.0
"""Child processes that always end with us, free loopback ports, waiting without sleeping blindly."""
import asyncio
import atexit
import ctypes
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]

_children = []
_taken = set()
_dice = random.SystemRandom()


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on, never given twice by this process.

    Below the kernel's ephemeral range: else somebody's outgoing connection may take it before a slow server listens."""
    while True:
        port = _dice.randrange(12000, 32000)
        if port in _taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _taken.add(port)
        return port


async def eventually(what, check, seconds=15.0, pause=0.02):
    """Polls `check` until it returns something true; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(pause)


def listening(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_us():
    """In the child: end when the tests are killed without a chance to clean up (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Child:
    """One child process; its output goes to a file, and it is stopped by its own process id."""

    def __init__(self, name, argv, directory, env=None, foreground=False):
        """`foreground`: it shares our terminal; else it reads nothing, writes to a file and stands apart from Ctrl-C."""
        self.name, self.argv, self.directory, self.env = name, [str(a) for a in argv], pathlib.Path(directory), env
        self.foreground = foreground
        self.log_path = self.directory / f"{name}.out"
        self.process = None

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, cwd=self.directory, env={**os.environ, **(self.env or {})},
                stdin=None if self.foreground else subprocess.DEVNULL, stdout=None if self.foreground else log, stderr=log,
                start_new_session=not self.foreground, preexec_fn=_die_with_us,
            )
        _children.append(self)
        return self

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        if self.running:
            self.process.send_signal(number)

    async def ended(self, seconds=15.0):
        """Waits for the end and returns the exit code (negative: the signal)."""
        await eventually(f"{self.name} to end", lambda: not self.running, seconds)
        return self.process.returncode

    async def stop(self, number=signal.SIGTERM, seconds=15.0):
        """Asks for the end and insists after `seconds`; returns the exit code."""
        if self.process is None:
            return None
        self.send(number)
        try:
            return await self.ended(seconds)
        except AssertionError:
            self.send(signal.SIGKILL)
            return await self.ended(5)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def tail(self, lines=25):
        return "\n".join(self.log().splitlines()[-lines:])


for _number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, lambda number, _: sys.exit(128 + number))


@atexit.register
def stop_all():
    """Whatever happens, nothing of ours outlives us."""
    left = [child for child in _children if child.running]
    for child in left:
        child.send(signal.SIGTERM)
    end = time.monotonic() + 3
    for child in left:
        while child.running and time.monotonic() < end:
            time.sleep(0.02)
        child.send(signal.SIGKILL)
