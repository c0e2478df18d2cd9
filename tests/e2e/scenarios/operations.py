# SPDX-License-Identifier: Apache-2.0
"""What an operator does: commands, health, figures, mistakes in files (product.md, Command line)."""
import json
import re

from harness.client import body_of
from harness.process import Child, eventually
from harness.scenario import check, same, scenario

BROKEN_MAIN = """\
version: 1
data: data
admins: ops@example.org
hosts:
  main: {address: "127.0.0.1", tls: maybe, vhosts: [example.org]}
http:
  public: {listen: "127.0.0.1:8080", url: "http://127.0.0.1:8080"}
media: {max: 10 potatoes}
logging: {level: loud}
loging: {level: info}
transports: transports/*.yaml
"""
BROKEN_SMS = """\
transport: sms
domain: "sms example org"
host: mian
secret: s
region: US
quarantine: 30
registration: pol
providers:
  - {name: primary, type: twillio, numbers: ["12"]}
"""


@scenario(world="own")
async def check_config_reports_every_mistake(world):
    async with world.fresh(start=False) as gateway:
        gateway.write()
        code, said = await gateway.command("check-config")
        same(code, 0, f"check-config of a good file: {said}")
        check(gateway.hook() in said, "the webhook URL to paste is not printed")
        gateway.config_file.write_text(BROKEN_MAIN)
        (gateway.directory / "transports" / "sms.yaml").write_text(BROKEN_SMS)
        code, said = await gateway.command("check-config")
        same(code, 78, "the exit code")
        found = re.findall(r"^\S+\.yaml:\d+:\d+: \S+", said, re.M)
        check(len(found) >= 10, f"{len(found)} mistakes of at least ten: {said}")
        check("did you mean" in said, "no hint")
        check(not (gateway.directory / "data").exists(), "something was created")
        code, said_by_run = await gateway.command("run")
        same(code, 78, "the exit code of run")


@scenario
async def commands_speak_to_the_running_gateway(world):
    user, phone = await world.registered(), world.phone()
    await user.receipt(user.text(world.contact(phone), "for the records"))
    gateway = world.gateway
    for words, wanted in (
        (("status",), world.domain), (("account", "list"), user.bare), (("account", "show", user.bare), user.number),
        (("account", "show", user.number), user.bare), (("version",), "0."), (("health",), ""),
    ):
        code, said = await gateway.command(*words)
        same(code, 0, f"{' '.join(words)}: {said}")
        check(wanted in said, f"{' '.join(words)} lacks {wanted}: {said}")
    code, said = await gateway.command("account", "export", user.bare)
    check(code == 0 and "for the records" in said and user.number in json.dumps(json.loads(said)), f"export: {said[:300]}")
    code, said = await gateway.command("nonsense")
    same(code, 64, "an unknown command")


@scenario
async def suspended_and_erased_accounts(world):
    user, phone = await world.registered(), world.phone()
    same((await world.gateway.command("account", "suspend", user.bare))[0], 0, "suspend")
    await user.error(user.text(world.contact(phone), "while suspended"))
    same((await world.gateway.command("account", "resume", user.bare))[0], 0, "resume")
    await user.receipt(user.text(world.contact(phone), "and again"))
    same((await world.gateway.command("account", "erase", user.bare))[0], 0, "erase")
    code, said = await world.gateway.command("account", "list")
    check(code == 0 and user.bare not in said, "the account is still listed")


@scenario
async def the_queue_can_be_read_and_changed(world):
    user, phone = await world.registered(), world.phone()
    await world.simulator.behave(to=phone, status=429, code="20429", retry_after=600)
    sent = user.text(world.contact(phone), "waits long")
    await world.simulator.events("request")
    code, said = await world.gateway.command("queue", "list")
    same(code, 0, f"queue list: {said}")
    row = next((line for line in said.splitlines() if phone in line), "")
    found = re.search(r"\b[0-9a-hjkmnp-tv-z]{26}\b", row)
    check(found is not None, f"queue list does not show the message: {said}")
    same((await world.gateway.command("queue", "show", found.group(0)))[0], 0, "queue show")
    same((await world.gateway.command("queue", "drop", found.group(0)))[0], 0, "queue drop")
    await user.error(sent)


@scenario(world="own")
async def backup_and_restore(world):
    async with world.fresh() as gateway:
        user = await world.registered()
        copy = gateway.directory / "copy.db"
        code, said = await gateway.command("backup", str(copy))
        check(code == 0 and copy.exists(), f"backup: {said}")
        check("key" in said, "backup does not say that the key is left out")
        code, said = await gateway.command("restore", str(copy))
        check(code != 0, "restore under a running gateway")
        await gateway.stop()
        code, said = await gateway.command("restore", str(copy))
        same(code, 0, f"restore: {said}")
        await gateway.start()
        await world.again(user)
        same(await world.number_of(user), user.number, "the number after the restore")


@scenario
async def a_second_process_is_refused(world):
    gateway = world.gateway
    second = Child("second", [gateway.program, "run", "-c", gateway.config_file], gateway.directory).start()
    same(await second.ended(), 69, "the exit code")
    check(str(gateway.child.pid) in second.log(), f"the running process is not named: {second.log()}")


RESULTS = ("delivered", "unconfirmed", "failed", "expired", "duplicate", "refused")


def figures_of(text):
    """[(name, labels, value)] of the exposition format."""
    lines = re.findall(r"^sallyport_(\w+)\{(.*)\} (\S+)$", text, re.MULTILINE)
    return [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)) for name, labels, value in lines]


def of(name, figures, direction, result=None):
    """The sum over all transports; missing is 0."""
    return sum(v for n, labels, v in figures if n == name and labels.get("direction") == direction and labels.get("result") == result)


OPEN_STATES = ("queued", "attempting", "ambiguous", "accepted", "sent")


async def balanced(world):
    """The figures, when what they call open is what the store holds, and both ways something arrived."""
    text = (await world.gateway.ask("/metrics")).text
    figures = figures_of(text)
    stored = json.loads((await world.gateway.ask("/status")).text)["transports"]
    open_out = sum(row["outbound"].get(state, 0) for row in stored for state in OPEN_STATES)
    waiting = sum(row["inbox_waiting"] for row in stored)  # receipts and notices too
    ended = {d: sum(of("messages_total", figures, d, result) for result in RESULTS) for d in ("out", "in")}
    taken = {d: of("messages_total", figures, d, "taken") for d in ("out", "in")}
    arrived = all(of("messages_total", figures, d, "delivered") > 0 for d in ("out", "in"))
    is_true = taken["out"] == ended["out"] + open_out and 0 <= taken["in"] - ended["in"] <= waiting
    return text if arrived and is_true else None


@scenario
async def figures_balance(world):
    user, phone = await world.registered(), world.phone()
    await user.receipt(user.text(world.contact(phone), "counted"))
    await world.simulator.inbound(user.number, "counted too", from_=phone)
    await user.message("the text", lambda s: "counted too" in body_of(s))
    text = await eventually("the figures to balance with what is stored", lambda: balanced(world))
    names = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}
    foreign = [n for n in names if not n.startswith(("sallyport_", "process_"))]
    check(names and not foreign, f"foreign names: {sorted(foreign)[:5]}")
    for name in ("sallyport_db_query_seconds_count", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
                 "process_max_fds", "process_start_time_seconds"):
        check((await world.gateway.metric(name) or 0) > 0, f"{name} is missing or 0")
    if not hasattr(world.host, "gateway_class"):    # a gateway that is its own server has no link
        same(await world.gateway.metric("sallyport_component_connected", component=world.domain), 1, "component_connected")
        for kind in ("message", "presence", "iq"):
            check(await world.gateway.metric("sallyport_stanzas_total", direction="in", kind=kind), f"no {kind} was counted")
    for path in ("/livez", "/readyz", "/status"):
        same((await world.gateway.ask(path)).status, 200, path)
    status = (await world.gateway.ask("/status")).text
    check(TOKEN_WORD not in status and world.host.secret not in status, "a secret is in the status")


TOKEN_WORD = "simulator-token"


@scenario
async def logs_hold_no_bodies_and_no_secrets(world):
    user, phone = await world.registered(), world.phone()
    await user.receipt(user.text(world.contact(phone), "a-very-private-sentence"))
    await world.simulator.inbound(user.number, "another-private-sentence", from_=phone)
    await user.chat(world.contact(phone), "another-private-sentence")
    log = world.gateway.child.log()
    for word in ("private-sentence", TOKEN_WORD, world.host.secret):
        check(word not in log, f"«{word}» is in the log")
