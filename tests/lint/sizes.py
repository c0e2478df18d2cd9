#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the ten longest files and the ten longest functions: what has grown past 300 and 30 lines says why it is one thing.

Never fails: it is a picture, not a rule. `sizes.py --all` prints everything past those sizes.
"""
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from await_lint import ROOT, TOPS, opens_block, tokens_of  # noqa: E402

MAX_FILE, MAX_FUNCTION = 300, 30
NOT_FUNCTIONS = {"namespace", "class", "struct", "union", "enum", "extern"}
CONTROL = {"if", "for", "while", "switch", "catch"}


def name_of(words):
    """The name before the parameter list, or nothing when the words before a `{` head no function."""
    if not words or words[0] in CONTROL | NOT_FUNCTIONS | {"else", "do", "try"} or "(" not in words:
        return None
    if words[0] == "template":
        words = words[words.index(">") + 1:] if ">" in words else words
    if "(" not in words or set(words[:words.index("(")]) & (NOT_FUNCTIONS | {"="}):
        return None
    at = words.index("(")
    start = at - 1
    while start > 0 and (words[start - 1] in ("::", "~") or words[start] == "::"):
        start -= 1
    return "".join(words[start:at])


def functions(text):
    """(name, first line, lines) of each outermost function body."""
    tokens, head, stack, depth = tokens_of(text), [], [], 0
    inside = None
    for word, line in tokens:
        if word == "{":
            words = [w for w, _ in head]
            name = name_of(words) if inside is None and opens_block(head) else None
            stack.append(name)
            if name:
                inside = (name, head[0][1])
            head = []
        elif word == "}":
            if stack and stack.pop() and inside:
                yield inside[0], inside[1], line - inside[1] + 1
                inside = None
            head = []
        elif word == ";":
            head = []
        else:
            head.append((word, line))


def main():
    files, found = [], []
    for top in TOPS:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix not in (".hpp", ".cpp", ".py"):
                continue
            text = path.read_text()
            name = path.relative_to(ROOT).as_posix()
            files.append((text.count("\n"), name))
            if path.suffix != ".py":
                found += [(lines, f"{name}:{line} {function}") for function, line, lines in functions(text)]
    files.sort(reverse=True)
    found.sort(reverse=True)
    everything = "--all" in sys.argv
    for title, rows, limit in (("files", files, MAX_FILE), ("functions", found, MAX_FUNCTION)):
        past = sum(lines > limit for lines, _ in rows)
        median = statistics.median(lines for lines, _ in rows) if rows else 0
        print(f"sizes: {len(rows)} {title}, median {median:g} lines, {past} past {limit}; the longest:")
        for lines, name in rows[:max(past, 10) if everything else 10]:
            print(f"  {lines:5} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
