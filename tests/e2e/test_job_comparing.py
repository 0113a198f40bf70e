"""Ground truth and results of trackers beside a session: `main()` with a clip, then mouse and keys.

What is promised, and the test that does it:

- results as folders and zip, each with a colour, a lane and a line of the table; the next frame
  where one fails and another does not, the worst frame, the worst disagreement by one key; a
  figure, a film; the next sequence takes its own results:
  `test_trackers_are_compared_over_a_sequence_and_the_next`
- the true box drawn as such, figures and lane of the session's boxes as they change:
  `test_the_boxes_of_a_session_are_judged_as_they_change`
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QTreeWidget

from app.resolve.comparing import TRUTH
from app.views.timeline.geometry import OVERLAP
from tests.e2e.at_work import Hands, Program, lines_of, place_of, write_walk
from tracker_core.evaluation.result_files import write_result
from tracker_core.imaging import read_image

FRAMES = 40
LOST, LATE = slice(10, 15), slice(30, 40)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Two clips with ground truth, and results of three trackers, one of them in a zip."""
    true = np.array([place_of(frame) for frame in range(FRAMES)])
    for name in ("walk", "again"):
        clip = write_walk(tmp_path / name, FRAMES)
        for truth in ("visible.txt", "infrared.txt", "init.txt"):
            write_result(clip / truth, true)
        for tracker, lost in (("good", slice(0, 0)), ("lost", LOST), ("late", LATE)):
            boxes = true + np.array([1.0, 0, 0, 0])
            boxes[lost, 1] += 60
            write_result(tmp_path / "results" / tracker / f"{name}.txt", boxes)
    late = tmp_path / "results" / "late"
    with zipfile.ZipFile(tmp_path / "late.zip", "w") as archive:
        for file in sorted(late.iterdir()):
            archive.write(file, file.name)
            file.unlink()
    return tmp_path


def table(hands: Hands) -> list[list[str]]:
    """What stands in the table of trackers."""
    tree = hands.window.inspector.findChild(QTreeWidget, "compared")
    assert tree is not None
    assert tree.isVisible()
    return [[line.text(column) for column in range(6)] for line in lines_of(tree)]


def open_tab(hands: Hands, title: str = "Compare") -> None:
    inspector = hands.window.inspector
    bar = inspector.tabBar()
    titles = [bar.tabText(index) for index in range(bar.count())]
    hands.click(bar, bar.tabRect(titles.index(title)).center())
    hands.settle()


def beside(hands: Hands) -> list[str]:
    return [each.name for each in hands.window.views.panes.scene.beside]


def test_trackers_are_compared_over_a_sequence_and_the_next(program: Program, clips: Path) -> None:
    figure, film = clips / "figure.png", clips / "film.mp4"

    def person(hands: Hands) -> None:
        with hands.answering(clips / "results"):
            hands.menu("Compare", "Open a folder of results…")
        hands.wait(lambda: "2 results are compared with the ground truth." in hands.message)
        with hands.answering(clips / "late.zip"):
            hands.menu("Compare", "Open results…")
        hands.wait(lambda: "3 results" in hands.message)
        hands.settle()
        assert beside(hands) == [TRUTH, "good", "lost", "late"]
        open_tab(hands)
        lines = table(hands)
        assert [line[0] for line in lines] == ["good", "lost", "late"]
        assert [line[5] for line in lines] == ["0", "5", "10"]
        # A lane each, and where one fails it does not look as where it does not.
        top = hands.timeline._geometry().overlap_top(1) + OVERLAP / 2
        on, off = (
            hands.painted(hands.timeline, QPointF(hands.ruler(at).x(), top)) for at in (20, 12)
        )
        assert on != off
        hands.key("Shift+V")
        assert hands.frame in {*range(FRAMES)[LOST], *range(FRAMES)[LATE]}
        assert "0.00" in hands.message
        before = hands.frame
        hands.key("Shift+V")
        assert hands.frame != before
        hands.go(0)
        # The one of the least success fails, the best does not.
        hands.key("Shift+F")
        assert hands.frame == LATE.start
        assert "Frames 30 to 39: late fails" in hands.message
        hands.go(0)
        hands.key("Shift+W")
        assert hands.frame == LATE.start
        assert table(hands)[2][4] == "0.00"
        # The frame may be left while another tab is on show.
        open_tab(hands, "Frame")
        hands.go(0)
        open_tab(hands)
        assert float(table(hands)[2][4]) > 0.5
        with hands.answering(figure):
            hands.menu("Compare", "Figure of the comparison…")
        hands.wait(lambda: str(figure) in hands.message)
        assert min(read_image(figure).shape[:2]) > 200
        with hands.answering(film):
            hands.menu("Compare", "Film of the comparison…")
        hands.wait(lambda: f"Exported {film}" in hands.message)
        with av.open(film) as container:
            assert sum(1 for _ in container.decode(video=0)) == FRAMES
        hands.key("Shift+K")
        assert beside(hands) == [TRUTH]
        with hands.answering(clips / "again"):
            hands.key("Ctrl+O")
            hands.wait(lambda: hands.session.sequence.name == "again")
            hands.settle()
        if not hands.window.inspector.is_open:
            open_tab(hands)
        hands.wait(lambda: [line[5] for line in table(hands)] == ["0", "5", "10"])
        hands.menu("Compare", "Close the results")
        assert hands.window.timeline.model.count == FRAMES

    program(person, clips / "walk")


def test_the_boxes_of_a_session_are_judged_as_they_change(program: Program, clips: Path) -> None:
    def person(hands: Hands) -> None:
        assert beside(hands) == [], "nobody is shown the truth unasked"
        hands.draw(place_of(0))
        hands.key("Shift+Y")
        assert beside(hands) == [TRUTH]
        open_tab(hands)
        hands.wait(lambda: table(hands) and table(hands)[0][0] == "Target 1")
        hands.key("Ctrl+G", "5", "Return")
        hands.wait(lambda: hands.frame == 5)
        hands.key("Y")
        hands.wait(lambda: table(hands)[0][4] == "1.00")
        assert table(hands)[0][1:4] == ["100.0", "100.0", "95.2"]
        # Moved away by ten presses, and back by as many undone.
        hands.rgb.setFocus()
        for _ in range(3):
            hands.key("Shift+Down")
        hands.wait(lambda: float(table(hands)[0][4]) < 0.1)
        assert table(hands)[0][5] == "1"
        assert float(table(hands)[0][3]) < 60
        hands.key("Ctrl+Z")
        hands.wait(lambda: float(table(hands)[0][4]) > 0.1)
        hands.key("Shift+Y")
        assert beside(hands) == []

    program(person, clips / "walk")
