"""Working on a session: targets, boxes, flags, undo, runs."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit, QTreeWidgetItem

from app.resolve.flags import FLAGS
from app.views.frame.view import FrameView
from app.window.actions import Id, flag_id
from benchmarks.user import hands
from benchmarks.user.doing import Doing, with_frames
from benchmarks.user.looking import pane, press_action, somewhere
from benchmarks.user.person import Person
from tracker_core.frames import Box

MOST_TARGETS = 9
TRACKERS = ("Still box", "Correlation")
"""Those that answer in well under a millisecond; what they say is not what is tried here."""
NAMES = ("walker", "Wagen — blau", "  ", "自転車", "x" * 190, "a/b", "car")
ARROWS = ("Left", "Right", "Up", "Down")
HELD = ("", "", "", "Shift+", "Ctrl+", "Alt+", "Shift+Ctrl+")


def draw(person: Person) -> None:
    """Draw a box of the selected target."""
    person.key("B")
    drag_over(person, pane(person))


def drag_over(person: Person, view: FrameView) -> None:
    """Drag between two points of a frame, sometimes beyond its edge."""
    start, end = somewhere(person, view), somewhere(person, view)
    if person.likely(0.1):
        end = QPointF(end.x() * 3 - view.width(), end.y())
    hands.drag(view, _way(start, end))


def _way(start: QPointF, end: QPointF) -> list[QPointF]:
    return [start, *(start + (end - start) * part for part in (0.3, 0.7, 1.0))]


def _selected_box(person: Person) -> Box | None:
    item = person.window.views.panes.scene.selected_box
    return None if item is None else item.rgb or item.tir


def drag_box(person: Person) -> None:
    """Move the box in view, or drag one of its edges or corners."""
    box, view, chance = _selected_box(person), pane(person), person.chance
    if box is None:
        draw(person)
        return
    x, y, w, h = box
    grip = chance.choice(((0.5, 0.5), (0.5, 0.5), (0, 0), (1, 1), (0, 1), (1, 0.5), (0.5, 0)))
    start = view.pane_point(x + grip[0] * w, y + grip[1] * h)
    end = start + QPointF(chance.gauss(0, 30), chance.gauss(0, 30))
    hands.drag(view, _way(start, end), modifiers=_held(person))


def _held(person: Person) -> Qt.KeyboardModifier:
    keyboard = Qt.KeyboardModifier
    return person.chance.choice(
        (keyboard.NoModifier, keyboard.NoModifier, keyboard.ShiftModifier, keyboard.AltModifier)
    )


def let_go(person: Person) -> None:
    """Take hold of something and let go by Escape, or go elsewhere meanwhile."""
    view = pane(person)
    if person.likely(0.5):
        person.key("B")
    start = somewhere(person, view)
    hands.press(view, start)
    for point in _way(start, somewhere(person, view))[1:]:
        hands.move(view, point, hands.LEFT)
        if person.likely(0.3):
            person.key(person.chance.choice(("Esc", "D", "Ctrl+Z", "Del", "N")))
            person.look()
    hands.release(view, somewhere(person, view))


def nudge(person: Person) -> None:
    """Press arrows in a pane, several times as a person would."""
    pane(person).setFocus()
    held, arrow = person.chance.choice(HELD), person.chance.choice(ARROWS)
    for _ in range(person.chance.choice((1, 2, 3, 8))):
        person.key(held + arrow)


def click_pane(person: Person) -> None:
    """Click in a pane, mostly upon a box."""
    view, items = pane(person), person.window.views.panes.scene.boxes
    boxes = [box for item in items if (box := item.box(view.modality)) is not None]
    if not boxes:
        hands.click(view, somewhere(person, view).toPoint())
        return
    x, y, w, h = person.chance.choice(boxes)
    hands.click(view, view.pane_point(x + w / 2, y + h / 2).toPoint())


def clear(person: Person) -> None:
    """Remove the box of this frame."""
    person.key("Del")


def interpolate(person: Person) -> None:
    """Fill between two boxes set by hand; draw the second one first, now and then."""
    if person.likely(0.5):
        person.key(person.chance.choice(("PgDown", "PgUp")))
        person.look(3)
        draw(person)
        person.key(person.chance.choice(("A", "D")))
        person.look(3)
    person.key("R")


def copy(person: Person) -> None:
    """Copy the box of the frame before."""
    person.key("C")


def take_truth(person: Person) -> None:
    """Take the box of the ground truth."""
    person.key("Y")


def flag(person: Person) -> None:
    """Set or clear a flag."""
    rows = [row for row in FLAGS if row.text]
    press_action(person, flag_id(person.chance.choice(rows).id))


def link(person: Person) -> None:
    """Let boxes move together, or each alone."""
    person.key("L")


def add_target(person: Person) -> None:
    """Add a target and draw its first box; one too many goes again."""
    session = person.session
    if session is not None and len(session.targets) >= MOST_TARGETS:
        remove_target(person)
        return
    person.key("Ctrl+N")
    if person.likely(0.8):
        person.look()
        drag_over(person, pane(person))


def remove_target(person: Person) -> None:
    """Remove the selected target."""
    press_action(person, Id.REMOVE_TARGET)


def _line(person: Person) -> QTreeWidgetItem | None:
    tree = person.target_list
    lines = tree.topLevelItemCount()
    return tree.topLevelItem(person.chance.randrange(lines)) if lines else None


def rename(person: Person) -> None:
    """Type another name of a target; give up now and then."""
    line = _line(person)
    if line is None or person.likely(0.6):
        person.key("F2")
    else:
        tree = person.target_list
        hands.double_click(tree.viewport(), tree.visualItemRect(line).center())
    person.look()
    if person.target_list.findChild(QLineEdit) is None:
        return
    person.key("Ctrl+A")
    hands.write(person.window, person.chance.choice(NAMES))
    person.key(person.chance.choice(("Return", "Return", "Esc")))


def select_target(person: Person) -> None:
    """Select a target in the list, by click or by arrows."""
    line = _line(person)
    if line is None:
        return
    tree = person.target_list
    hands.click(tree.viewport(), tree.visualItemRect(line).center())
    if person.likely(0.3):
        person.key(person.chance.choice(("Up", "Down")))


def undo(person: Person) -> None:
    """Take back one step or a burst of them."""
    for _ in range(person.chance.choice((1, 1, 2, 3, 12))):
        person.key("Ctrl+Z")


def redo(person: Person) -> None:
    """Do again one step or a burst of them."""
    for _ in range(person.chance.choice((1, 1, 2, 3, 12))):
        person.key(person.chance.choice(("Ctrl+Shift+Z", "Ctrl+Y")))


def back_and_forth(person: Person) -> None:
    """Undo and redo in turns."""
    for one, other in pairwise("zyzzyyzyz"):
        person.key("Ctrl+Z" if one == "z" else "Ctrl+Y")
        if one == other:
            person.look()


def track(person: Person) -> None:
    """Start a run; often from a frame that has no box, which the window then says."""
    person.key(person.chance.choices(("Ctrl+T", "T", "Shift+T"), (5, 2, 1))[0])
    # Or nothing would ever be done while a run is under way.
    if person.likely(0.5):
        person.wait(lambda: not person.running, person.chance.random() * 0.2)


def stop(person: Person) -> None:
    """Stop the run."""
    if person.running:
        person.key("Esc")


def choose_tracker(person: Person) -> None:
    """Track with another of the fast ones."""
    box = person.window.tracker_chooser.tracker
    row = box.findText(person.chance.choice(TRACKERS))
    if row >= 0:
        box.setCurrentIndex(row)
        box.activated.emit(row)


EDITING: tuple[Doing, ...] = tuple(
    Doing(name, weight, with_frames(act))
    for name, weight, act in (
        ("draw", 8.0, draw),
        ("drag box", 9.0, drag_box),
        ("let go", 0.7, let_go),
        ("nudge", 8.0, nudge),
        ("click pane", 2.0, click_pane),
        ("clear", 3.0, clear),
        ("interpolate", 2.0, interpolate),
        ("copy", 3.0, copy),
        ("take truth", 2.0, take_truth),
        ("flag", 2.5, flag),
        ("link", 0.3, link),
        ("add target", 1.2, add_target),
        ("remove target", 0.4, remove_target),
        ("rename", 0.8, rename),
        ("select target", 1.5, select_target),
        ("undo", 4.0, undo),
        ("redo", 3.0, redo),
        ("back and forth", 0.5, back_and_forth),
        ("track", 3.0, track),
        ("stop", 1.0, stop),
        ("choose tracker", 0.2, choose_tracker),
    )
)
"""What is done to a session."""
