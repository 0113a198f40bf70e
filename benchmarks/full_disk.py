"""A full disk at every write: the old file whole, one sentence, nothing left beside.

`python -m benchmarks.full_disk [CASE...] [--short]` lets every writer of the program fail at each
of its system calls in turn, with each error and with a disk that takes half a write first; then at
many sizes that a file may have, for the libraries that write by themselves; then on a real disk
that is too small. Exits with 1 when one of them loses, leaves or hides something.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults import ERRORS, FailingDisk, least_room, small_disk, tree
from benchmarks.full_disk_case import Case
from benchmarks.full_disk_cases import CASES
from benchmarks.full_disk_journal import journal_problems
from safe_files import FileError
from sessions import SessionError
from tracker_core.errors import CKDError

JOURNAL = "journal"
"""The word for it on the command line; it has rules of its own."""
MOST_CALLS = 2_000
"""No writer makes so many; one that does would never end."""
SIZES = 60
"""Sizes of files and disks that are tried in the long form."""
SHORT_SIZES = 4
PAGE = 4_096
"""What a disk in memory gives a file at least."""


@dataclass(slots=True)
class Tried:
    """What came of one case."""

    faults: int = 0
    problems: list[str] = field(default_factory=list)


class Trial:
    """One writer, tried again and again in a folder of its own."""

    def __init__(self, case: Case, place: Path) -> None:
        self.case = case
        self._place = place
        self.tried = Tried()
        with self._fresh() as folder:
            case.write(folder)
            self._names = set(tree(folder))
            self._value = case.read(folder)
            self.largest = max(each.stat().st_size for each in folder.rglob("*") if each.is_file())
            self._pages = _pages(folder)

    def calls(self, errors: tuple[int, ...]) -> None:
        """Let each call fail in turn, until the writer does not come to it any more."""
        for error in errors:
            for short in (False, True):
                for at in range(1, MOST_CALLS):
                    disk = FailingDisk(at, error, short=short)
                    self._run(disk.failing(), f"error {error} in call {at}")
                    if not disk.hit:
                        break
                    self.tried.faults += 1
                else:
                    self.tried.problems.append(f"makes more than {MOST_CALLS} calls")

    def sizes(self, count: int) -> None:
        """Let files grow up to each of several sizes only."""
        steps = {self.largest * step // count for step in range(count)} | {self.largest - 1}
        for size in sorted(steps):
            self._run(least_room(size), f"{size} bytes a file")
            self.tried.faults += 1

    def disks(self, count: int) -> str:
        """Write on real disks that are full early; return why none could be made."""
        for pages in sorted({1 + self._pages * step // count for step in range(count)}):
            try:
                with small_disk(self._place / "disk", pages * PAGE) as disk:
                    self._run_on(disk, f"a disk of {pages} pages")
            except PermissionError as error:
                return str(error)
            self.tried.faults += 1
        return ""

    def _run_on(self, disk: Path, what: str) -> None:
        try:
            self.case.prepare(disk)
        except (OSError, FileError, CKDError, SessionError):
            return  # not even what was there before fits
        self._judge(disk, nullcontext(), what, again=False)

    def _run(self, fault: AbstractContextManager[object], what: str) -> None:
        with self._fresh() as folder:
            self._judge(folder, fault, what, again=True)

    def _judge(
        self, folder: Path, fault: AbstractContextManager[object], what: str, *, again: bool
    ) -> None:
        before = tree(folder)
        try:
            with fault:
                self.case.write(folder)
        except (FileError, CKDError, SessionError) as error:
            self._judge_sentence(str(error), what)
            self._judge_same(before, tree(folder), what)
            if again:
                self.case.write(folder)
                self._judge_done(folder, f"{what}, the next try")
        except Exception as error:  # noqa: BLE001 - anything else is what a person must not see
            self.tried.problems.append(f"{what}: raises {type(error).__name__}: {error}")
        else:
            # A failure that the writer may pass over, such as a folder that cannot be synced.
            if self.case.silent and tree(folder) == before:
                return
            self._judge_done(folder, what)

    def _judge_sentence(self, sentence: str, what: str) -> None:
        if "\n" in sentence or not sentence.endswith("."):
            self.tried.problems.append(f"{what}: is no sentence: {sentence!r}")
        if not any(name in sentence for name in self.case.named):
            self.tried.problems.append(f"{what}: names no file: {sentence!r}")

    def _judge_same(
        self, before: dict[str, bytes | str], after: dict[str, bytes | str], what: str
    ) -> None:
        if left := sorted(set(after) - set(before)):
            self.tried.problems.append(f"{what}: leaves {', '.join(left)}")
        if lost := sorted(name for name in before if after.get(name) != before[name]):
            self.tried.problems.append(f"{what}: changes or loses {', '.join(lost)}")

    def _judge_done(self, folder: Path, what: str) -> None:
        if set(tree(folder)) != self._names:
            odd = sorted(set(tree(folder)) ^ self._names)
            self.tried.problems.append(f"{what}: leaves or lacks {', '.join(odd)}")
        elif self.case.read(folder) != self._value:
            self.tried.problems.append(f"{what}: writes something else and says nothing")

    @contextmanager
    def _fresh(self) -> Iterator[Path]:
        folder = self._place / "here"
        folder.mkdir()
        try:
            self.case.prepare(folder)
            yield folder
        finally:
            shutil.rmtree(folder)


def _pages(folder: Path) -> int:
    return sum(-(-each.stat().st_size // PAGE) for each in folder.rglob("*") if each.is_file())


def tried(case: Case, place: Path, *, short: bool) -> tuple[Tried, str]:
    """Try one writer in every way that this system allows; with why small disks were left out."""
    trial = Trial(case, place)
    trial.calls(ERRORS[:1] if short else ERRORS)
    count = SHORT_SIZES if short else SIZES
    if sys.platform == "win32":
        return trial.tried, "Windows has no limits for files and no disks in memory"
    trial.sizes(count)
    return trial.tried, trial.disks(count)


def main() -> int:
    """Try the cases that were named, or all; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description="A full disk at every write.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these")
    parser.add_argument("--short", action="store_true", help="one error, few sizes")
    given = parser.parse_args()
    known: dict[str, Case | None] = {**{case.name: case for case in CASES}, JOURNAL: None}
    if unknown := sorted(set(given.cases) - set(known)):
        parser.error(f"there is no case {unknown[0]}; there are {', '.join(known)}")
    wrong = 0
    for name in given.cases or known:
        with tempfile.TemporaryDirectory() as place:
            case, without = known[name], ""
            if case is None:
                errors = ERRORS[:1] if given.short else ERRORS
                found = Tried(*journal_problems(Path(place), errors))
            else:
                found, without = tried(case, Path(place), short=given.short)
        wrong += len(found.problems)
        print(f"{name}: {found.faults} faults, {len(found.problems)} problems", flush=True)
        for problem in found.problems[:20]:
            print(f"  {problem}")
        if without:
            print(f"  no small disk: {without}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
