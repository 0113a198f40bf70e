"""Working through a dataset: `main()` with a folder of sequences, then mouse and keys.

What is promised, and the test that does it:

- a folder of sequences opens as a list, filtered and sorted, with notes and states of one's own;
  next and previous by one key; each sequence has its session beside it, saved without a question;
  what is unsaved is asked about; a broken sequence in the middle is said and passed; the list is a
  file, and comes back; nothing is lost and nothing doubled:
  `test_twelve_sequences_are_worked_through`
- sessions of several datasets in one chosen folder, with sequences that are called alike; a list
  that cannot be written loses no note: `test_names_that_clash_and_a_list_that_cannot_be_written`
- results of several trackers over the dataset: figures for each sequence, sorted by the worst and
  by the largest disagreement; a table over those that all have, said to be partial; a double click
  opens a sequence with the results beside it: `test_results_are_compared_over_the_dataset`
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.resolve.comparing import TRUTH
from app.resolve.dataset_rows import COLUMNS
from app.views.lists.dataset_page import DatasetPage
from sessions import load
from sessions.worklist import LIST_NAME, read_list
from tests.e2e.at_work import LEFT, NONE, Hands, Program, lines_of, place_of, write_walk
from tracker_core.evaluation.result_files import write_result

NAMES = [f"walk-{number:02d}" for number in range(1, 13)]
BROKEN = "walk-05b"
FRAMES = 3


def box_of(number: int) -> tuple[float, float, float, float]:
    return 10.0, 20.0, 20.0 + 4 * number, 40.0


def page_of(hands: Hands) -> DatasetPage:
    return hands.window.workbench.dataset_page


def cells(hands: Hands, column: str) -> list[str]:
    """What a column of the list says, from top to bottom."""
    model = page_of(hands).model
    number = next(index for index, each in enumerate(COLUMNS) if each.id == column)
    return [model.index(line, number).data() for line in range(model.rowCount())]


def place(hands: Hands, line: int, column: int = 0) -> QPoint:
    view = page_of(hands).list
    return view.visualRect(view.model().index(line, column)).center()


def double_click(hands: Hands, line: int, column: int = 0) -> None:
    viewport = page_of(hands).list.viewport()
    hands.click(viewport, place(hands, line, column))
    handle, there = hands._at(viewport, place(hands, line, column))
    QTest.mouseDClick(handle, LEFT, NONE, there)


def opened(hands: Hands, name: str) -> None:
    hands.wait(lambda: hands.window.windowTitle().startswith(name))
    hands.settle()
    assert not hands.window.workbench.list_shown


def test_twelve_sequences_are_worked_through(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in NAMES:
        write_walk(data / name, FRAMES)
    for camera in ("visible", "infrared"):
        (data / BROKEN / camera).mkdir(parents=True)
    before = sorted(path for path in data.rglob("*") if path.is_file())

    def works(hands: Hands) -> None:
        window, page = hands.window, page_of(hands)
        assert cells(hands, "sequence") == sorted([*NAMES, BROKEN])
        assert set(cells(hands, "frames")) == {str(FRAMES), "0"}
        assert cells(hands, "state")[5] == "Problem"
        assert not any(dock.isVisible() for dock in window.docks.values())
        # To look at it leaves nothing, and keys of the frames do nothing here.
        hands.key("N", "T")
        assert sorted(path for path in data.rglob("*") if path.is_file()) == before
        double_click(hands, 0)
        for number, name in enumerate(NAMES):
            opened(hands, name)
            assert hands.session.targets == {}, "of another sequence"
            hands.draw(box_of(number))
            if number == 4:
                # For what cannot be opened nobody has to decide; then what is unsaved is asked
                # about, and saved where it belongs.
                hands.key("Ctrl+PgDown")
                assert BROKEN in hands.message
                assert hands.steps > 0
                with hands.answering("Cancel") as asked:
                    hands.press("Ctrl+PgDown")
                    hands.wait(lambda: asked)
                hands.settle()
                assert window.windowTitle().startswith(name)
                hands.key("Ctrl+PgDown")
                with hands.answering("Save") as asked:
                    hands.press("Ctrl+PgDown")
                    hands.wait(lambda: asked)
                    opened(hands, NAMES[5])
                continue
            hands.key("Ctrl+S")
            assert hands.message == f"Saved {data / name}.h5."
            hands.press("Ctrl+Return")
            hands.settle()
        assert "last sequence" in hands.message
        # Back, and what was done is there.
        hands.press("Ctrl+PgUp")
        opened(hands, NAMES[10])
        assert hands.steps == 0
        assert len(hands.session.targets) == 1
        hands.key("Ctrl+Shift+N")
        hands.wait(lambda: isinstance(QApplication.focusWidget(), type(page.words)))
        hands.write("thermal lags, =2")
        hands.press("Return")
        hands.wait(lambda: "thermal lags, =2" in cells(hands, "note"))
        hands.settle()
        # Filtered and sorted, with the next one being the next of what is listed.
        hands.click(page.words)
        hands.write("walk-1")
        header = page.list.header()
        hands.click(header.viewport(), QPoint(20, header.height() // 2))
        assert cells(hands, "sequence") == ["walk-12", "walk-11", "walk-10"]
        page.list.setCurrentIndex(QModelIndex())
        double_click(hands, 1)
        opened(hands, "walk-11")
        assert "2 of 3" in window.windowTitle()
        hands.press("Ctrl+PgDown")
        opened(hands, "walk-10")
        hands.key("Ctrl+W")
        assert window.workbench.list_shown

    program(works, data)
    files = {path for path in data.rglob("*") if path.is_file()} - set(before)
    assert files == {data / LIST_NAME, *(data / f"{name}.h5" for name in NAMES)}
    for number, name in enumerate(NAMES):
        session = load(data / f"{name}.h5")
        assert session.sequence.name == name
        (target,) = session.targets.values()
        assert target.boxed().nonzero()[0].tolist() == [0]
        assert abs(target.boxes[0, 0, 2] - box_of(number)[2]) < 2
    rows = read_list(data / LIST_NAME).rows
    states = {name: row["state"] for name, row in rows.items() if row["state"]}
    assert states == {name: "begun" if name == NAMES[4] else "done" for name in NAMES}
    assert rows["walk-11"]["note"] == "thermal lags, =2"

    def comes_back(hands: Hands) -> None:
        assert cells(hands, "state").count("Done") == 11
        assert cells(hands, "session").count("1 target") == 12
        assert cells(hands, "note")[11] == "thermal lags, =2"
        double_click(hands, 2)
        opened(hands, NAMES[2])
        assert hands.window.workspace.document.path == data / f"{NAMES[2]}.h5"

    program(comes_back, data)
    assert {path for path in data.rglob("*") if path.is_file()} == {*files, *before}


def test_names_that_clash_and_a_list_that_cannot_be_written(
    program: Program, tmp_path: Path
) -> None:
    first, second, chosen = tmp_path / "first", tmp_path / "second", tmp_path / "sessions"
    for data in (first, second):
        for name in ("run", "walk"):
            write_walk(data / name, FRAMES)
    chosen.mkdir()
    program.settings(session_folder=str(chosen))
    blocked = chosen / f"second-{LIST_NAME}"
    blocked.mkdir()

    def works(hands: Hands) -> None:
        double_click(hands, 1)
        opened(hands, "walk")
        assert hands.session.targets == {}, "of the sequence that is called alike"
        hands.draw(box_of(1))
        hands.key("Ctrl+S")

    program(works, first)

    def notes(hands: Hands) -> None:
        # Said once, before anything is noted that cannot be written there.
        assert str(blocked) in hands.message
        assert "kept on this computer" in hands.message
        works(hands)
        hands.key("Ctrl+Shift+D")
        assert cells(hands, "state") == ["", "Begun"]

    program(notes, second)
    assert sorted(path.name for path in chosen.glob("*.h5")) == ["walk (2).h5", "walk.h5"]
    for name, data in (("walk.h5", first), ("walk (2).h5", second)):
        assert Path(load(chosen / name).sequence.sources[0]) == data / "walk"
    blocked.rmdir()

    def later(hands: Hands) -> None:
        assert cells(hands, "state") == ["", "Begun"]
        assert cells(hands, "session") == ["–", "1 target"]
        page_of(hands).list.setFocus()
        hands.key("Home")
        hands.menu("Dataset", "Mark as skipped")
        assert cells(hands, "state") == ["Skipped", "Begun"]

    program(later, second)
    assert {name: row["state"] for name, row in read_list(blocked).rows.items()} == {
        "run": "skipped", "walk": "begun",
    }  # fmt: skip
    assert not [*first.glob("*.csv"), *second.glob("*.csv")]


def test_results_are_compared_over_the_dataset(program: Program, tmp_path: Path) -> None:
    data, results = tmp_path / "data", tmp_path / "results"
    true = np.array([place_of(frame) for frame in range(FRAMES)])
    for number, name in enumerate(("early", "late", "middle", "unknown")):
        clip = write_walk(data / name, FRAMES)
        if name != "unknown":
            for truth in ("visible.txt", "infrared.txt", "init.txt"):
                write_result(clip / truth, true)
        write_result(results / "good" / f"{name}.txt", true)
        poor = true.copy()
        # Two frames of the first, one of the second, none of the third lie far off.
        poor[1 + number :, 1] += 200
        if name != "middle":
            write_result(results / "poor" / f"{name}.txt", poor)

    def heads(hands: Hands) -> list[str]:
        header, model = page_of(hands).list.header(), page_of(hands).model
        shown = [header.logicalIndex(at) for at in range(header.count())]
        return [model._columns[column].title for column in shown]

    def column_of(hands: Hands, title: str) -> list[str]:
        model = page_of(hands).model
        at = [each.title for each in model._columns].index(title)
        return [model.index(line, at).data() for line in range(model.rowCount())]

    def sort_by(hands: Hands, title: str) -> list[str]:
        page = page_of(hands)
        at = [each.title for each in page.model._columns].index(title)
        header = page.list.header()
        x = header.sectionViewportPosition(at) + 8
        hands.click(header.viewport(), QPoint(x, header.height() // 2))
        hands.settle()
        return cells(hands, "sequence")

    def works(hands: Hands) -> None:
        page = page_of(hands)
        assert not page.results.isVisible()
        with hands.answering(results):
            hands.menu("Compare", "Open a folder of results…")
        hands.wait(lambda: page.results.isVisible() and "Only 2 of 4" in page.results.words.text())
        hands.settle()
        assert "Without ground truth: 1." in page.results.words.text()
        assert page.selected == [0], "columns came, and the line stays selected as a whole"
        assert heads(hands)[2:6] == ["Note", "SR good", "SR poor", "Apart"]
        assert column_of(hands, "SR good") == ["95.2", "95.2", "95.2", "–"]
        assert column_of(hands, "Apart") == ["1.00", "1.00", "–", "–"]
        table = [[line.text(at) for at in range(5)] for line in lines_of(page.results.table)]
        # Of three frames one and two are right, and 20 of 21 thresholds.
        assert table[0] == ["good", "100.0", "100.0", "95.2", "3"]
        assert table[1] == ["poor", "50.0", "50.0", "47.6", "2"]
        assert sort_by(hands, "SR poor") == ["early", "late", "middle", "unknown"]
        assert sort_by(hands, "SR poor") == ["late", "early", "middle", "unknown"]
        bar = page.results.curves._bar
        hands.click(bar._buttons[list(bar.keys()).index("PR")])
        hands.settle()
        assert column_of(hands, "PR poor") == ["66.7", "33.3", "–", "–"]
        double_click(hands, 0)
        opened(hands, "late")
        hands.wait(lambda: hands.window.workspace.comparing.judged)
        beside = [each.name for each in hands.window.views.panes.scene.beside]
        assert beside == [TRUTH, "good", "poor"]
        hands.key("Ctrl+W")
        assert page.results.isVisible()
        hands.menu("Compare", "Close the results")
        assert not page.results.isVisible()
        assert heads(hands) == [each.title for each in COLUMNS]
        assert cells(hands, "sequence") == ["early", "late", "middle", "unknown"]

    program(works, data)
