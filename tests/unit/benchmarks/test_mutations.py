"""The judge of damaged input: what it calls a fault, and what it says nobody can know."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.mutations.bytewise import CHANGES
from benchmarks.mutations.campaign import EDITS, KINDS, Lane, all_sounds, clusters
from benchmarks.mutations.commands import COMMANDS, judge_recovered, judge_rows
from benchmarks.mutations.damage import Damage
from benchmarks.mutations.numbers import BASE, THERMAL, UNREADABLE, Telling, heat, picture, seen
from benchmarks.mutations.records import CHANGES as KEPT
from benchmarks.mutations.sequences import FRAMES, STILLS, sounds
from benchmarks.mutations.sound import Sound
from benchmarks.mutations.trying import Outcome, general_faults
from tracker_core.frames import FramePair

DONE = Outcome(("track",), 0, 0, False, "", "", "", 0.1, 5.0, False)


def damaged(root: Path, sound: Sound | None = None) -> Damage:
    chosen = sound or Sound("lasher png", "sequences", STILLS["lasher png"].write, checked=True)
    return Damage(chosen, root, random.Random(0))


def rows(root: Path, *boxes: tuple[float, ...]) -> Path:
    root.mkdir(exist_ok=True)
    text = "".join(",".join(map(str, box)) + "\n" for box in boxes)
    (root / "rows.txt").write_text(text, encoding="ascii")
    return root


def pair(rgb: int, tir: int, first_box: float = 0, first: int = 0) -> tuple[float, ...]:
    return rgb, tir + THERMAL, BASE + first_box, BASE + first


def test_pictures_spell_their_number_and_modality_until_they_are_damaged() -> None:
    for number in range(32):
        assert seen(picture(number)) == number
        assert seen(heat(number)) == number + THERMAL
        assert seen(heat(number).astype(np.uint16) * 257) == number + THERMAL
    half = picture(5)
    half[40:] = 128
    mixed = picture(5)
    mixed[32:] = picture(6)[32:]
    for image in (half, mixed, np.zeros((64, 96, 3), np.uint8), np.zeros((2, 2), np.uint8)):
        assert seen(image) == UNREADABLE


def test_the_tracker_says_what_it_was_shown() -> None:
    tracker = Telling()
    state = tracker.start(FramePair(picture(3), heat(3)), (7, 5, 20, 20))
    _, step = tracker.step(state, FramePair(picture(4), heat(9)))
    assert step.box_xywh == (4, 9 + THERMAL, BASE + 7, BASE + 3)


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        (pair(4, 4), []),
        (pair(4, 5), ["a wrong pair"]),
        ((4 + THERMAL, 4, BASE, BASE), ["modalities exchanged"]),
        ((UNREADABLE, 4 + THERMAL, BASE, BASE), ["damaged pixels were shown"]),
        (pair(4, 4, first_box=6, first=5), ["a row of another frame"]),
    ],
)
def test_pairs_and_rows_are_judged_by_content(
    tmp_path: Path, box: tuple[float, ...], fault: list[str]
) -> None:
    damage = damaged(tmp_path)
    assert judge_rows(damage, DONE, rows(tmp_path / "out", (0, 5, 20, 20), box), {}) == fault
    # What is refused shows nothing.
    assert judge_rows(damage, replace(DONE, code=2), tmp_path / "out", {}) == []


def test_what_nobody_can_know_is_not_judged(tmp_path: Path) -> None:
    out = rows(tmp_path / "out", pair(4, 5))
    damage = damaged(tmp_path)
    damage.lies(4)
    assert judge_rows(damage, DONE, out, {}) == []
    rows(out, (UNREADABLE, 4 + THERMAL, BASE, BASE))
    bmp = damaged(tmp_path, Sound("bmp", "sequences", STILLS["bmp"].write))
    assert judge_rows(bmp, DONE, out, {}) == ["damaged pixels were shown"]
    bmp.pictures = True
    assert judge_rows(bmp, DONE, out, {}) == []
    rows(out, pair(4, 4, first_box=6, first=5))
    damage = damaged(tmp_path)
    damage.labels = True
    assert judge_rows(damage, DONE, out, {}) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, ""),
        ({"code": None, "hung": True}, "hang"),
        ({"code": None, "signal": 11}, "crash by signal 11"),
        ({"code": 1}, "exit code 1"),
        ({"code": 1, "said": "Traceback (most recent call last):\nKeyError: 1\n"}, "KeyError"),
        ({"raw": "libpng warning: x\n"}, "output of a C library: libpng"),
        ({"grown": 400.0}, "memory"),
        ({"left_running": True}, "left running"),
        ({"code": 2, "said": "ckd-studio: a.txt is no box.\n"}, ""),
        ({"code": 2, "said": ""}, "without a sentence"),
        ({"code": 2, "said": f"ckd-studio: {'x' * 3000}\n"}, "more than 2000"),
        ({"code": 2, "said": "ckd-studio: \x1b[31m\n"}, "control characters"),
        ({"code": 2, "said": "ckd-studio: Not enough memory.\n"}, "asks for more memory"),
    ],
)
def test_what_no_command_may_do(changes: dict[str, object], fault: str) -> None:
    outcome = replace(DONE, **changes)  # type: ignore[arg-type]
    found = general_faults(outcome, frozenset({0, 2}), usual=10.0, most=256.0)
    assert bool(found) == bool(fault)
    assert fault in " ".join(found)


@pytest.mark.parametrize(
    ("frames", "said", "fault"),
    [
        (range(FRAMES), "0\n", []),
        ((0, 1, *range(KEPT, FRAMES)), "1\nThe journal is damaged after 2 changes.\n", []),
        ((0, 1, *range(KEPT, FRAMES)), "0\n", ["changes of a journal are gone without a word"]),
        ((0, 2, *range(KEPT, FRAMES)), "1\ndamaged\n", ["recovered changes have a hole"]),
    ],
)
def test_what_comes_back_of_a_journal_is_its_beginning(
    tmp_path: Path, frames: range | tuple[int, ...], said: str, fault: list[str]
) -> None:
    lines = ["frame,rgb_x", *(f"{frame},{float(frame)}" for frame in frames)]
    (tmp_path / "made.csv").write_text("\n".join(lines), encoding="ascii")
    (tmp_path / "recover.txt").write_text(said, encoding="ascii")
    damage = damaged(tmp_path)
    damage.touched.add(".walk.h5.journal")
    outcome = replace(DONE, arguments=("export",))
    assert judge_recovered(damage, outcome, tmp_path, {}) == fault


def test_every_kind_has_sound_input_edits_and_commands() -> None:
    kinds = {each.kind for each in all_sounds()}
    assert kinds == set(KINDS) == set(EDITS) == set(COMMANDS)
    assert sum(KINDS.values()) == 100


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="some edits make pipes")
@pytest.mark.parametrize(
    "name", sorted({name for table in EDITS["sequences"] for name in table} - {"pickle", "tree"})
)
def test_an_edit_changes_what_it_says_and_does_the_same_again(tmp_path: Path, name: str) -> None:
    edit = next(table[name] for table in EDITS["sequences"] if name in table)
    seen_words = []
    for place in ("one", "two"):
        root = tmp_path / place
        STILLS["lasher png"].write(root)
        before = listing(root)
        known = {each.name: each for each in sounds()}["lasher png"]
        damage = Damage(known, root, random.Random(4))
        for seed in range(20):
            damage.chance = random.Random(seed)
            if edit(damage):
                break
        assert damage.words
        assert listing(root) != before
        seen_words.append(damage.words)
    assert seen_words[0] == seen_words[1]


def listing(root: Path) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for path in sorted(root.rglob("*")):
        regular = path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20
        mode = path.lstat().st_mode
        found.append((path.as_posix(), (mode, path.read_bytes() if regular else path.is_symlink())))
    return found


def test_a_plan_follows_from_seed_and_number(tmp_path: Path) -> None:
    def plan(number: int) -> tuple[object, ...]:
        made = Lane(tmp_path, 3, KINDS).plan(number)
        names: Callable[[int], list[str]] = lambda _: [each[0] for each in made.edits]  # noqa: E731
        return made.sound.name, names(0), [each.name for each in made.commands]

    assert [plan(number) for number in range(20)] == [plan(number) for number in range(20)]
    assert len({str(plan(number)) for number in range(20)}) > 10


def test_a_change_of_bytes_changes_bytes() -> None:
    data = bytes(range(256)) * 4
    for name, change in CHANGES.items():
        made, words = change(random.Random(1), data, data[::-1])
        assert made != data, name
        assert words


def test_faults_are_counted_by_kind() -> None:
    faults = [(1, "vot", "track: hang"), (9, "vot", "track: hang"), (4, "bmp", "info: memory")]
    first, second = clusters(faults)
    assert first.split() == ["2", "track:", "hang", "(vot):", "1,", "9"]
    assert second.strip().startswith("1  info: memory")
