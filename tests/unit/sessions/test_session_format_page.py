"""What docs/session-format.md says is true."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import h5py
import pytest

from sessions import AlignmentKind, Flag, Source, journal_read, load, schema
from sessions.blocks import BLOCK_FRAMES
from sessions.journal_format import (
    JOURNAL_VERSION,
    MAX_RECORD_BYTES,
    MAX_RECORD_VALUES,
    Beginning,
)
from sessions.owner import Owner

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "session-format.md").read_text("utf-8")
SAMPLE = ROOT / "tests" / "data" / "sessions" / f"v{schema.FORMAT_VERSION}.h5"


def test_the_snippet_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(SAMPLE, tmp_path / "walk.h5")
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    exec(code[1], {})  # noqa: S102
    said = capsys.readouterr().out
    assert said.startswith("walker [106.   80.5  18.   41. ] ")
    assert said.rstrip().endswith("0.75 [77 54]")


def test_every_part_of_a_file_is_described() -> None:
    named = set(re.findall(r"`([a-z0-9_-]+)`", PAGE))

    def visit(name: str, part: h5py.HLObject) -> None:
        last = name.rpartition("/")[2]
        assert last.isdigit() or last in named | {"sequence", "alignment", "view"}
        assert set(part.attrs) <= named, name

    with h5py.File(SAMPLE) as file:
        assert set(file.attrs) <= named
        file.visititems(visit)


def test_numbers_are_as_described() -> None:
    for source in Source:
        assert f"{int(source)} {source.name.lower()}" in PAGE
    for flag in Flag:
        words = "tokens of the target were removed" if flag is Flag.TARGET_REMOVED else flag.name
        assert words is not None
        assert f"{int(flag)} {words.lower()}" in PAGE
    assert f"chunks of {BLOCK_FRAMES} frames" in PAGE
    assert f"format {schema.FORMAT_VERSION}." in PAGE
    assert f"| whole number, {schema.FORMAT_VERSION} |" in PAGE


def test_every_encoding_and_kind_is_named() -> None:
    for name in (*schema.ENCODINGS, *AlignmentKind):
        assert f"`{name}`" in PAGE
    assert set(schema.ENCODINGS.values()) == {1}, "the page says that all versions are 1"


def test_the_sample_has_every_part_that_the_page_names() -> None:
    """So that the tests of this page look at all of the format."""
    found: set[str] = set()

    def visit(name: str, part: h5py.HLObject) -> None:
        found.update({name.rpartition("/")[2], *part.attrs})

    with h5py.File(SAMPLE) as file:
        found.update(file.attrs)
        file.visititems(visit)
    before_journal = PAGE.partition("\n## The journal\n")[0]
    assert names_in_tables(before_journal) <= found


def names_in_tables(page: str) -> set[str]:
    rows = re.findall(r"^\| ((?:`[a-z0-9_-]+`(?:, )?)+) \|", page, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_journal_is_as_described() -> None:
    page = PAGE.partition("\n## The journal\n")[2].partition("\n## ")[0]
    kinds = journal_read.KINDS
    folders = {"pointers", "bases", "discarded"}
    beginning = Beginning.of(load(SAMPLE), None)
    header = set(json.loads(beginning.as_text(Owner.of_this_process())))
    assert names_in_tables(page) == {*kinds, *header, *folders, "run", "left_out", "path"}
    assert f"version, {JOURNAL_VERSION};" in page
    assert f"{MAX_RECORD_BYTES >> 20} MiB and {MAX_RECORD_VALUES // 10**6} million" in page


def test_optional_parts_may_be_missing(tmp_path: Path) -> None:
    """Each part that the page calls optional, taken out alone; the session still opens."""
    optional = {
        "": ["notes"],
        "alignment": ["kind", "origin", "points", "residuals"],
        "targets/1": ["class_name", "linked", "seen", "spans"],
        "targets/2": ["color_rgb", "visible", "locked", "tracking"],
        "targets/1/tracking/0": ["engine", "predicted_overlap", "removed_known", "attention"],
    }
    for part, names in optional.items():
        for name in names:
            copy = Path(shutil.copy(SAMPLE, tmp_path / "copy.h5"))
            with h5py.File(copy, "r+") as file:
                owner = file[part or "/"]
                del (owner.attrs if name in owner.attrs else owner)[name]
            assert len(load(copy).targets) == 2


def test_encodings_may_be_missing(tmp_path: Path) -> None:
    copy = Path(shutil.copy(SAMPLE, tmp_path / "copy.h5"))

    def visit(_: str, part: h5py.HLObject) -> None:
        for name in (schema.ENCODING_TYPE, schema.ENCODING_VERSION):
            part.attrs.pop(name, None)

    with h5py.File(copy, "r+") as file:
        file.visititems(visit)
    assert len(load(copy).targets) == 2


def test_the_file_is_written_as_described() -> None:
    assert SAMPLE.read_bytes()[8] == 3, "superblock version"
    assert b"GCOL" not in SAMPLE.read_bytes(), "no text lies in an unchecked heap"
