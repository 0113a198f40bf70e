"""Looking at a sequence: frames, timeline, panes, panels, colours; no session is changed here."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtWidgets import QApplication, QComboBox, QSlider, QTreeWidget

from app.resolve.overlays import OVERLAYS
from app.views.frame.view import FrameView
from app.views.timeline.geometry import LEFT as NAMES
from app.window.actions import Id, overlay_id
from benchmarks.user import hands
from benchmarks.user.doing import Doing, with_frames
from benchmarks.user.person import Person

STEPS = ("A", "D", ",", ".", "PgUp", "PgDown", "Shift+A", "Shift+D", "Home", "End")
STEP_WEIGHTS = (5, 8, 2, 2, 2, 2, 1, 1, 1, 1)
SIZES = ((900, 620), (860, 600), (1100, 720))


def pane(person: Person) -> FrameView:
    """Return one of the panes on show."""
    return person.chance.choice(person.window.views.panes.visible_views())


def somewhere(person: Person, widget: FrameView) -> QPointF:
    """Return a point of the frame on show, in pixels of the pane."""
    width, height = person.window.views.panes.scene.size
    x, y = person.chance.random() * width, person.chance.random() * height
    return widget.pane_point(x, y)


def press_action(person: Person, action_id: str) -> None:
    """Use an action by its key where it has one, else from the menu."""
    action = person.window.actions_by_id[action_id]
    shortcuts = action.shortcuts()
    if shortcuts:
        person.key(person.chance.choice(shortcuts).toString())
    elif action.isEnabled():
        action.trigger()


def step(person: Person) -> None:
    """Go some frames on or back by keys."""
    for _ in range(person.chance.choice((1, 1, 1, 2, 5))):
        person.key(person.chance.choices(STEPS, STEP_WEIGHTS)[0])


def scrub(person: Person) -> None:
    """Drag along the timeline."""
    timeline = person.window.views.timeline
    width, chance = timeline.width(), person.chance
    way = [
        QPointF(NAMES + chance.random() * (width - NAMES), 8.0) for _ in range(chance.randint(1, 6))
    ]
    hands.drag(timeline, way)


def walk_on_timeline(person: Person) -> None:
    """Step with the arrows or the wheel upon the timeline."""
    timeline = person.window.views.timeline
    if person.likely(0.5):
        hands.wheel(timeline, QPointF(200, 10), person.chance.randint(-3, 3))
        return
    hands.click(timeline, QPoint(200, 5))
    person.key(person.chance.choice(("Left", "Right", "Shift+Left", "Shift+Right")))


def pick_strip(person: Person) -> None:
    """Click a target's name beside the timeline."""
    timeline = person.window.views.timeline
    hands.click(timeline, QPoint(40, person.chance.randint(57, max(58, timeline.height() - 2))))


def type_frame(person: Person) -> None:
    """Type a frame number."""
    person.key("Ctrl+G")
    hands.write(person.window, str(person.chance.randrange(person.window.frame_count + 5)))
    person.key("Return")


def play(person: Person) -> None:
    """Play for some moments, at some speed; leave it playing now and then."""
    speed = person.window.views.transport.speed
    turn(person, speed)
    person.window.views.panes.focus_first()
    person.key("Space")
    person.look(person.chance.randint(1, 20))
    if person.likely(0.8):
        person.key("Space")


def review(person: Person) -> None:
    """Go through the review queue, by key or by click."""
    tree = person.window.views.queue.findChild(QTreeWidget)
    if person.likely(0.7) or not isinstance(tree, QTreeWidget) or not tree.isVisible():
        person.key(person.chance.choice(("N", "Shift+N")))
        return
    line = tree.topLevelItem(person.chance.randrange(max(1, tree.topLevelItemCount())))
    if line is not None:
        hands.click(tree.viewport(), tree.visualItemRect(line).center())


def zoom(person: Person) -> None:
    """Zoom by wheel or key."""
    view = pane(person)
    if person.likely(0.6):
        hands.wheel(view, somewhere(person, view), person.chance.choice((-2, -1, 1, 2)))
    else:
        person.key(person.chance.choice(("F", "Z", "+", "Ctrl+-", "F")))


def pan(person: Person) -> None:
    """Drag the picture with the middle button."""
    view = pane(person)
    hands.drag(view, [somewhere(person, view) for _ in range(4)], hands.MIDDLE)


def fit_by_mouse(person: Person) -> None:
    """Click twice somewhere."""
    view = pane(person)
    hands.double_click(view, somewhere(person, view).toPoint())


def hover(person: Person) -> None:
    """Move the pointer over a pane, and away."""
    view = pane(person)
    for _ in range(3):
        hands.move(view, somewhere(person, view))
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))


def compare(person: Person) -> None:
    """Show the panes in another way."""
    person.key(person.chance.choice(("1", "1", "2", "3", "X")))
    mixer = person.window.views.panes.findChild(QSlider)
    if isinstance(mixer, QSlider) and mixer.isVisible():
        hands.click(mixer, QPoint(person.chance.randrange(max(1, mixer.width())), 5))


def overlay(person: Person) -> None:
    """Switch an overlay, or the crop."""
    ids = [overlay_id(row.id) for row in OVERLAYS]
    press_action(person, person.chance.choice([*ids, Id.SHOW_CROP]))


def tab(person: Person) -> None:
    """Look at another tab of the inspector."""
    bar = person.window.inspector.tabBar()
    place = bar.tabRect(person.chance.randrange(bar.count())).center()
    if bar.rect().contains(place):
        hands.click(bar, place)
    else:
        bar.setCurrentIndex(person.chance.randrange(bar.count()))


def panel(person: Person) -> None:
    """Close a panel, or bring one back."""
    dock = person.chance.choice(list(person.window.docks.values()))
    dock.toggleViewAction().trigger()
    # Most are wanted back at once: behind closed ones there is little to check.
    if dock.isHidden() and person.likely(0.8):
        person.look()
        dock.toggleViewAction().trigger()


def colours(person: Person) -> None:
    """Choose another palette or stretch of thermal."""
    boxes = person.window.thermal_chooser.findChildren(QComboBox)
    turn(person, person.chance.choice(boxes))


def turn(person: Person, box: QComboBox) -> None:
    """Choose another row of a box, with the arrows."""
    box.setFocus()
    for _ in range(person.chance.randint(1, 3)):
        person.key(person.chance.choice(("Up", "Down")))
    person.window.views.panes.focus_first()


def theme(person: Person) -> None:
    """Dress the program in another theme."""
    ids = (Id.THEME_DARK, Id.THEME_LIGHT, Id.THEME_SYSTEM)
    press_action(person, person.chance.choice(ids))


def resize(person: Person) -> None:
    """Make the window larger or smaller."""
    person.window.resize(*person.chance.choice(SIZES))


def help_(person: Person) -> None:
    """Look up the keys, or who made this."""
    press_action(person, person.chance.choice((Id.SHORTCUTS, Id.ABOUT)))


def escape(person: Person) -> None:
    """Stop whatever is under way."""
    person.key("Esc")


def wander(person: Person) -> None:
    """Send the keyboard elsewhere."""
    person.key(person.chance.choice(("Tab", "Tab", "Shift+Tab")))


def wait_a_moment(person: Person) -> None:
    """Do nothing, so that what is under way goes on."""
    person.wait(lambda: False, person.chance.random() * 0.1)


def dismiss(person: Person) -> None:
    """Hide the message."""
    person.window.workbench.messages.clear()


LOOKING: tuple[Doing, ...] = tuple(
    Doing(name, weight, with_frames(act), changes=False)
    for name, weight, act in (
        ("step", 16.0, step),
        ("scrub", 4.0, scrub),
        ("walk on timeline", 2.0, walk_on_timeline),
        ("pick strip", 1.0, pick_strip),
        ("type frame", 0.7, type_frame),
        ("play", 0.5, play),
        ("review", 1.0, review),
        ("zoom", 2.5, zoom),
        ("pan", 1.0, pan),
        ("fit by mouse", 0.3, fit_by_mouse),
        ("hover", 1.0, hover),
        ("compare", 0.8, compare),
        ("overlay", 1.0, overlay),
        ("tab", 0.7, tab),
        ("panel", 0.2, panel),
        ("colours", 0.3, colours),
        ("theme", 0.05, theme),
        ("resize", 0.1, resize),
        ("help", 0.02, help_),
        ("escape", 1.0, escape),
        ("wander", 0.3, wander),
        ("wait a moment", 0.3, wait_a_moment),
        ("dismiss", 0.2, dismiss),
    )
)
"""What is done while a sequence is looked at."""

__all__ = ["LOOKING", "pane", "press_action", "somewhere", "turn"]
