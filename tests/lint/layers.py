#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The arrows between floors (gateway/README.md): which room may include which, and where heavy libraries live.

    layers.py        prints every include that breaks a rule; exit code 1 when there is one
    layers.py --dot  prints the rooms and the arrows that the code really has, for Graphviz
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOPS = ("xmpp", "config", "gateway", "transports", "tests")

XMPP = ("xmpp/core", "xmpp/xml", "xmpp/sasl", "xmpp/sasl/legacy", "xmpp/stream", "xmpp/stream/legacy", "xmpp/xep")
# Room -> the rooms below it. Every room may include itself; a room that is not listed may include nothing else.
ARROWS = {
    "xmpp/core": (),
    "xmpp/xml": ("xmpp/core",),
    "xmpp/sasl": ("xmpp/core",),
    "xmpp/sasl/legacy": ("xmpp/core", "xmpp/sasl"),
    "xmpp/xep": ("xmpp/core", "xmpp/xml"),
    "xmpp/stream": ("xmpp/core", "xmpp/xml", "xmpp/sasl", "xmpp/xep"),
    "xmpp/stream/legacy": ("xmpp/core", "xmpp/xml", "xmpp/sasl", "xmpp/stream"),
    "config": ("xmpp/core",),
    "gateway/base": ("xmpp/core",),
    "gateway/port": ("xmpp/core", "config", "gateway/base"),
    "gateway/store": ("xmpp/core", "config", "gateway/base", "gateway/port"),
    "gateway/store/sqlite": ("xmpp/core", "config", "gateway/base", "gateway/port", "gateway/store"),
    "gateway/net": ("xmpp/core", "xmpp/xml", "xmpp/stream", "config", "gateway/base", "gateway/port"),
    "gateway/translate": (*XMPP, "gateway/base", "gateway/port"),
    "gateway/core": (*XMPP, "config", "gateway/base", "gateway/port", "gateway/store", "gateway/translate"),
    "gateway/server": (*XMPP, "config", "gateway/base", "gateway/port", "gateway/store", "gateway/net",
                       "gateway/translate", "gateway/core"),
}
TRANSPORT = ("config", "gateway/base", "gateway/port", "gateway/net")
# Of the ground, a transport sees only what has nothing to do with XMPP.
TRANSPORT_FILES = {f"xmpp/core/{name}.hpp" for name in ("result", "machine", "text", "values", "random")}
EVERYTHING = ("gateway/app", "tests")

NO_ASIO = (*XMPP, "config", "gateway/base", "gateway/translate")
# A library's own sources, compiled once in a floor that all others stand on.
SOURCES = {"boost/asio/impl/src.hpp"}
# Heavy headers do not leave their room, and each library has its home.
HEAVY = re.compile(r"(boost/beast|boost/asio/ssl|curl/|sqlite3|yaml-cpp/|expat|openssl/|unicode/|phonenumbers/|ares)")
HOMES = {
    "sqlite3": ("gateway/store",),
    "yaml-cpp/": ("config",),
    "curl/": ("gateway/net",),
    "boost/beast": ("gateway/net",),
    "boost/asio/ssl": ("gateway/net",),
    "expat": ("xmpp/xml",),
    "unicode/": ("xmpp/core",),
    "ares": ("gateway/net",),
    "phonenumbers/": ("transports/sms",),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def room_of(path):
    """The room of a file given relative to the root: its folder; all of tests is one room."""
    parts = path.split("/")
    return "tests" if parts[0] == "tests" else "/".join(parts[:-1])


def may_include(room, target):
    other = room_of(target)
    if room == other or room in EVERYTHING:
        return True
    if room.startswith("transports/"):
        return other in TRANSPORT or target in TRANSPORT_FILES
    return other in ARROWS.get(room, ())


def sources():
    for top in TOPS:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".hpp", ".cpp"):
                yield path.relative_to(ROOT).as_posix()


def check_ours(path, room, target):
    if not target.startswith(tuple(f"{top}/" for top in TOPS)):
        return f'"{target}" is not a path from the root'
    if not (ROOT / target).exists():
        return f'"{target}" does not exist'
    if not may_include(room, target):
        return f'{room} may not include {room_of(target)} ("{target}")'
    return None


def is_exposed(path, includers):
    """Is this header, or one of its room that includes it, included from another room? Tests may look inside."""
    for by in includers.get(path, ()):
        if room_of(by) not in (room_of(path), "tests") or by.endswith(".hpp") and is_exposed(by, includers):
            return True
    return False


def check_theirs(path, room, header, includers):
    if room == "tests" or header in SOURCES:
        return None
    if room in NO_ASIO and header.startswith("boost/asio"):
        return f"<{header}>: {room} knows no Asio"
    if path.endswith(".hpp") and HEAVY.match(header) and is_exposed(path, includers):
        return f"<{header}> leaves its room with this header: put it in a .cpp file, behind an interface"
    for library, homes in HOMES.items():
        if header.startswith(library) and not room.startswith(homes):
            return f"<{header}> is used in {' and '.join(homes)} only"
    return None


def own_header_first(path, includes):
    own = path[:-4] + ".hpp"
    if path.endswith(".cpp") and (ROOT / own).exists() and own in includes and includes[0] != own:
        return f'"{own}" comes first'
    return None


def main():
    faults, arrows = [], set()
    texts = {path: (ROOT / path).read_text() for path in sources()}
    includers = {}
    for path, text in texts.items():
        for _, name in INCLUDE.findall(text):
            includers.setdefault(name, []).append(path)
    for path, text in texts.items():
        room = room_of(path)
        found = INCLUDE.findall(text)
        complaints = [check_ours(path, room, name) if quote == '"' else check_theirs(path, room, name, includers)
                      for quote, name in found]
        complaints.append(own_header_first(path, [name for _, name in found]))
        if path.endswith(".hpp") and "#pragma once" not in text:
            complaints.append("#pragma once is missing")
        faults += [f"{path}: {complaint}" for complaint in complaints if complaint]
        arrows |= {(room, room_of(name)) for quote, name in found if quote == '"'}
    if "--dot" in sys.argv:
        print("digraph sallyport {\n    rankdir=TB; node [shape=box];")
        for tail, head in sorted(arrows):
            if tail not in (head, "tests"):
                print(f'    "{tail}" -> "{head}";')
        print("}")
        return 0
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"layers: {len(faults)} broken arrows")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
