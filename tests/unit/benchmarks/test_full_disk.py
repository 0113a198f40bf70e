"""A short slice of `benchmarks.full_disk`, and that it would see what is wrong."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from benchmarks.faults import ERRORS
from benchmarks.full_disk import Trial, tried
from benchmarks.full_disk_case import Case
from benchmarks.full_disk_cases import CASES
from benchmarks.full_disk_journal import journal_problems
from safe_files import FileError

ALIKE = {
    *("export-rgbt234", "export-rgbt210", "export-gtot", "export-vtuav"),
    *("export-result", "export-coco", "export-mot"),
    *("export-curves-png", "export-curves-svg", "eval-plots", "eval-strips"),
}
"""Written as another one that is tried; the long form tries them, too."""
SLOW = {
    "checkpoint",
    "export-curves-pdf",
    "picture-cache",
    "export-video",
    "synthetic-clip",
    "curves-picture",
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.slow) if case.name in SLOW else case
        for case in CASES
        if case.name not in ALIKE
    ],
    ids=lambda case: case.name,
)
def test_a_full_disk_costs_nothing(case: Case, tmp_path: Path) -> None:
    found, _ = tried(case, tmp_path, short=True)
    assert found.problems == []
    assert found.faults > 5
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_no_change(tmp_path: Path) -> None:
    faults, problems = journal_problems(tmp_path, (errno.ENOSPC, errno.EIO))
    assert problems == []
    assert faults > 10


def bad_case(write: str) -> Case:
    """A writer that does one thing wrong."""

    def writer(folder: Path) -> None:
        path = folder / "a.txt"
        if write == "in place":
            path.write_text("new" * 9_999)
        elif write == "leaves":
            part = folder / "a.part"
            part.write_text("new")
            part.replace(path)
        elif write == "silent":
            try:
                handle = os.open(path, os.O_WRONLY | os.O_TRUNC)
                os.write(handle, b"new")
                os.close(handle)
            except OSError:
                return
        try:
            handle = os.open(folder / "a.txt", os.O_WRONLY)
            os.close(handle)
        except OSError as error:
            raise FileError("other" if write == "unnamed" else path, "no", "written") from error

    return Case(
        write,
        writer,
        lambda folder: (folder / "a.txt").read_bytes(),
        ("a.txt",),
        lambda folder: (folder / "a.txt").write_text("old"),
    )


@pytest.mark.parametrize("write", ["in place", "leaves", "silent", "unnamed"])
def test_it_sees_what_is_wrong(write: str, tmp_path: Path) -> None:
    trial = Trial(bad_case(write), tmp_path)
    trial.calls((errno.ENOSPC,))
    assert trial.tried.problems


def test_it_tries_what_disks_say() -> None:
    assert {errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES} == set(ERRORS)
