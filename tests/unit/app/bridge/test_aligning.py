"""An alignment of a session or of a file, put to use on the images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.bridge.aligning import alignment_for, given_alignment, task_alignment
from app.bridge.session_images import open_images
from app.bridge.values import sequence_info
from app.cli import entry as cli
from sessions import Alignment, AnnotationSession, load, save
from tests.recordings import write_folder
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.trackers.still import StillSource, StillTracker
from tracker_core.tracking.tasks import Failed, SequenceTask, track_sequence

FRAMES = 12
MORE = 8


def slope(number: int) -> NDArray[np.uint8]:
    """A gray frame whose first pixel says its number, brighter to the right and below."""
    return np.add.outer(np.arange(24), 3 * np.arange(32)).astype(np.uint8) + np.uint8(number)


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """As many RGB frames as thermal ones, and eight thermal ones more; both count from 0."""
    root = tmp_path / "walk"
    write_folder(root / "visible", [f"v{k:03d}.png" for k in range(FRAMES)])
    write_folder(root / "infrared", [f"i{k:03d}.png" for k in range(FRAMES + MORE)], slope)
    return root


def number_of(image: NDArray[Any] | None) -> int:
    assert image is not None
    return int(image.ravel()[0])


def ahead(sequence: Sequence) -> set[int]:
    frames = [sequence.frame(k) for k in range(len(sequence))]
    return {
        number_of(each.tir) - number_of(each.rgb)
        for each in frames
        if each.rgb is not None and each.tir is not None
    }


@pytest.mark.parametrize(("more", "paired_with"), [(0, ""), (0, "names"), (8, "names")])
@pytest.mark.parametrize("offset", [3, -2])
def test_a_session_from_elsewhere_is_honoured(
    walk: Path, offset: int, more: int, paired_with: str
) -> None:
    """As a script writes it: frames of the folders, and how the cameras lie to each other."""
    for k in range(FRAMES + more, FRAMES + MORE):
        (walk / "infrared" / f"i{k:03d}.png").unlink()
    with open_sequence(walk) as plain:
        info = sequence_info(plain, [walk])
    session = AnnotationSession(info, alignment=Alignment(offset, paired_with=paired_with))
    # With eight more the offset itself would give as many frames, but others.
    with open_images(session, [walk]) as sequence:
        assert len(sequence) == FRAMES + more
        assert ahead(sequence) == {offset}
        assert sequence.frame(0).is_gap == (offset < 0)
        assert number_of(sequence.frame(5).rgb) == 5


def test_the_map_puts_thermal_on_rgb_pixels(walk: Path) -> None:
    with open_sequence(walk) as sequence:
        image = sequence.frame(4).tir
        assert image is not None
        before = np.asarray(image, np.float64)
        height, width = before.shape[:2]
        right = np.array([[1.0, 0, 6], [0, 1, 2], [0, 0, 1]])
        sequence.align(right, 1)
        after = np.asarray(sequence.frame(3).tir, np.float64)
        assert after[2:, 6:] == pytest.approx(before[: height - 2, : width - 6])
        assert after[0, 0] == pytest.approx(before.mean(axis=(0, 1)), abs=1)
        assert np.array_equal(sequence.frame(3).pair().tir, after)
        assert np.array_equal(sequence.recorded(3).tir, before)
        # Twice as many pixels that fill the frame are no map, and cost nothing.
        sequence.align(np.eye(3), 0)
        assert np.array_equal(sequence.frame(4).tir, before)
        with pytest.raises(CKDError, match="3 x 3"):
            sequence.align(np.full((3, 3), np.nan), 0)


def test_the_command_line_takes_an_alignment_and_a_session_keeps_it(
    walk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rig.json"
    moved = [[1, 0, 6], [0, 1, 2], [0, 0, 1]]
    points = [{"rgb": [7, 2], "tir": [1, 0]}]
    file.write_text(json.dumps({"time_offset": 3, "tir_to_rgb": moved, "points": points}))
    out = tmp_path / "r.txt"
    words = ["track", str(walk), "--out", str(out), "--init-box", "8,4,5,6", "--end", "9"]
    words += ["--tracker", "still", "--alignment", str(file), "--session", str(tmp_path / "s.h5")]
    assert cli.run(words) == 0
    session = load(tmp_path / "s.h5")
    assert session.alignment.time_offset == 3
    assert session.alignment.points[0].residual == 0
    # On the frames of before, a row each.
    assert len(out.read_text().splitlines()) == 10
    assert session.target("1").boxes[5] == pytest.approx(np.array([[8.0, 4, 5, 6], [2, 2, 5, 6]]))
    with open_images(session, [walk]) as sequence:
        assert len(sequence) == session.frame_count == FRAMES + MORE
        assert number_of(sequence.frame(0).rgb) == 0
        assert number_of(sequence.recorded(0).tir) == 3
    boxes = tmp_path / "boxes.txt"
    boxes.write_text("8,4,5,6\n" * FRAMES)
    words = ["import", str(walk), str(boxes), "--form", "boxes", "--out", str(tmp_path / "i.h5")]
    assert cli.run([*words, "--alignment", str(file)]) == 0
    imported = load(tmp_path / "i.h5")
    assert imported.alignment == session.alignment
    assert next(iter(imported.targets.values())).boxes[4, 1] == pytest.approx([2, 2, 5, 6])
    capsys.readouterr()
    for content, said in (('{"time_offset": 90}', "no frame has both"), ("[]", "rig.json")):
        file.write_text(content)
        assert cli.run([*words, "--overwrite", "--alignment", str(file)]) == 2
        assert said in capsys.readouterr().err
    assert cli.run([*words, "--overwrite", "--alignment", str(tmp_path / "none.json")]) == 2


def test_a_dataset_is_tracked_with_an_alignment(
    walk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rig.json"
    file.write_text('{"time_offset": 3}')
    assert task_alignment(file) == (3, None)
    (walk / "init.txt").write_text("8,4,5,6\n")
    for name in ("visible.txt", "infrared.txt"):
        (walk / name).write_text("8,4,5,6\n" * FRAMES)
    words = ["run", str(walk.parent), "--out", str(tmp_path / "run"), "--tracker", "still"]
    assert cli.run([*words, "--alignment", str(file)]) == 0
    assert len((tmp_path / "run" / "walk.txt").read_text().splitlines()) == FRAMES + MORE
    # What decides the boxes of a run is kept in its folder; this is another one.
    assert cli.run(words) == 2
    task = SequenceTask("walk", walk, shift=3, tir_to_rgb=tuple(np.eye(3).ravel()))
    seen: list[int] = []

    class Looking(StillTracker):
        def start(self, frames: FramePair, _box: Box) -> Box:
            seen.append(number_of(frames.tir) - number_of(frames.rgb))
            raise CKDError("Enough was seen.")

    class Source(StillSource):
        def make(self) -> StillTracker:
            return Looking()

    assert isinstance(track_sequence(Source(), task), Failed)
    assert seen == [3]
    nowhere = '{"tir_to_rgb": [[0.001, 0, 5000], [0, 0.001, 0], [0, 0, 1]]}'
    capsys.readouterr()
    for content, said in (
        ('{"time_offset": 90}', "no frame has both"),
        (nowhere, "next to nothing"),
    ):
        words[3] = str(tmp_path / said)
        file.write_text(content)
        assert cli.run([*words, "--alignment", str(file)]) != 0
        assert said in capsys.readouterr().err


def test_a_file_for_a_session_counts_on_its_own_frames(walk: Path, tmp_path: Path) -> None:
    file = tmp_path / "rig.json"
    file.write_text('{"time_offset": 3}')
    with open_sequence(walk, tir_offset=2) as sequence:
        info = sequence_info(sequence, [walk])
        new = given_alignment(file, sequence, 2)
        assert (new.time_offset, new.paired_with) == (5, "2")
        assert ahead(sequence) == {5}
    for alignment in (Alignment(2), Alignment(9, paired_with="2")):
        session = AnnotationSession(info, alignment=alignment)
        session.alignment = alignment_for(session, file)
        save(session, tmp_path / "s.h5")
        with open_images(load(tmp_path / "s.h5"), [walk]) as sequence:
            assert ahead(sequence) == {5}
            assert len(sequence) == session.frame_count


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0, 1e6], [0, 1, 0], [0, 0, 1]],
        [[1e-3, 0, 0], [0, 1e-3, 0], [0, 0, 1]],
        [[1, 0, 0], [0, 1, -900], [0, 0, 1]],
    ],
)
def test_a_map_that_leaves_thermal_nothing_to_see_is_refused(
    walk: Path, tmp_path: Path, matrix: list[list[float]]
) -> None:
    file = tmp_path / "rig.json"
    file.write_text(json.dumps({"tir_to_rgb": matrix}))
    with open_sequence(walk) as sequence:
        with pytest.raises(CKDError, match="next to nothing of the thermal frame"):
            given_alignment(file, sequence)
        session = AnnotationSession(sequence_info(sequence, [walk]))
        with pytest.raises(CKDError, match="next to nothing of the thermal frame"):
            alignment_for(session, file)
        # A narrow lens sees a small part, and the far side of a slanted plane is no reason.
        for kept in (
            [[0.1, 0, 30], [0, 0.1, 20], [0, 0, 1]],
            [[1, 0, 0], [0, 1, 0], [-0.02, 0, 1]],
        ):
            file.write_text(json.dumps({"tir_to_rgb": kept}))
            assert given_alignment(file, sequence).matrix.tolist() == kept
