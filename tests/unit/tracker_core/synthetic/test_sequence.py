from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.imaging import image_size, read_image
from tracker_core.sequences import open_sequence
from tracker_core.synthetic.scene import SceneObject
from tracker_core.synthetic.sequence import LONG_HIDDEN, make_scene, truth, write_sequence

SIZE = (160, 120)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clips") / "night"
    return write_sequence(out, 6, 5, SIZE, "random-night")


def test_the_layout_is_lashers(written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == [
        "infrared",
        "infrared.txt",
        "init.txt",
        "visible",
        "visible.txt",
    ]
    assert [path.name for path in sorted((written / "visible").iterdir())] == [
        f"v{index:03d}.jpg" for index in range(6)
    ]
    assert [path.name for path in sorted((written / "infrared").iterdir())] == [
        f"i{index:03d}.jpg" for index in range(6)
    ]
    assert image_size(written / "visible" / "v000.jpg") == SIZE
    assert read_image(written / "infrared" / "i000.jpg").ndim == 2
    rows = (written / "visible.txt").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 6
    assert (written / "infrared.txt").read_text(encoding="utf-8").splitlines() == rows
    assert (written / "init.txt").read_text(encoding="utf-8").strip() == rows[0]
    assert all(len([int(part) for part in row.split(",")]) == 4 for row in rows)


def test_our_own_reader_opens_it(written: Path) -> None:
    sequence = open_sequence(written)
    assert len(sequence) == 6
    truth_boxes = sequence.ground_truth
    assert truth_boxes is not None
    rows = np.loadtxt(written / "visible.txt", delimiter=",")
    assert np.allclose(truth_boxes.rgb, rows)
    sequence.close()


def test_the_same_arguments_give_the_same_files(written: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    again = write_sequence(
        tmp_path / "again", 6, 5, SIZE, "random-night", lambda *step: seen.append(step)
    )
    assert seen == [(done, 6) for done in range(1, 7)]
    for path in sorted(written.rglob("*.*")):
        assert (again / path.relative_to(written)).read_bytes() == path.read_bytes()
    other = write_sequence(tmp_path / "other", 1, 6, SIZE, "random-night")
    assert (other / "visible" / "v000.jpg").read_bytes() != (
        written / "visible" / "v000.jpg"
    ).read_bytes()


def test_a_folder_in_use_and_impossible_wishes_are_refused(written: Path, tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="already holds something"):
        write_sequence(written, 2, 0, SIZE)
    file = tmp_path / "file"
    file.write_text("here", encoding="utf-8")
    with pytest.raises(CKDError, match="already holds something"):
        write_sequence(file, 2, 0, SIZE)
    with pytest.raises(CKDError, match="cannot be written: a part of its path is a file"):
        write_sequence(file / "below", 2, 0, SIZE)
    with pytest.raises(CKDError, match="at least 1 frame"):
        write_sequence(tmp_path / "none", 0, 0, SIZE)
    with pytest.raises(CKDError, match="64 to 4096"):
        make_scene("random", 0, 10, (20, 20))
    for name in ("beach", "random-fog", "street-night"):
        with pytest.raises(CKDError, match=f"no scene '{name}'.*random-crossover"):
            make_scene(name, 0, 10, SIZE)


def objects(shares: list[float]) -> list[SceneObject]:
    return [SceneObject("it", (10.4, 20.6, 30.0, 40.0), share) for share in shares]


def test_only_long_absences_are_marked() -> None:
    short = truth(objects([1.0] + [0.0] * (LONG_HIDDEN - 1) + [1.0]), SIZE)
    assert all(box == (10.0, 21.0, 30.0, 40.0) for box in short)
    long = truth(objects([1.0, 1.0] + [0.0] * LONG_HIDDEN + [1.0]), SIZE)
    assert [index for index, box in enumerate(long) if box == (0, 0, 0, 0)] == list(
        range(2, 2 + LONG_HIDDEN)
    )
    to_the_end = truth(objects([1.0] + [0.01] * LONG_HIDDEN), SIZE)
    assert to_the_end[1:] == [(0, 0, 0, 0)] * LONG_HIDDEN


def test_boxes_end_at_the_frame() -> None:
    partly = SceneObject("it", (-10.0, 100.0, 30.0, 40.0), 1.0)
    outside = SceneObject("it", (-50.0, 10.0, 30.0, 40.0), 1.0)
    assert truth([partly, outside], SIZE) == [(0, 100, 20, 20), (0, 0, 0, 0)]
