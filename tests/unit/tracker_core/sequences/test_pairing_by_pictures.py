"""From 0 and from 1, or the first and the last frame lost: what moves in both cameras tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.media import number_of, numbered
from tests.recordings import heat, picture, write_folder
from tracker_core.imaging import read_image, write_image
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.sequences.listing import list_frames
from tracker_core.sequences.moments import is_moved
from tracker_core.sequences.pairing import AmbiguousPairingError

Numbers = list[tuple[int, int]]
"""What the name of a file counts, and what its picture shows."""


def record(root: Path, rgb: Numbers, tir: Numbers) -> Path:
    for folder, files, colour in (("visible", rgb, True), ("infrared", tir, False)):
        (root / folder).mkdir(parents=True)
        for name, shown in files:
            image = numbered(shown, colour=colour)
            # Dark where RGB is light, as a warm thing on a cold street.
            write_image(root / folder / f"{name:04d}.png", image if colour else 255 - image)
    return root


def whole(first: int, count: int, shown: int = 0) -> Numbers:
    return [(first + k, shown + k) for k in range(count)]


def pairs(sequence: Sequence) -> list[tuple[int, int]]:
    frames = [sequence.frame(k) for k in range(len(sequence))]
    both = [(each.rgb, each.tir) for each in frames]
    return [(number_of(a), number_of(255 - b)) for a, b in both if a is not None and b is not None]


CASES: dict[str, tuple[Numbers, Numbers, bool]] = {
    "from 0 and from 1": (whole(0, 20), whole(1, 20), True),
    "from 1 and from 0": (whole(1, 20), whole(0, 20), True),
    "the last of RGB and the first of thermal": (whole(0, 20), whole(1, 20, 1), False),
    "the first of RGB and the last of thermal": (whole(1, 20, 1), whole(0, 20), False),
    "from 1, and the last lost": (whole(0, 20), whole(1, 19), True),
    "the first lost": (whole(0, 20), whole(1, 19, 1), False),
    "few, from 0 and from 1": (whole(0, 8), whole(1, 8), True),
    "few, and two lost": (whole(0, 8), whole(1, 8, 1), False),
    "many, from 0 and from 1": (whole(0, 90), whole(1, 90), True),
    "many, and two lost": (whole(0, 90), whole(1, 90, 1), False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_pictures_settle_it(tmp_path: Path, case: str) -> None:
    rgb, tir, moved = CASES[case]
    with open_sequence(record(tmp_path, rgb, tir)) as sequence:
        found = pairs(sequence)
        assert [a for a, b in found if a != b] == []
        assert len(found) >= min(len(rgb), len(tir)) - 1
        said = [each.sentence for each in sequence.remarks if each.code == "other-base"]
        if moved or len(rgb) == len(tir):
            assert len(said) == 1
            assert "pictures change alike" in said[0]


def test_damaged_pictures_say_nothing_and_the_others_do(tmp_path: Path) -> None:
    root = record(tmp_path, whole(0, 20), whole(1, 20))
    for name in ("visible/0004.png", "infrared/0011.png", "infrared/0012.png"):
        (root / name).write_bytes(b"half a picture")
    with open_sequence(root) as sequence:
        found = pairs(sequence)
        assert len(found) == 17
        assert [a for a, b in found if a != b] == []


def test_what_does_not_move_is_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    makers = {
        "still": lambda _: np.full((24, 32, 3), 90, np.uint8),
        "flat": picture,
        "noise": lambda _: rng.integers(0, 255, (24, 32, 3), dtype=np.uint8),
    }
    for name, make in makers.items():
        root = tmp_path / name
        write_folder(root / "visible", [f"{k:03d}.png" for k in range(12)], make)
        write_folder(root / "infrared", [f"{k + 1:03d}.png" for k in range(12)], heat)
        with pytest.raises(AmbiguousPairingError, match="--tir-offset N"):
            open_sequence(root)
    two = record(tmp_path / "two", whole(0, 2), whole(1, 2))
    with pytest.raises(AmbiguousPairingError):
        open_sequence(two)


@pytest.mark.parametrize("sixteen", [False, True])
def test_a_drawn_street_is_told_either_way(tmp_path: Path, sixteen: bool) -> None:
    """Neither camera sees what the other does; cars move in both."""
    demo = Path(__file__).parents[4] / "resources" / "demo" / "street_dusk"
    for moved in (True, False):
        root = tmp_path / str(moved)
        for folder, letter in (("visible", "v"), ("infrared", "i")):
            (root / folder).mkdir(parents=True)
            ours = sorted((demo / folder).iterdir())[:32]
            if letter == "i" and not moved:
                ours = ours[1:]
            elif letter == "v" or moved:
                ours = ours[:31]
            for k, path in enumerate(ours, int(letter == "i")):
                target = root / folder / f"{k:03d}{path.suffix}"
                if sixteen and letter == "i":
                    deep = read_image(path).astype(np.uint16) * 20 + 7000
                    write_image(target.with_suffix(".png"), deep)
                else:
                    target.write_bytes(path.read_bytes())
        rgb, tir = list_frames(root / "visible"), list_frames(root / "infrared")
        assert (len(rgb), len(tir)) == (31, 31)
        assert is_moved(rgb, tir, 1) is moved


def test_sizes_may_differ(tmp_path: Path) -> None:
    root = tmp_path / "seq"
    for folder, first, step in (("visible", 0, 2), ("infrared", 1, 1)):
        (root / folder).mkdir(parents=True)
        for k in range(16):
            image = np.ascontiguousarray(numbered(k)[::step, ::step])
            write_image(root / folder / f"{first + k:03d}.png", image)
    with open_sequence(root) as sequence:
        assert len(sequence) == 16
