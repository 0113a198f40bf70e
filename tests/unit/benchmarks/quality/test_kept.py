from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.exams import PLAIN, StillClip
from benchmarks.quality.kept import KeptRows
from benchmarks.quality.runner import Answers, ClipScore, Contender, Figures
from benchmarks.quality.stills import StillPair
from tracker_core.errors import CKDError
from tracker_core.trackers import TrackerInfo, TrackerSource, tracker_source

STILL = Contender("still", tracker_source("still"))
OTHER = Contender("other", tracker_source("correlation"))


def clip(seed: int, folder: str = "here") -> StillClip:
    still = StillPair("p", Path(folder) / "a", Path(folder) / "b", "0f")
    return StillClip(PLAIN, still, (1.0, 2.0, 9.0, 9.0), "RGB", seed, 20, (99, 99))


def score(tracker: str, of: StillClip, value: float = 0.5) -> ClipScore:
    iou = np.array([value, 0.25, 1.0])
    said = {"score": np.array([0.5, np.nan, 0.75])}
    given = Answers(iou, iou + 0.0625, iou - 0.125, said)
    return ClipScore(tracker, PLAIN, of.name, 3, Figures(0.1, 0.2, 0.3, value), 51.5, given)


def keep(path: Path, *seeds: int) -> None:
    kept = KeptRows(path)
    for task in kept.missing([clip(seed) for seed in seeds], [STILL]):
        kept.add(task, [score("still", clip(0))])


def test_what_was_kept_is_there_again_and_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    keep(path, 0, 1)
    after = KeptRows(path)
    assert [task.clip for task in after.missing([clip(0), clip(1), clip(2)], [STILL])] == [clip(2)]
    found = after.scores([clip(0), clip(2)], [STILL])
    expected = score("still", clip(0))
    assert [replace(each, answers=None) for each in found] == [replace(expected, answers=None)]
    given, known = found[0].answers, expected.answers
    assert given is not None
    assert known is not None
    for one, other in (
        (given.iou, known.iou),
        (given.true_size, known.true_size),
        (given.true_centre, known.true_centre),
        (given.said["score"], known.said["score"]),
    ):
        assert np.array_equal(one, other, equal_nan=True)


def test_only_the_tracker_that_is_new_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    keep(path, 0)
    kept = KeptRows(path)
    (task,) = kept.missing([clip(0)], [STILL, OTHER])
    assert task.contenders == (OTHER,)
    # Until it is done, the other would be compared over more windows.
    assert kept.scores([clip(0)], [STILL, OTHER]) == []
    kept.add(task, [score("other", clip(0))])
    assert [each.tracker for each in kept.scores([clip(0)], [STILL, OTHER])] == ["still", "other"]


@dataclass(frozen=True)
class Tuned:
    """The same weights in another loop."""

    source: TrackerSource
    config: str

    @property
    def settings(self) -> dict[str, str]:
        return self.source.settings

    @property
    def info(self) -> TrackerInfo:
        return replace(self.source.info, config=self.config)

    def make(self) -> object:
        return self.source.make()


def test_rows_of_another_tracker_or_window_are_not_taken_for_these(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    keep(path, 0)
    kept = KeptRows(path)
    assert kept.missing([clip(0, "elsewhere")], [STILL]) == []  # the same pixels
    changed = replace(clip(0), pair=replace(clip(0).pair, sha256="1f"))
    others = [changed, replace(clip(0), length=21), replace(clip(0), version=0)]
    assert len(kept.missing(others, [STILL])) == 3
    tuned = Contender("still", Tuned(STILL.source, '{"size_rate": 0.2}'))
    assert len(kept.missing([clip(0)], [tuned])) == 1
    assert len(kept.missing([clip(0)], [Contender("still", OTHER.source)])) == 1


def test_half_a_line_of_a_killed_run_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    keep(path, 0, 1)
    text = path.read_text()
    for left in (len(text) - 1, len(text) - 30, text.index("\n") + 2):
        path.write_text(text[:left])
        keep(path, 0, 1)
        assert path.read_text() == text


@pytest.mark.parametrize(
    "line",
    [
        "tracker,clip",
        "[]",
        "{}",
        '{"key": "1", "figures": []}',
        '{"key": "1", "figures": {}, "tracker": "a", "condition": "b", "clip": "c", "frames": 1}',
        '{"key": "1", "figures": {"pr": 1, "npr": 1, "sr": 1, "iou": 1}, "tracker": "a", '
        '"condition": "b", "clip": "c", "frames": 1e999, "frames_per_second": 1}',
        "[" * 100_000,
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "notes.txt"
    for text in (f"{line}\n", line):
        path.write_text(text)
        if text == line and line.startswith('{"key": "'):
            continue  # as a killed run leaves it
        with pytest.raises(CKDError, match=r"Line 1 of .*notes.txt is no row of an exam"):
            KeptRows(path)
        assert path.read_text() == text


def test_a_folder_is_refused_and_no_path_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="cannot be read"):
        KeptRows(tmp_path)
    nowhere = KeptRows(None)
    (task,) = nowhere.missing([clip(0)], [STILL])
    nowhere.add(task, [score("still", clip(0))])
    assert len(nowhere.scores([clip(0)], [STILL])) == 1
    lost = KeptRows(tmp_path / "gone" / "rows.jsonl")
    with pytest.raises(CKDError, match="Cannot write"):
        lost.add(task, [score("still", clip(0))])
