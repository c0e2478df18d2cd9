#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file and script names its licence: on the first line, or below its `#!`."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINE = "SPDX-License-Identifier: Apache-2.0"
SUFFIXES = {".cpp", ".hpp", ".py", ".sql", ".cmake"}
NAMES = {"CMakeLists.txt", "Dockerfile"}


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True)
    checked, faults = 0, []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        with path.open("rb") as file:
            first, second = file.readline(), file.readline()
        is_script = first.startswith(b"#!")
        if not is_script and path.suffix not in SUFFIXES and path.name not in NAMES:
            continue
        checked += 1
        if LINE.encode() not in (second if is_script else first):
            faults.append(f"{name}: `{LINE}` is missing")
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"spdx: {checked} files, {len(faults)} without a licence line")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
