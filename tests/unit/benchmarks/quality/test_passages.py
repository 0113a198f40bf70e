from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.passages import (
    PERSON_BOXES,
    PERSON_FRAMES,
    Passage,
    demo_passage,
    person_passages,
)
from tests.recordings import write_lasher
from tracker_core.errors import CKDError
from tracker_core.trackers import tracker_source

HEAD = "frame_index,x,y,w,h\n"


def test_overlaps_are_those_of_the_frames_behind_the_first(tmp_path: Path) -> None:
    folder = write_lasher(tmp_path / "clip", frames=6)
    boxes = np.array([[k, 2.0, 5.0, 6.0] for k in range(2, 5)])
    found = Passage("clip", folder, 2, boxes).overlaps(tracker_source("still").make())
    assert found.tolist() == [pytest.approx(4 / 6), pytest.approx(3 / 7)]


def test_the_demo_is_one_passage() -> None:
    with demo_passage() as passage:
        assert passage.first == 0
        assert passage.boxes.shape[1] == 4
        assert (passage.boxes[:, 2:] > 0).all()


def test_the_person_is_seen_in_two_passages(tmp_path: Path) -> None:
    rows = "".join(f"{index},{index},2,5,6\n" for index in range(40))
    (tmp_path / PERSON_BOXES).write_text(HEAD + rows)
    passages = person_passages(tmp_path)
    assert [(p.first, p.first + len(p.boxes) - 1) for p in passages] == list(PERSON_FRAMES)
    assert passages[1].boxes[0].tolist() == [19, 2, 5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        (HEAD + "11,1,2,3,4\n", "no box for frame 12"),
        ("frame,x\n1,2\n", "not a table"),
        (HEAD + "1,2,3,4,five\n", "not a table"),
    ],
)
def test_boxes_that_cannot_be_used_are_refused(
    tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / PERSON_BOXES).write_text(text)
    with pytest.raises(CKDError, match=f"{re.escape(PERSON_BOXES)}.*{message}"):
        person_passages(tmp_path)
