"""What the next run tracks with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from app.bridge.tracker_items import tracker_items
from app.look.plain_text import named_action, plain_tip, plain_title
from app.resolve.trackers import Pick, TrackerItem
from app.state.tracker_choice import CKD
from app.window.asking import asking
from app.workers.failures import failure_message
from tracker_core.errors import CKDError
from tracker_core.trackers import TrackerEntry, tracker_entry, tracker_source, trackers

if TYPE_CHECKING:
    from app.window.port import WindowPort

MODEL_FILTER = "Checkpoints (*.safetensors *.pth *.tar *.pt);;All files (*)"
CANNOT_BE_USED = "That tracker cannot be used"


def show_choice(window: WindowPort) -> None:
    """Show in the toolbar what is in use."""
    device, has_device = window.settings.values.device, window.workspace.choice.is_ckd
    window.tracker_chooser.show_choice(_items(window), device, has_device=has_device)


def fill_menu(window: WindowPort, menu: QMenu) -> None:
    """Put the rows of the chooser into a menu: a narrow toolbar has no room for it."""
    menu.clear()
    items = _items(window)
    for before, item in zip((items[0], *items), items, strict=False):
        if before.group != item.group:
            menu.addSeparator()
        action = named_action(menu, item.text)
        action.setToolTip(plain_tip(item.tip))
        action.setCheckable(item.value != "")
        action.setChecked(item.current)
        action.triggered.connect(lambda _on=False, chosen=item: pick(window, chosen))


def pick(window: WindowPort, item: TrackerItem) -> None:
    """Do what a row of the chooser stands for."""
    match item.pick:
        case Pick.WEIGHTS:
            set_model(window, item.value)
        case Pick.FILE:
            choose_model(window)
        case Pick.TRACKER:
            choose_tracker(window, item.value)
        case Pick.OTHER:
            type_tracker(window)


def choose_model(window: WindowPort) -> None:
    """Ask for a checkpoint file."""
    name, _ = QFileDialog.getOpenFileName(asking(window), "Choose a model", "", MODEL_FILTER)
    if name:
        set_model(window, name)
    else:
        # The chooser already shows "CKD from a file…": what is in use is shown again.
        show_choice(window)


def set_model(window: WindowPort, model: str) -> None:
    """Track with CKD and a bundled model by name, or a checkpoint file, from the next run on."""
    window.settings.values.model = model
    set_tracker(window, CKD)


def ask_untrained(window: WindowPort) -> None:
    """Ask whether to track all the same, where a run was refused for weights not trained for it."""
    refused = window.workspace.refused
    if refused is None:
        return
    window.show_message(
        f"{refused.name} is not trained to track: {refused.why}, and its boxes would mean nothing. "
        "Track with it all the same?",
        "warning",
        choices=(
            ("Track with it", partial(_run_untrained, window, refused.model)),
            ("Another model…", partial(choose_model, window)),
        ),
    )


def _run_untrained(window: WindowPort, model: str) -> None:
    window.workbench.messages.clear()
    # Another one may have been chosen while the question stood there.
    if window.workspace.choice.model != model:
        set_model(window, model)
    window.workspace.run_untrained(model)


def set_tracker(window: WindowPort, spec: str) -> None:
    """Track with what is typed from the next run on; it is loaded then, not before."""
    window.settings.values.tracker = spec
    window.settings.save()
    show_choice(window)
    window.presenter.refresh_frame()


def set_device(window: WindowPort, device: str) -> None:
    """Compute on another device from the next run on."""
    window.settings.values.device = device
    window.settings.save()


def choose_tracker(window: WindowPort, name: str) -> None:
    """Use a tracker of the list, asking for what it needs beside its name."""
    entry = trackers().get(name)
    # A class that was typed is in the list too, but in no table.
    if entry is None or not entry.must_ask:
        set_tracker(window, name)
    elif not entry.wants_folder:
        ask_argument(window, entry, _argument_in_use(window, entry))
    elif (folder := _known_folder(window, name)) is not None:
        _use_folder(window, name, folder)
    else:
        ask_folder(window, entry)


def ask_folder(window: WindowPort, entry: TrackerEntry) -> None:
    """Ask for the folder with a tracker's files, and again where they are not in it."""
    start = next(iter(window.settings.values.tracker_folders), "")
    title = plain_title(f"{entry.title}: choose the folder with its files")
    folder = QFileDialog.getExistingDirectory(asking(window), title, start)
    problem = _problem(f"{entry.name}:{folder}") if folder else ""
    if folder and not problem:
        _use_folder(window, entry.name, folder)
        return
    show_choice(window)
    if problem:
        again = partial(ask_folder, window, entry)
        window.show_message(problem, "error", "Choose another folder…", again)


def ask_argument(window: WindowPort, entry: TrackerEntry, text: str = "") -> None:
    """Ask for what a tracker needs beside its name, and again where it cannot be used."""
    typed, chosen = QInputDialog.getText(
        asking(window),
        plain_title(entry.title),
        plain_tip(
            f"{entry.summary}\nIts {entry.argument.lower()}, with quotes around parts with blanks:"
        ),
        text=text,
    )
    # As it stands in documents, and as it is typed on the command line.
    spec = f"{entry.name}:{typed.strip().removeprefix(f'{entry.name}:')}"
    wanted = chosen and bool(typed.strip())
    problem = _problem(spec) if wanted else ""
    if wanted and not problem:
        set_tracker(window, spec)
        return
    show_choice(window)
    if problem:
        again = partial(ask_argument, window, entry, typed.strip())
        window.show_message(problem, "error", "Try again…", again)


def _argument_in_use(window: WindowPort, entry: TrackerEntry) -> str:
    name, _, argument = window.workspace.choice.tracker.partition(":")
    return argument if name == entry.name else ""


def type_tracker(window: WindowPort, text: str = "") -> None:
    """Ask for a tracker as it is typed on the command line, and again where there is none."""
    forms = ", ".join(entry.form for entry in trackers().values())
    typed, chosen = QInputDialog.getText(
        asking(window),
        "Other tracker",
        plain_tip(f"One of {forms},\nor module:Class for a class that can be imported:"),
        text=text or window.workspace.choice.tracker,
    )
    typed = typed.strip()
    problem = _problem(typed) if chosen and typed else ""
    if chosen and typed and not problem:
        set_tracker(window, typed)
        return
    show_choice(window)
    if problem:
        again = partial(type_tracker, window, typed)
        window.show_message(problem, "error", "Try again…", again)


def _items(window: WindowPort) -> tuple[TrackerItem, ...]:
    values = window.settings.values
    folder = next(iter(values.tracker_folders), "")
    return tracker_items(window.workspace.choice, values.model, folder)


def _use_folder(window: WindowPort, name: str, folder: str) -> None:
    window.settings.values.remember_folder(folder)
    set_tracker(window, f"{name}:{folder}")


def _known_folder(window: WindowPort, name: str) -> str | None:
    """Return the newest folder that holds what a tracker needs, of those named before."""
    folders = window.settings.values.tracker_folders
    return next((folder for folder in folders if not _problem(f"{name}:{folder}")), None)


def _problem(spec: str) -> str:
    """Return why nothing can track by that name; empty when something can.

    CKD is only known by name here: reading its weights takes seconds, and a run says what is wrong.
    """
    try:
        if tracker_entry(spec).name != CKD:
            tracker_source(spec)
    except CKDError as error:
        return str(error)
    except BaseException as error:  # noqa: BLE001 - importing somebody's module may raise anything
        return failure_message(error, CANNOT_BE_USED)
    return ""
