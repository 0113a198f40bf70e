"""What "perhaps lost" is worth, on clips whose frames are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.resolve.lost import LostRule
from benchmarks.lost.__main__ import main
from benchmarks.lost.footage import NOWHERE, SceneClip
from benchmarks.lost.judging import NEVER, Followed, best, worth


def clip(name: str, iou: list[float], score: list[float]) -> Followed:
    values = np.array(iou), np.array(score)
    return Followed(name, name, "scene", *values, np.full(len(iou), np.nan))


def test_frames_losses_and_alarms_are_counted() -> None:
    # Lost on six frames, said on the last five; wrong, not lost, on one; an alarm on right boxes.
    iou = [0.9, 0, 0, 0, 0, 0, 0, 0.3, 0.9, 0.9, 0.9, 0.9]
    score = [0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.9]
    found = worth(
        [clip("a", iou, score), clip("b", [0.9] * 8, [0.9] * 8)], LostRule(0.25, NEVER, 2)
    )
    assert found.precision.value == pytest.approx(6 / 8)
    assert found.lost == pytest.approx(5 / 8)
    assert found.recall.value == pytest.approx(5 / 6)
    assert found.stretches.value == 1
    assert found.false_alarms.value == pytest.approx(1000 / 20)
    strict = worth([clip("a", iou, score)], LostRule(0.25, NEVER, 3))
    assert strict.precision.value == 1
    assert strict.false_alarms.value == 0
    assert best([found, strict]) is strict
    assert best([found]) is None


def test_a_target_that_is_not_there_is_lost_wherever_the_box_is() -> None:
    with SceneClip("random", 10_000, 24).open() as footage:
        # Nobody's box can be on it.
        assert footage.boxes[0][2] > 1
        assert len(footage.film) == len(footage.boxes)
    assert NOWHERE[0] < -1000


def test_kept_clips_are_judged_without_tracking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 60
    true = np.tile([10.0, 10, 20, 20], (count, 1))
    boxes, score = true.copy(), np.full(count, 0.9, np.float32)
    boxes[30:45, 0] += 100
    score[30:45] = 0.05
    true[40:45] = 0
    score[0] = np.nan
    np.savez(tmp_path / "street-60-1.npz", boxes=boxes, truth=true, score=score)
    assert main(["--cache", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "1 clips, 59 frames, 15 lost, 15 with a wrong box" in shown
    assert "(in use)" in shown
    (tmp_path / "street-60-1.npz").write_bytes(b"no")
    assert main(["--cache", str(tmp_path)]) == 2
