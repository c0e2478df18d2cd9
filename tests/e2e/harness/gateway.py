# SPDX-License-Identifier: Apache-2.0
"""Sallyport itself as a child: configuration files as an operator would write them, start, signals, readiness."""
import asyncio
import copy
import json
import signal
import subprocess

from .http import http
from .process import Child, eventually, free_port


def yaml(value, indent=0):
    """Nested mappings as block YAML; leaves and lists in flow form (JSON is YAML)."""
    lines = []
    for key, item in value.items():
        name = json.dumps(key) if not key.replace("_", "").isalnum() else key
        if isinstance(item, dict) and item:
            lines.append(" " * indent + f"{name}:")
            lines.append(yaml(item, indent + 2))
        else:
            lines.append(" " * indent + f"{name}: {json.dumps(item, ensure_ascii=False)}")
    return "\n".join(lines)


def merge(base, changes):
    """A deep copy of `base` with `changes` laid over it; None removes a key."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


class Gateway:
    """One data directory and its process. `main` and `sms` are the two files' contents."""

    def __init__(self, program, directory, host, main=None, sms=None):
        self.program, self.directory, self.host = program, directory, host
        self.public, self.admin = free_port(), free_port()
        self.secret = host.secret
        self.main = merge(self._main_defaults(), main or {})
        self.sms = merge(self._sms_defaults(), sms or {})
        self.child = None

    def _main_defaults(self):
        return {
            "version": 1,
            "data": "data",
            "admins": [f"ops@{self.host.vhost}"],
            "hosts": {"main": {"address": f"127.0.0.1:{self.host.component_port}", "tls": "off", "vhosts": [self.host.vhost]}},
            "http": {
                "public": {"listen": f"127.0.0.1:{self.public}", "url": f"http://127.0.0.1:{self.public}"},
                "admin": {"listen": f"127.0.0.1:{self.admin}"},
            },
            "media": {"trust": ["127.0.0.0/8"]},
            "logging": {"level": "debug", "format": "text"},
            "transports": "transports/*.yaml",
        }

    def _sms_defaults(self):
        return {
            "transport": "sms", "domain": self.host.domain, "host": "main", "secret_file": "secret", "name": "SMS",
            "region": "US", "countries": ["US", "CA"], "registration": "pool",
        }

    @property
    def config_file(self):
        return self.directory / "sallyport.yaml"

    @property
    def database(self):
        return self.directory / "data" / "sallyport.db"

    def write(self):
        folder = self.directory / "transports"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "secret").write_text(self.secret + "\n")
        (folder / "secret").chmod(0o600)
        self.config_file.write_text(yaml(self.main) + "\n")
        (folder / "sms.yaml").write_text(yaml(self.sms) + "\n")

    def hook(self, provider="primary", kind="inbound"):
        return f"http://127.0.0.1:{self.public}/hook/{self.host.domain}/{provider}/{kind}"

    def launch(self):
        self.write()
        self.child = Child("sallyport", [self.program, "run", "-c", self.config_file], self.directory).start()

    async def start(self, ready=True):
        self.launch()
        if ready:
            await self.ready()
        return self

    async def ready(self, wanted=True, seconds=30):
        """Waits until /readyz says yes (or no)."""
        async def check():
            assert self.child.running, f"sallyport ended with {self.child.process.returncode}:\n{self.child.tail(6)}"
            answer = await self.ask("/readyz")
            return answer.status == 200 if wanted else answer.status not in (0, 200)
        await eventually("sallyport to be " + ("ready" if wanted else "unready"), check, seconds)

    async def ask(self, path):
        return await http("GET", f"http://127.0.0.1:{self.admin}{path}")

    async def metric(self, name, **labels):
        """The sum of a metric's rows that carry these labels."""
        total, seen = 0.0, False
        for line in (await self.ask("/metrics")).text.splitlines():
            if line.startswith("#") or line.split("{")[0].split(" ")[0] != name:
                continue
            if all(f'{key}="{value}"' in line for key, value in labels.items()):
                total, seen = total + float(line.rsplit(" ", 1)[1]), True
        return total if seen else None

    async def stop(self, number=signal.SIGTERM, seconds=25):
        if self.child is None:
            return None
        return await self.child.stop(number, seconds)

    async def kill(self):
        self.child.send(signal.SIGKILL)
        await self.child.ended()

    def reload(self):
        """Writes the files and sends SIGHUP."""
        self.write()
        self.child.send(signal.SIGHUP)

    async def command(self, *words, stdin=None):
        """`sallyport WORDS -c FILE`: (exit code, output)."""
        def run():
            done = subprocess.run([self.program, *words, "-c", self.config_file], cwd=self.directory, input=stdin,
                                  capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stdout + done.stderr
        return await asyncio.to_thread(run)
