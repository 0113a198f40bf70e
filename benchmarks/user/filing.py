"""Opening, saving, exporting, closing, and starting the program again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from app.views.inspector.curves_panel import CurvesPanel
from app.window.actions import Id
from benchmarks.user import hands
from benchmarks.user.digests import session_digest
from benchmarks.user.doing import Doing, with_frames
from benchmarks.user.looking import press_action
from benchmarks.user.person import PATIENCE, Person

SESSION_NAMES = ("one", "two.h5", "drei — größer", "four.hdf5.h5", "five", "six")
CURVE_NAMES = ("curves.csv", "curves.svg")


def open_something(person: Person) -> None:
    """Open a sequence or a session, in one of the ways there are."""
    chance, sequences = person.chance, person.places.sequences
    files = person.session_files()
    if files and person.likely(0.6):
        _open(person, Id.OPEN_SESSION, chance.choice(files))
    else:
        _open(person, Id.OPEN_FOLDER, chance.choices(sequences, (10, 4, 1))[0])


def _open(person: Person, action_id: Id, path: Path) -> None:
    person.chosen = [path]
    press_action(person, action_id)
    await_opening(person)


def await_opening(person: Person) -> None:
    """Wait for what was asked for; now and then go on at once."""
    person.chosen = []
    if person.likely(0.9):
        person.wait(lambda: not person.window.workspace.files.busy, PATIENCE)
        if person.likely(0.8):
            person.settle()


def open_recent(person: Person) -> None:
    """Open something from the list of what was open before."""
    recent = person.window.settings.values.recent
    if recent:
        person.window.commands.open_recent(person.chance.choice(recent))
        await_opening(person)


def drop(person: Person) -> None:
    """Drop a folder or a session on the window."""
    path = person.chance.choice([*person.places.sequences[:2], *person.session_files()])
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none
    )
    QApplication.sendEvent(person.window, event)
    await_opening(person)


def save(person: Person) -> None:
    """Save to the session's file, or under a new name."""
    document = person.window.workspace.document
    if document.path is None:
        save_as(person)
        return
    press_action(person, Id.SAVE)
    _after_saving(person)


def save_as(person: Person) -> None:
    """Save under another name, which may be taken."""
    person.chosen = [person.places.sessions / person.chance.choice(SESSION_NAMES)]
    press_action(person, Id.SAVE_AS)
    _after_saving(person)


def _after_saving(person: Person) -> None:
    person.chosen = []
    choice = person.chance.random()
    if choice < 0.5:
        person.settle()
    elif choice < 0.7:
        # What comes while the file is written must not be taken for saved.
        for key in ("C", "D", "Ctrl+Z", "Ctrl+S"):
            person.key(key)


def save_and_leave(person: Person) -> None:
    """Save and leave the program at once; what was saved must not be asked about."""
    document = person.window.workspace.document
    if document.path is not None:
        press_action(person, Id.SAVE)
    person.start_again()
    open_something(person)


def close(person: Person) -> None:
    """Close the sequence, and open another."""
    press_action(person, Id.CLOSE_SEQUENCE)
    person.look(2)
    if not person.window.frame_count:
        open_something(person)


def export_curves(person: Person) -> None:
    """Write the curves of the selected target into a file."""
    panel = person.window.views.tab(CurvesPanel)
    person.window.inspector.setCurrentWidget(panel)
    person.settle()
    button = next(
        (each for each in panel.findChildren(QToolButton) if each.text().startswith("Save")), None
    )
    if button is not None and button.isVisible():
        person.chosen = [person.places.folder / person.chance.choice(CURVE_NAMES)]
        hands.click(button, button.rect().center())
        person.chosen = []


def answer_message(person: Person) -> None:
    """Press one of the buttons of the message."""
    bar = person.window.workbench.messages
    buttons = [button for button in bar.findChildren(QPushButton) if button.isVisible()]
    if buttons:
        button = person.chance.choice(buttons)
        hands.click(button, button.rect().center())
        person.look(2)


def restore_offer(person: Person) -> None:
    """Wait for the offer of what was left behind, and press Restore."""
    bar = person.window.workbench.messages

    def offered() -> list[QPushButton]:
        return [each for each in bar.findChildren(QPushButton) if each.text() == "Restore"]

    person.wait(lambda: bool(offered()), 2.0)
    for button in offered()[:1]:
        hands.click(button, button.rect().center())


def leave_and_start(person: Person) -> None:
    """Leave the program and start it again."""
    person.start_again()
    open_something(person)


def when_nothing_is_open(person: Person) -> None:
    """Open something where nothing is open and nothing is on its way."""
    if not person.window.frame_count and not person.window.workspace.files.busy:
        open_something(person)


def remember_saved(person: Person) -> None:
    """Remember what is in the file of a session that has no unsaved changes."""
    document = person.window.workspace.document
    if document.session is not None and document.path is not None and document.clean:
        person.saved[document.path] = session_digest(document.session)


FILING: tuple[Doing, ...] = (
    Doing("save", 1.2, with_frames(save)),
    Doing("save as", 0.25, with_frames(save_as)),
    Doing("open something", 0.4, open_something),
    Doing("open recent", 0.1, open_recent),
    Doing("drop", 0.1, drop),
    Doing("close", 0.15, with_frames(close)),
    Doing("export curves", 0.06, with_frames(export_curves)),
    Doing("answer message", 0.2, answer_message),
    Doing("save and leave", 0.02, save_and_leave),
    Doing("leave and start", 0.02, leave_and_start),
    Doing("when nothing is open", 1.0, when_nothing_is_open),
)
"""What is done with files."""
