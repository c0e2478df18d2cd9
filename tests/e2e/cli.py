#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line against the real program, without any XMPP server: tests/e2e/cli.py [--build DIR] [-v] [PATTERN…]

Each test has a folder of its own with a configuration, and starts the gateway itself where it needs one.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.process import ROOT, Child, free_port    # noqa: E402

OK, USAGE, UNAVAILABLE, INTERNAL, PERMISSION, CONFIGURATION = 0, 64, 69, 70, 77, 78
NUMBER, OTHER, USER, DOMAIN = "+15550001111", "+15550002222", "alice@example.org", "sms.example.org"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Desk:
    """An operator's folder, with the program at hand. The host that the files name is not there: links keep trying."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.public, self.child = free_port(), None
        self.config, self.data = folder / "sallyport.yaml", folder / "data"
        self.database = self.data / "sallyport.db"
        self.write()

    def write(self, extra="", sms_extra=""):
        (self.folder / "transports").mkdir(exist_ok=True)
        self.config.write_text(
            f"version: 1\ndata: data\nadmins: [ops@example.org]\n"
            f"hosts: {{main: {{address: '127.0.0.1:{free_port()}', vhosts: [example.org]}}}}\n"
            f"http: {{public: {{listen: '127.0.0.1:{self.public}', url: 'https://gw.example.org'}}}}\n{extra}")
        (self.folder / "transports/sms.yaml").write_text(
            f"transport: sms\ndomain: {DOMAIN}\nhost: main\nsecret: s\nregion: US\ncountries: [US]\nregistration: pool\n"
            f"providers:\n  - {{name: primary, type: twilio, base_url: 'http://127.0.0.1:1', numbers: ['{NUMBER}', '{OTHER}'],\n"
            f"     credentials: {{account_sid: AC00000000000000000000000000000000, auth_token: t}}}}\n{sms_extra}")

    def run(self, *words, code=OK, **how):
        """One command; its exit code is checked. Returns (standard output, standard error)."""
        done = subprocess.run([self.program, *words, "-c", self.config], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False, **how)
        check(done.returncode == code, f"{' '.join(words)} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def start(self):
        self.child = Child("sallyport", [self.program, "run", "-c", self.config], self.folder).start()
        self.wait("the control socket", lambda: (self.data / "control.sock").exists() and self.answers())
        return self

    def answers(self):
        done = subprocess.run([self.program, "status", "-c", self.config], capture_output=True, check=False, timeout=60)
        return done.returncode == OK and b"process" in done.stdout

    def wait(self, what, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            check(self.child.running, f"the gateway ended with {self.child.process.returncode}:\n{self.child.tail()}")
            check(time.monotonic() < end, f"{what}: not within {seconds} s")
            time.sleep(0.05)

    def stop(self, number=signal.SIGTERM):
        if self.child and self.child.running:
            self.child.send(number)
            self.child.process.wait(30)
        return self.child.process.returncode if self.child else None

    def seed(self):
        """A database with alice's registration and two of her messages; made by the program, filled by hand."""
        self.start().run("account", "assign", NUMBER, USER)
        self.stop()
        return self

    def put_message(self, ident, state=0):
        now = int(time.time() * 1000)
        with sqlite3.connect(self.database) as db:
            columns = {row[1]: (b"" if row[2] == "BLOB" else "" if row[2] == "TEXT" else 0) for row in db.execute("PRAGMA table_info(outbox)")}
            user_key, lane = USER_KEY(db), 1
            columns.update(row=None, id=ident, user_key=user_key, lane=lane, state=state, blocking=1 if state == 0 else 0,
                           due=now + 3600_000 if state == 0 else None, sweep_at=now + 86400_000, account=1, accepted_at=now,
                           deadline=now + 86400_000, changed_at=now, transport=DOMAIN, user=USER, own=NUMBER,
                           peer="+15551234567", from_full=USER + "/phone", stanza_id="s1", payload=b"")
            db.execute(f"INSERT INTO outbox ({','.join(columns)}) VALUES ({','.join('?' * len(columns))})", list(columns.values()))
        db.close()


def USER_KEY(db):
    """The program's own hash of alice: that of the inbox row that greeted her."""
    return db.execute("SELECT user_key FROM inbox WHERE user = ? LIMIT 1", (USER,)).fetchone()[0]


@test
def version_and_help_end_well(desk):
    check(desk.run("version")[0].startswith("sallyport "), "no version")
    for words in ([], ["account"], ["queue"], ["backup"], ["restore"], ["health"], ["status"], ["init"], ["run"], ["check-config"]):
        out, _ = desk.run(*words, "--help")
        check("Usage: sallyport" in out, f"no usage in {out!r}")


@test
def wrong_words_are_told_apart(desk):
    for words in (["nonsense"], ["account"], ["account", "sell"], ["account", "show"], ["queue", "show"], ["queue", "list", "--bad"],
                  ["backup"], ["restore"], ["restore", "a", "b"]):
        check(desk.run(*words, code=USAGE)[1], f"{words}: nothing was said")


@test
def check_config_tells_what_to_paste(desk):
    out, _ = desk.run("check-config")
    check(f"https://gw.example.org/hook/{DOMAIN}/primary/inbound" in out, out)
    check(not desk.data.exists(), "check-config created something")


@test
def unreadable_files_are_named_with_the_uid(desk):
    secret = desk.folder / "secret"
    sms = desk.folder / "transports/sms.yaml"
    sms.write_text(sms.read_text().replace("secret: s", f"secret_file: {secret}"))
    _, said = desk.run("run", code=CONFIGURATION)
    check(str(secret) in said and str(os.getuid()) in said, said)
    desk.config.unlink()
    for command in ("run", "check-config", "status", "health"):
        _, said = desk.run(command, code=CONFIGURATION)
        check(str(desk.config) in said, f"{command}: {said}")


@test
def init_writes_what_explains_itself_and_overwrites_nothing(desk):
    folder = desk.folder / "fresh"
    desk.config = folder / "sallyport.yaml"
    desk.run("init")
    check((folder / "transports/sms.yaml").read_text().count("#") > 10, "no comments")
    before = desk.config.read_text()
    desk.run("init", code=CONFIGURATION)
    check(desk.config.read_text() == before, "it was overwritten")
    check("sallyport.yaml" in before, before[:200])


@test
def commands_without_a_database_say_so(desk):
    for words in (["status"], ["account", "list"], ["queue", "list"], ["backup", "copy.db"]):
        check("has not run" in desk.run(*words, code=UNAVAILABLE)[1], words)
    check(not desk.data.exists(), "a data directory was created")
    check("does not run" in desk.run("health", code=UNAVAILABLE)[1], "health")


@test
def health_follows_the_gateway(desk):
    desk.start()
    out, said = desk.run("health", code=UNAVAILABLE)    # its host is not there
    check(f"[-] link {DOMAIN}" in out + said and "not ready" in out + said, out + said)
    desk.config.write_text(desk.config.read_text() + "loging: {level: info}\n")
    _, said = desk.run("health", code=UNAVAILABLE)    # a mistake that waits for its reload changes nothing
    check("not ready" in said, said)
    desk.write()
    check(desk.stop() == OK, "the exit code after SIGTERM")
    desk.run("health", code=UNAVAILABLE)


@test
def status_tells_of_links_and_providers(desk):
    desk.start()
    out, _ = desk.run("status")
    for word in (DOMAIN, "NOT READY", str(desk.child.pid), "primary: takes messages", "no webhook since the start", "/primary/inbound"):
        check(word in out, f"{word} is not in {out}")
    desk.stop()
    check("not running" in desk.run("status")[0], "status of a stopped gateway")


@test
def accounts_are_managed_while_it_runs(desk):
    desk.start()
    check("Nobody" in desk.run("account", "list")[0], "somebody is registered")
    desk.run("account", "assign", NUMBER, USER)
    desk.run("account", "assign", NUMBER, "bob@example.org", code=USAGE)
    check(NUMBER in desk.run("account", "show", USER)[0], "show by JID")
    check(USER in desk.run("account", "show", "+1 555 000-1111")[0], "show by number")
    desk.run("account", "suspend", USER)
    check("suspended" in desk.run("account", "list")[0], "suspended is not told")
    desk.run("account", "resume", NUMBER)
    exported = json.loads(desk.run("account", "export", USER)[0])
    check(exported["user"] == USER and exported["registrations"][0]["number"] == NUMBER, exported)
    check(NUMBER in exported["received"][0]["text"], exported["received"])
    desk.run("account", "release", USER)
    desk.run("account", "show", USER, code=USAGE)
    check("resting" in desk.run("account", "list")[0], "the number does not rest")


@test
def accounts_are_managed_on_the_store_alone(desk):
    desk.seed()
    check(USER in desk.run("account", "list")[0], "the list")
    desk.run("account", "suspend", USER)
    check("suspended" in desk.run("account", "show", NUMBER)[0], "the row")
    check("start it first" in desk.run("account", "release", USER, code=UNAVAILABLE)[1], "release")
    desk.start()
    check("suspended" in desk.run("account", "show", NUMBER)[0], "after the start")


@test
def an_erased_user_is_nowhere_in_the_database(desk):
    desk.seed().run("account", "erase", USER)
    desk.run("account", "export", USER, code=USAGE)
    with sqlite3.connect(desk.database) as db:
        check(USER not in "\n".join(db.iterdump()), "something is left")
    db.close()


@test
def what_waits_is_erased_only_by_force(desk):
    desk.seed().put_message("01AAAAAAAAAAAAAAAAAAAAAAAA")
    check("--force" in desk.run("account", "erase", USER, code=UNAVAILABLE)[1], "no hint")
    desk.start().run("account", "erase", USER, "--force")
    check("Nobody" in desk.run("account", "list", "--domain", DOMAIN)[0] or "resting" in desk.run("account", "list")[0], "still there")
    desk.run("queue", "show", "01AAAAAAAAAAAAAAAAAAAAAAAA", code=USAGE)


@test
def the_queue_is_seen_and_changed_without_the_gateway(desk):
    ident = "01BBBBBBBBBBBBBBBBBBBBBBBB"
    desk.seed().put_message(ident)
    check(ident in desk.run("queue", "list")[0], "the list")
    check("+15551234567" in desk.run("queue", "show", ident)[0], "the message")
    desk.run("queue", "retry", ident)
    desk.run("queue", "drop", ident)
    check("failed" in desk.run("queue", "list", "--failed")[0], "the failure")
    desk.run("queue", "drop", ident, code=USAGE)
    check("No messages" in desk.run("queue", "list")[0], "it still waits")


@test
def a_backup_is_made_while_it_runs_and_restored_when_it_does_not(desk):
    desk.seed().put_message("01CCCCCCCCCCCCCCCCCCCCCCCC")
    desk.start()
    out, _ = desk.run("backup", "copy.db")    # from where the shell stands
    copy = desk.folder / "copy.db"
    check(copy.exists() and str(desk.data / "key") in out, out)
    check(stat.S_IMODE(copy.stat().st_mode) == 0o600, "others can read the copy")
    _, said = desk.run("restore", "copy.db", code=UNAVAILABLE)
    check(str(desk.child.pid) in said, f"the process is not named: {said}")
    desk.run("account", "release", USER)
    desk.stop()
    out, _ = desk.run("restore", "copy.db")
    check("1 messages waited" in out, out)
    check(USER in desk.run("account", "list")[0], "the registration did not come back")
    check("ambiguous" in desk.run("queue", "list")[0], "what waited is not parked")
    check(list(desk.data.glob("sallyport.db.before-restore-*")), "the database before is not kept")
    desk.start()
    check(USER in desk.run("account", "list")[0], "after the start")


@test
def a_backup_on_the_store_alone(desk):
    desk.seed().run("backup", str(desk.folder / "copy.db"))
    with sqlite3.connect(desk.folder / "copy.db") as db:
        check(db.execute("SELECT user FROM registrations").fetchall() == [(USER,)], "the copy is not whole")
    db.close()
    desk.run("backup", str(desk.database), code=USAGE)
    desk.run("backup", str(desk.folder), code=USAGE)


@test
def restore_refuses_what_is_no_backup(desk):
    desk.seed()
    (desk.folder / "bad.db").write_bytes(b"x" * 9000)
    (desk.folder / "empty.db").write_bytes(b"")
    for name in ("bad.db", "empty.db"):
        desk.run("restore", name, code=INTERNAL)
    desk.run("restore", "absent.db", code=UNAVAILABLE)
    check(USER in desk.run("account", "list")[0], "the database was touched")


@test
def a_second_gateway_names_the_first(desk):
    desk.start()
    _, said = desk.run("run", code=UNAVAILABLE)
    check(f"process {desk.child.pid}" in said, said)


@test
def a_damaged_database_stops_the_start(desk):
    desk.seed()
    with open(desk.database, "r+b") as file:
        file.write(b"garbage that is no database at all" * 100)
    for suffix in ("-wal", "-shm"):
        pathlib.Path(str(desk.database) + suffix).unlink(missing_ok=True)
    for command in (["run"], ["status"], ["account", "list"]):
        _, said = desk.run(*command, code=INTERNAL)
        check(str(desk.database) in said, said)


@test
def a_newer_database_stops_the_start(desk):
    desk.seed()
    with sqlite3.connect(desk.database) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    for command in (["run"], ["queue", "list"]):    # 78: systemd does not try again
        _, said = desk.run(*command, code=CONFIGURATION)
        check("999" in said, said)


@test
def a_foreign_database_is_left_alone(desk):
    desk.data.mkdir()
    with sqlite3.connect(desk.database) as db:
        db.execute("CREATE TABLE diary (page TEXT)")
    db.close()
    desk.run("run", code=INTERNAL)
    with sqlite3.connect(desk.database) as db:
        check([row[0] for row in db.execute("SELECT name FROM sqlite_schema")] == ["diary"], "it was changed")
    db.close()


@test
def a_data_directory_of_somebody_else_is_a_matter_of_permission(desk):
    (desk.folder / "data").write_text("a file where the folder should be")
    _, said = desk.run("run", code=PERMISSION)
    check(str(os.getuid()) in said and str(desk.data) in said, said)
    if os.getuid() != 0:
        return
    (desk.folder / "data").unlink()
    desk.seed()
    for path in [desk.folder, *desk.folder.rglob("*")]:    # the files may be read by all, data/ by root alone
        if desk.data not in [path, *path.parents]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    _, said = desk.run("account", "list", code=PERMISSION, user=65534, group=65534)
    check("65534" in said, said)
    desk.start()
    desk.run("status", code=PERMISSION, user=65534, group=65534)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="*", help="parts of names")
    parser.add_argument("--build", default=str(ROOT / "build/release"), help="build directory")
    parser.add_argument("-v", "--verbose", action="store_true", help="print how long each took")
    args = parser.parse_args()
    program = pathlib.Path(args.build).resolve() / "bin/sallyport"
    passed = failed = 0
    for function in TESTS:
        if args.pattern and not any(word in function.__name__ for word in args.pattern):
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-cli-"))
        folder.chmod(0o755)
        desk, start = Desk(program, folder), time.monotonic()
        try:
            check(program.exists(), f"{program} is not built")
            function(desk)
            passed += 1
            print(f"ok {function.__name__}" + (f" ({time.monotonic() - start:.1f} s)" if args.verbose else ""), flush=True)
        except Exception as problem:    # whatever it is, it is this test's failure
            failed += 1
            print(f"FAIL {function.__name__}: {type(problem).__name__ if not isinstance(problem, AssertionError) else ''}{problem}", flush=True)
        finally:
            desk.stop(signal.SIGKILL)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
