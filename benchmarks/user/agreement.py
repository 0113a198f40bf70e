"""Whether document, file and screen agree; every fault is one sentence."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QWidget

import sessions
from app.window.action_states import observe
from app.window.actions import ACTIONS
from benchmarks.user.digests import session_digest
from benchmarks.user.filing import remember_saved
from benchmarks.user.person import Person
from sessions import AnnotationSession, SessionError, Target

MOST_STEPS = 20_000
"""Steps of undo after which something must be going round in circles."""


def agree(person: Person) -> list[str]:
    """Return what of document, file and screen does not agree, once everything is at rest."""
    rested = person.settle()
    if not rested:
        return ["The window does not come to rest."]
    faults = [*actions_agree(person), *title_agrees(person)]
    session = person.session
    if session is not None and person.window.frame_count:
        faults += lists_agree(person, session)
        faults += panes_agree(person, session)
        faults += file_agrees(person, session)
        faults += picture_agrees(person)
    elif session is not None:
        faults.append("There is a session but no sequence.")
    return faults


# --- screen


def actions_agree(person: Person) -> list[str]:
    """Compare what may be done with the moment."""
    moment, actions = observe(person.window), person.window.actions_by_id
    faults = []
    for row in ACTIONS:
        action = actions[row.id]
        if action.isEnabled() != row.enabled(moment):
            faults.append(f"The action {row.id} is enabled: {action.isEnabled()}.")
        if row.checked is not None and action.isChecked() != row.checked(moment):
            faults.append(f"The action {row.id} is checked: {action.isChecked()}.")
        if row.label is not None and action.text() != row.label(moment):
            faults.append(f"The action {row.id} is called {action.text()!r}.")
    return faults


def title_agrees(person: Person) -> list[str]:
    """Compare the title with what is open and whether it is saved."""
    document, title = person.window.workspace.document, person.window.windowTitle()
    faults = []
    if person.window.isWindowModified() == document.clean:
        faults.append(f"The title marks unsaved changes wrongly: {title}.")
    if document.path is not None and document.path.name not in title:
        faults.append(f"The title {title!r} does not name {document.path.name}.")
    return faults


def lists_agree(person: Person, session: AnnotationSession) -> list[str]:
    """Compare targets list and timeline with the session."""
    window, selected = person.window, person.window.workspace.selection.value.target_id
    tree, faults = person.target_list, []
    lines = [tree.topLevelItem(index) for index in range(tree.topLevelItemCount())]
    texts = [tuple(line.text(column) for column in range(3)) for line in lines if line is not None]
    meant = [_line(target) for target in session.targets.values()]
    if texts != meant:
        faults.append(f"The list of targets shows {texts} instead of {meant}.")
    marked = tree.currentItem()
    if selected is not None and (marked is None or marked is not lines[_rank(session, selected)]):
        faults.append(f"The list of targets does not mark target {selected}.")
    if (selected is None) != (not session.targets):
        faults.append(f"Target {selected} is selected of {list(session.targets)}.")
    model = window.views.timeline.model
    if [row.target_id for row in model.rows] != list(session.targets):
        return [*faults, "The timeline shows other targets than there are."]
    if model.count != session.frame_count:
        faults.append(f"The timeline has {model.count} frames.")
    for row, target in zip(model.rows, session.targets.values(), strict=True):
        # Where a target is marked absent it has neither a source nor a score for anybody.
        absent = target.absent()
        columns = (
            (row.source, np.where(absent, sessions.Source.NONE, target.source)),
            (row.flags, target.flags),
            (row.score, np.where(absent, np.nan, target.score)),
        )
        same = all(
            np.array_equal(shown, its, equal_nan=shown.dtype.kind == "f") for shown, its in columns
        )
        if not same or row.name != target.name or row.selected != (target.id == selected):
            faults.append(f"The timeline shows target {target.id} as it is not.")
    return faults


def _rank(session: AnnotationSession, target_id: str) -> int:
    return list(session.targets).index(target_id)


def _line(target: Target) -> tuple[str, str, str]:
    there = ~target.absent()
    boxed = int(((~np.isnan(target.boxes[:, :, 0])).any(axis=1) & there).sum())
    manual = int(((target.source == sessions.Source.MANUAL) & there).sum())
    return target.name, str(boxed), str(manual)


def panes_agree(person: Person, session: AnnotationSession) -> list[str]:
    """Compare the boxes and the frame numbers on the screen with the session."""
    window, faults = person.window, []
    scene, index = window.views.panes.scene, window.frame_index
    indices = (window.presenter.shown_index(), scene.frame_index, window.transport.frame.value())
    if set(indices) != {index}:
        faults.append(f"Frame {index} is current, but {indices} are on show.")
        return faults
    shown = {item.target_id: (item.rgb, item.tir) for item in scene.boxes}
    for target in session.targets.values():
        rgb, tir = np.full((2, 4), np.nan) if target.absent()[index] else target.boxes[index]
        for box, is_ in ((rgb, 0), (session.alignment.boxes_to_rgb(tir), 1)):
            there = shown.get(target.id, (None, None))[is_]
            if np.isnan(box[0]) != (there is None):
                faults.append(f"Target {target.id} is on the panes: {there}, it should be {box}.")
            elif there is not None and not np.allclose(there, box, atol=1e-9):
                faults.append(f"Target {target.id} is at {there} on the panes, not at {box}.")
    return faults


def picture_agrees(person: Person) -> list[str]:
    """Compare what is painted with what a window would paint that draws everything again."""
    window = person.window
    if QWidget.mouseGrabber() is not None:
        return []
    # Labels are laid out and messages go a moment after all else.
    person.look(4)
    gaps, before = set(window.workspace.gaps), _pictures(person, "before")
    window.presenter.refresh_all()
    for view in window.views.panes.visible_views():
        view.refresh()
    if not person.settle():
        return ["The window does not come to rest after drawing everything again."]
    after = _pictures(person, "after")
    if gaps != window.workspace.gaps:
        # Decoded ahead meanwhile, and found damaged.
        del before["timeline"]
    faults = []
    for name, picture in before.items():
        fresh = after.get(name, picture)
        if picture != fresh:
            faults.append(f"The {name} shows something old on frame {window.frame_index}.")
            keep = person.places.folder / "pictures"
            keep.mkdir(exist_ok=True)
            stamp = f"{name} {time.time():.0f}".replace(" ", "_")
            picture.save(str(keep / f"{stamp}_old.png"))
            fresh.save(str(keep / f"{stamp}_new.png"))
    return faults


def _pictures(person: Person, turn: str) -> dict[str, QImage]:
    window = person.window
    views = window.views
    parts: dict[str, QWidget] = {
        "RGB pane": views.panes.rgb,
        "thermal pane": views.panes.tir,
        "search crop": views.crop,
        "timeline": views.timeline,
        "list of targets": views.targets,
        "status line": views.status,
        "tab": window.inspector.currentWidget(),
    }
    return {
        name: _picture(person, f"{name} {turn}", part)
        for name, part in parts.items()
        if part.isVisible()
    }


def _picture(person: Person, key: str, part: QWidget) -> QImage:
    """Return what a widget shows, in the same picture each time."""
    # Megabytes that come and go with every look would leave gaps in the memory that is measured.
    picture = person.pictures.get(key)
    if picture is None or picture.size() != part.size():
        picture = QImage(part.size(), QImage.Format.Format_RGB32)
        person.pictures[key] = picture
    picture.fill(0)
    part.render(picture, QPoint())
    return picture


# --- file


def file_agrees(person: Person, session: AnnotationSession) -> list[str]:
    """Compare the session with its file where the window says that everything is saved."""
    document = person.window.workspace.document
    words = [label.text() for label in person.window.status_line.findChildren(QLabel)]
    if document.path is None or not document.clean:
        if any(text.startswith("Saved in") for text in words):
            return ["The status line says that everything is saved."]
        return []
    if f"Saved in {document.path.name}" not in words:
        return [f"The status line does not say that {document.path.name} is saved."]
    try:
        loaded = sessions.load(document.path)
    except SessionError as error:
        return [f"The saved session cannot be read: {error}"]
    remember_saved(person)
    if session_digest(loaded) != session_digest(session):
        return [f"{document.path.name} holds something else than what is said to be saved."]
    return []


def strangers(person: Person) -> list[str]:
    """Return files beside the sessions that nobody asked for."""
    allowed = (".h5", ".journal", ".lock")
    found = [path for path in person.places.sessions.iterdir() if path.suffix not in allowed]
    return [f"{path.name} was left behind." for path in found]


# --- history


def history_agrees(person: Person) -> list[str]:
    """Take everything back and do it again; both ends must be the very same sessions as before."""
    session, history = person.session, person.window.workspace.document.history
    if session is None or history is None or not person.window.frame_count:
        return []
    # A field for numbers or names has an undo of its own.
    person.window.views.panes.focus_first()
    before, back, forth = session_digest(session), 0, 0
    while history.can_undo and back < MOST_STEPS:
        person.key("Ctrl+Z")
        back += 1
    faults = []
    if person.opened_as and session_digest(session) != person.opened_as:
        faults.append(f"Taking back {back} steps does not give the session that was opened.")
    while forth < back:
        person.key("Ctrl+Shift+Z")
        forth += 1
    if session_digest(session) != before:
        faults.append(f"Taking back {back} steps and doing them again gives another session.")
    return faults
