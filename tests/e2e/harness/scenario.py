# SPDX-License-Identifier: Apache-2.0
"""The table of scenarios and the loop that runs them against one host."""
import asyncio
import time
import traceback

TABLE = []      # (name, function, hosts) in the order of definition
LIMIT = 120.0   # seconds for one scenario


def scenario(function=None, *, hosts=("prosody", "ejabberd", "embedded"), world="shared"):
    """Registers a scenario; its name is the function's. `world="own"`: it starts its own gateway by world.fresh()."""
    def register(f):
        TABLE.append((f.__name__, f, hosts, world))
        return f
    return register(function) if function else register


def check(condition, message):
    """An assertion that says what was wrong in the user's words."""
    if not condition:
        raise AssertionError(message)


def same(found, wanted, what):
    check(found == wanted, f"{what}: {found!r} instead of {wanted!r}")


class Report:
    """One line per scenario and host, a table, and the last line that tests/run reads."""

    def __init__(self, verbose=False):
        self.results, self.verbose = {}, verbose

    def add(self, name, host, seconds, failure=None):
        self.results.setdefault(name, {})[host] = failure is None
        if failure is None:
            print(f"ok {name} {host}" + (f" ({seconds:.1f} s)" if self.verbose else ""), flush=True)
            return
        lines = str(failure).strip().splitlines() or [type(failure).__name__]
        print(f"FAIL {name} {host}: {lines[0]}", flush=True)
        for line in lines[1:]:
            print(f"     {line}", flush=True)

    def finish(self, hosts):
        width = max([len(name) for name in self.results] + [8])
        if len(hosts) > 1:
            print(f"\n{'scenario':<{width}}  " + "  ".join(f"{host:<8}" for host in hosts))
            for name, row in self.results.items():
                words = ["-" if host not in row else "ok" if row[host] else "FAIL" for host in hosts]
                print(f"{name:<{width}}  " + "  ".join(f"{word:<8}" for word in words))
        flat = [ok for row in self.results.values() for ok in row.values()]
        print(f"{flat.count(True)} passed, {flat.count(False)} failed", flush=True)
        return 0 if flat and all(flat) else 1


async def attempt(world, function, kind):
    """Runs a scenario; returns why it failed, or nothing."""
    try:
        if kind == "shared":
            await world.shared()
        await asyncio.wait_for(function(world), LIMIT)
        return None
    except asyncio.TimeoutError:
        return AssertionError(f"not done within {LIMIT:g} s")
    except AssertionError as problem:
        return AssertionError(f"{problem or 'assertion'}{where(problem)}")
    except Exception as problem:    # a fault of the scenario itself is a failure with its place, not the end of the run
        return AssertionError(f"{type(problem).__name__}: {problem}\n{traceback.format_exc()}")
    finally:
        await world.end_scenario()


async def run_one(world, name, function, kind, report):
    """A failed scenario is tried once more, and both results are printed: the neighbours are real, and a machine that
    stands still for ten seconds must not look like a fault. What fails twice has failed."""
    start = time.monotonic()
    failure = await attempt(world, function, kind)
    if failure:
        print(f"again {name} {world.host.name}: {str(failure).splitlines()[0][:200]}", flush=True)
        failure = await attempt(world, function, kind)
    report.add(name, world.host.name, time.monotonic() - start, failure)


def where(problem):
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if "scenarios" in f.filename]
    return f"\n(line {frames[-1].lineno} of {frames[-1].filename.rsplit('/', 1)[1]})" if frames else ""


async def run_host(world, chosen, report):
    """All chosen scenarios on one world; a host that does not start fails them all."""
    try:
        await world.start()
    except Exception as problem:
        for name, _, hosts, _ in chosen:
            if world.host.name in hosts:
                report.add(name, world.host.name, 0, problem)
        await world.stop()
        return
    try:
        for name, function, hosts, kind in chosen:
            if world.host.name in hosts:
                await run_one(world, name, function, kind, report)
    finally:
        await world.stop()
