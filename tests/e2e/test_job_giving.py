"""Giving away and taking in: `main()` with a session, then mouse and keys, and the command line.

What is promised, and the test that does it:

- from the window a session becomes files of other programs, after a look at what they will be, and
  what a form cannot hold, or that a file is there already, is said before; taken in by a session
  that has nothing yet, boxes and absence are equal, and all else that the form holds; the command
  line writes and takes in the same: `test_what_is_given_away_and_taken_in_is_equal`
- an annotated video is written in the background, its size and length said before, and stopping it
  leaves nothing behind: `test_a_video_is_looked_at_stopped_and_written`
- figures for a paper: `tests/e2e/test_job_drawing.py`

Every form on its own is held to what it promises by `tests/properties/test_exports_round_trip.py`,
and read by the programs of its community in `tests/e2e/test_real_readers.py`.
"""

from __future__ import annotations

from pathlib import Path
from threading import Event

import av
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.export import film
from app.views.shell.exchange_dialogs import ExportDialog, ImportDialog
from sessions import AddTarget, Flag, SetFlags, Source, Target, load
from tests.e2e.at_work import (
    PATIENCE,
    Hands,
    Program,
    by_hand,
    meeting,
    tracked,
    write_session,
    write_walk,
)

FRAMES = 12
NAME = "行人 ../1"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_walk(tmp_path / "walk", FRAMES)


@pytest.fixture
def session(clip: Path, tmp_path: Path) -> Path:
    """One target: by hand, tracked, hidden on a frame, gone for three, without one at the end."""
    return write_session(
        tmp_path / "kept" / "one.h5", clip, AddTarget("1", NAME), by_hand("1", 0),
        tracked("1", 1, 5), by_hand("1", 9), tracked("1", 10, 10),
        SetFlags("1", np.array([4]), Flag.OCCLUDED), SetFlags("1", np.arange(6, 9), Flag.ABSENT),
    )  # fmt: skip


def choose(hands: Hands, dialog: ExportDialog | ImportDialog, form: str, place: Path) -> None:
    """Choose a form, which is called so, and type a place, without the mouse."""
    hands.press("Alt+F")
    hands.press("Home")
    # Not by its first letters: on a busy machine a pause begins another search.
    while not dialog.form.currentText().startswith(form):
        assert dialog.form.currentIndex() + 1 < dialog.form.count()
        hands.press("Down")
    hands.press("Alt+W" if isinstance(dialog, ExportDialog) else "Alt+R")
    assert dialog.place.hasFocus()
    QTest.keyClick(dialog.place, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    hands.write(str(place))


def test_what_is_given_away_and_taken_in_is_equal(
    program: Program, clip: Path, session: Path, tmp_path: Path
) -> None:
    vot, table = tmp_path / "given" / "vot", tmp_path / "given" / "walk.csv"
    shown: list[str] = []

    def look_and_do(hands: Hands, dialog: ExportDialog | ImportDialog) -> None:
        hands.wait(dialog.accepting.isEnabled)
        shown[:] = [dialog.preview.toPlainText(), dialog.said.text()]
        hands.press("Return")

    def give_vot(dialog: ExportDialog, hands: Hands) -> None:
        choose(hands, dialog, "VOT", vot)
        look_and_do(hands, dialog)

    def find_it_taken(dialog: ExportDialog, hands: Hands) -> None:
        choose(hands, dialog, "VOT", vot)
        hands.wait(lambda: "exists already" in dialog.said.text())
        assert dialog.said.text() == (
            f"{vot / 'groundtruth.txt'} exists already; choose another name, or tick the box below."
        )
        assert not dialog.accepting.isEnabled()
        hands.press("Esc")

    def give_table(dialog: ExportDialog, hands: Hands) -> None:
        choose(hands, dialog, "CSV", table)
        look_and_do(hands, dialog)

    def give(hands: Hands) -> None:
        with meeting(ExportDialog, lambda dialog: give_vot(dialog, hands)):
            hands.menu("File", "Export")
        hands.settle()
        assert shown[0].startswith(f"groundtruth.txt – {FRAMES} lines, ")
        assert "\n\nocclusion.tag – 12 lines, 24 bytes\n0\n0\n0\n0\n1\n" in shown[0]
        lost = "the names of targets; where boxes come from; scores"
        assert shown[1].startswith(f"Not held of this session: {lost}")
        assert hands.message.startswith(
            f"Exported 4 files in {vot}. VOT sequence does not hold {lost}"
        )
        with meeting(ExportDialog, lambda dialog: find_it_taken(dialog, hands)):
            hands.press("Ctrl+Shift+E")
        with meeting(ExportDialog, lambda dialog: give_table(dialog, hands)):
            hands.press("Ctrl+Shift+E")
        hands.settle()
        assert shown[0].startswith(
            f"walk.csv – {len(table.read_text('utf-8').splitlines())} lines, "
        )
        assert hands.message.startswith(f"Exported {table}.")
        assert hands.steps == 0

    program(give, session)
    (before,) = load(session).targets.values()

    def take_vot(dialog: ImportDialog, hands: Hands) -> None:
        choose(hands, dialog, "VOT", vot)
        look_and_do(hands, dialog)

    def take_table(dialog: ImportDialog, hands: Hands) -> None:
        choose(hands, dialog, "CSV", table)
        look_and_do(hands, dialog)

    def take(hands: Hands) -> None:
        assert not hands.session.targets
        with meeting(ImportDialog, lambda dialog: take_vot(dialog, hands)):
            hands.menu("File", "Import")
        hands.settle()
        assert shown[1] == "1 target with 8 boxes, absent on 3 frames."
        assert hands.message == "Imported 1 target with 8 boxes, absent on 3 frames from vot."
        check_of_vot(before, hands.target)
        with meeting(ImportDialog, lambda dialog: take_table(dialog, hands)):
            hands.press("Ctrl+Shift+I")
        hands.settle()
        check_of_table(before, hands.target)
        hands.key("Ctrl+Z", "Ctrl+Z")
        assert not hands.session.targets

    program(take, clip)

    for form, given, check in (("vot", vot, check_of_vot), ("csv", table, check_of_table)):
        out, new = tmp_path / "commands" / given.name, tmp_path / f"{form}.h5"
        program.command("export", session, "--form", form, "--out", out)
        files = [each.relative_to(given) for each in (given, *given.rglob("*")) if each.is_file()]
        assert files
        assert all((out / each).read_bytes() == (given / each).read_bytes() for each in files)
        program.command("import", clip, given, "--form", form, "--out", new)
        (after,) = load(new).targets.values()
        check(before, after)


def check_of_vot(before: Target, after: Target) -> None:
    """Check for equal in what a VOT sequence holds."""
    there = np.isfinite(before.boxes[:, 0, 0]) & ~before.absent()
    assert there.sum() == 8
    assert np.array_equal(np.isfinite(after.boxes[:, 0, 0]) & ~after.absent(), there)
    assert np.array_equal(after.boxes[there], before.boxes[there])
    assert np.array_equal(after.absent(), before.absent())
    assert np.array_equal(after.flags & Flag.OCCLUDED, before.flags & Flag.OCCLUDED)
    assert set(after.source[there]) == {Source.IMPORTED}


def check_of_table(before: Target, after: Target) -> None:
    """Check for equal in all of a target, as the table holds it."""
    assert after.name == before.name == NAME
    for part in ("boxes", "flags", "source", "score"):
        one, other = getattr(before, part), getattr(after, part)
        assert np.array_equal(one, other, equal_nan=part in ("boxes", "score")), part


def test_a_video_is_looked_at_stopped_and_written(
    program: Program, session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, go_on, read = tmp_path / "films" / "walk.mp4", Event(), film.annotated
    place.parent.mkdir()
    begun: list[int] = []

    def wait(*given: object, **named: object) -> object:
        # The third frame is not read before somebody has stopped the export.
        begun.append(1)
        if len(begun) > 2:
            go_on.wait(PATIENCE / 1000)
        return read(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(film, "annotated", wait)
    shown: list[str] = []

    def give(dialog: ExportDialog, hands: Hands) -> None:
        choose(hands, dialog, "Annotated", place)
        hands.wait(dialog.accepting.isEnabled)
        shown[:] = dialog.preview.toPlainText().split("\n")
        hands.press("Return")

    def person(hands: Hands) -> None:
        with meeting(ExportDialog, lambda dialog: give(dialog, hands)):
            hands.press("Ctrl+Shift+E")
        hands.wait(lambda: len(begun) > 2)
        hands.button("Stop")
        go_on.set()
        hands.settle()
        assert hands.message == "The export was stopped; nothing was written."
        assert list(place.parent.iterdir()) == []
        with meeting(ExportDialog, lambda dialog: give(dialog, hands)):
            hands.menu("File", "Export")
        hands.settle()
        assert hands.message.startswith(f"Exported {place}.")

    program(person, session)
    assert [each.name for each in place.parent.iterdir()] == ["walk.mp4"]
    with av.open(place) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
        size = f"{stream.width}x{stream.height}"
    assert frames == FRAMES
    assert shown == [
        f"walk.mp4 – {FRAMES} frames of {size} pixels, 12 frames a second: 1.0 s",
        f"Boxes of {NAME}: 8 frames",
        f"Score of {NAME}: 6 frames",
    ]
