#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/golden/REQUIREMENTS.md and SEEDS.md: no row is missing, none is empty, and each test that they name exists."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
ROWS = {"X": 18, "A": 23, "B": 14, "E": 5, "F": 10, "W": 5, "T": 33}
MACRO = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)", re.M)
FUNCTION = re.compile(r"^async def (\w+)\(", re.M)


def known_tests():
    """Suite.name of every unit test, module.function of every scenario."""
    names = set()
    for file in [*(ROOT / "tests" / "unit").rglob("*.cpp"), *(ROOT / "tests" / "contract").rglob("*.*pp")]:
        names.update(f"{suite}.{name}" for suite, name in MACRO.findall(file.read_text()))
    for file in (ROOT / "tests" / "e2e" / "scenarios").glob("*.py"):
        names.update(f"{file.stem}.{name}" for name in FUNCTION.findall(file.read_text()))
    return names


def named(text):
    """What a row of tests names: (kind, name)."""
    for quoted in re.findall(r"`([^`]+)`", text):
        if re.fullmatch(r"\w+\.(\w+|\*)", quoted):
            yield "test", quoted
    for word in re.findall(r"[\w./]+", re.sub(r"`[^`]*`", "", text)):
        if word.startswith("tests/"):
            yield "path", word.rstrip(".")
        elif re.fullmatch(r"(server_stream|client_stream|component_stream|reader)/\w+", word):
            yield "transcript", word


def exists(kind, name, tests):
    if kind == "path":
        return (ROOT / name).exists()
    if kind == "transcript":
        return (GOLDEN / f"{name}.txt").exists()
    if name.endswith(".*"):
        return any(test.startswith(name[:-1]) for test in tests)
    return name in tests


def rows_of(file):
    """(line, cells) of every row of its tables but their heads."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|-") and cells[0] not in ("id", "seed"):
            yield number, cells


def main():
    faults, missing, seen = [], [], []
    tests = known_tests()
    for file in (GOLDEN / "REQUIREMENTS.md", GOLDEN / "SEEDS.md"):
        for number, cells in rows_of(file):
            place, text = f"{file.name}:{number}", " ".join(cells[2:])
            names = list(named(text))
            faults += [f"{place}: no such {kind}: {name}" for kind, name in names if not exists(kind, name, tests)]
            if "**missing**" in text:
                missing.append(cells[0])
            elif not names:
                faults.append(f"{place}: names no test")
            if file.name == "REQUIREMENTS.md":
                seen.append(cells[0])
    for letter, count in ROWS.items():
        for row in (f"{letter}{at}" for at in range(1, count + 1)):
            if seen.count(row) != 1:
                faults.append(f"REQUIREMENTS.md: {row} has {seen.count(row)} rows")
    print("\n".join(faults + [f"requirements: {len(seen)} rows, without a test in part or whole: {', '.join(missing) or 'none'}"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
