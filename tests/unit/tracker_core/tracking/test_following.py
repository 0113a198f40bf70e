from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.recordings import write_lasher
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.sequences import open_sequence
from tracker_core.tracking.loop import follow

BOX = (3.0, 4.0, 5.0, 6.0)


@dataclass(frozen=True, slots=True)
class Answer:
    box_xywh: Box


class Shifting:
    """Moves the box by the red value of the frame, which is the frame's number."""

    def start(self, _frames: FramePair, box_xywh: Box) -> Box:
        return box_xywh

    def step(self, state: Box, frames: FramePair) -> tuple[Box, Answer]:
        moved = (state[0] + float(frames.rgb[0, 0, 0]), *state[1:])
        return moved, Answer(moved)


def test_frames_are_followed_in_order_and_gaps_repeat_the_box(tmp_path: Path) -> None:
    folder = write_lasher(tmp_path / "clip", frames=6)
    (folder / "infrared" / "i003.png").write_bytes(b"")
    with open_sequence(folder) as sequence:
        seen = list(follow(Shifting(), sequence, BOX, 1, 5))
    assert [each.frame_index for each in seen] == [1, 2, 3, 4, 5]
    assert [each.box_xywh[0] for each in seen] == [3, 5, 5, 9, 14]
    assert [each.gap for each in seen] == [False, False, True, False, False]
    assert [each.result is None for each in seen] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [(-1, 2, "no frame -1"), (5, 5, "no frame 5"), (2, 1, "to frame 1"), (0, 5, "to frame 5")],
)
def test_frames_that_do_not_exist_are_refused(
    tmp_path: Path, first: int, last: int, message: str
) -> None:
    with (
        open_sequence(write_lasher(tmp_path / "clip")) as sequence,
        pytest.raises(CKDError, match=message),
    ):
        follow(Shifting(), sequence, BOX, first, last)


def test_a_gap_is_no_start(tmp_path: Path) -> None:
    folder = write_lasher(tmp_path / "clip")
    (folder / "infrared" / "i001.png").write_bytes(b"")
    with (
        open_sequence(folder) as sequence,
        pytest.raises(CKDError, match="Frame 1 cannot be tracked"),
    ):
        follow(Shifting(), sequence, BOX, 1, 3)
