"""Keep the floor of test coverage close under what the last run reached, so that it only rises.

    python -m scripts.coverage_floor [--raise]

The floor is `fail_under` in pyproject.toml; pytest-cov fails below it. This fails where the floor
lies more than two points under what was measured: then `--raise` writes the new one. Lowering it
by hand therefore fails too, unless coverage fell as well, which pytest-cov has said by then.
"""

from __future__ import annotations

import argparse
import io
import math
import re
import sys
import tomllib
from pathlib import Path

from safe_files import write_text

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "pyproject.toml"
SLACK = 2
"""Points between floor and measure: threads that end sooner or later move it by some tenths."""
FLOOR = re.compile(r"(?m)^fail_under = (\d+)")


def measured(data: Path) -> float:
    """The share of lines that the last run under coverage reached, in percent."""
    # Late: without it the rest of this file is still of use, to its tests for one.
    from coverage import Coverage

    coverage = Coverage(data_file=str(data), config_file=str(PROJECT))
    coverage.load()
    return coverage.report(file=io.StringIO())  # the table itself is of no interest


def floor_of(project: str) -> int:
    """The floor that a pyproject.toml sets."""
    return int(tomllib.loads(project)["tool"]["coverage"]["report"]["fail_under"])


def risen(floor: int, total: float) -> int:
    """The floor that a measure asks for: the same while it is close enough, and never a lower."""
    # One below: the same suite reaches some tenths more or less from run to run.
    wanted = math.floor(total) - 1
    return wanted if total > floor + SLACK else floor


def with_floor(project: str, floor: int) -> str:
    """The text of pyproject.toml with another floor."""
    return FLOOR.sub(f"fail_under = {floor}", project, count=1)


def main() -> int:
    """Compare, say what to do, and write the new floor where asked."""
    parser = argparse.ArgumentParser(description="Keep the floor of coverage under the measure.")
    parser.add_argument("--raise", dest="write", action="store_true", help="write the new floor")
    write = parser.parse_args().write
    data = ROOT / ".coverage"
    if not data.is_file():
        sys.exit("Nothing was measured yet; run make coverage.")
    project = PROJECT.read_text(encoding="utf-8")
    floor, total = floor_of(project), measured(data)
    wanted = risen(floor, total)
    sys.stdout.write(f"Coverage is {total:.1f} %, its floor {floor} %.\n")
    if wanted == floor:
        return 0
    if write:
        write_text(PROJECT, with_floor(project, wanted))
        sys.stdout.write(f"The floor is {wanted} % now.\n")
        return 0
    sys.stdout.write(f"Raise it to {wanted} %: python -m scripts.coverage_floor --raise\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
