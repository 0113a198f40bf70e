"""What the window does about datasets: connects the controller and the page of sequences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.window.actions.layout import SEQUENCES
from app.window.commands import datasets
from app.window.dataset_results import connect_dataset_results
from app.window.timers import single_shot

if TYPE_CHECKING:
    from app.window.port import WindowPort

LATER_MILLISECONDS = 300
"""How often it is asked whether a person has written a note to its end."""


class DatasetReactions:
    """The news of the dataset; made after those of files, whose pages it may cover."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window
        self._later = single_shot(window.widget, LATER_MILLISECONDS, self._on_arranged)
        self._space = window.workspace.datasets
        page = window.workbench.dataset_page
        page.offer([window.actions_by_id[id_] for id_ in SEQUENCES])
        page.opened.connect(partial(datasets.open_row, window))
        page.wished.connect(self._space.arrange)
        page.list.selectionModel().selectionChanged.connect(
            lambda _now, _before: window.refresh_actions()
        )
        page.model.state_chosen.connect(lambda row, state: self._space.set_state((row,), state))
        page.model.note_written.connect(self._space.set_note)
        self._space.begun.connect(self._on_begun)
        self._space.changed.connect(self._on_changed)
        self._space.found.connect(self._on_found)
        self._space.arranged.connect(self._on_arranged)
        self._space.message.connect(lambda level, text: window.show_message(text, level))
        window.workspace.files.closing.connect(self._on_closing)
        connect_dataset_results(window)
        window.workbench.turned.connect(self._on_turned)

    def _on_begun(self) -> None:
        window, space = self._window, self._space
        window.status_line.set_activity("")
        dataset = space.dataset
        if dataset is not None:
            name, where = dataset.root.absolute().name, str(dataset.root.absolute())
            page = window.workbench.dataset_page
            page.begin(name, where, space.rows, space.order)
            window.workbench.messages.clear()
            window.workbench.start_page.set_recent(window.settings.values.recent)
            datasets.show_list(window, True)
            if dataset.remarks:
                # What was not looked into may be what somebody looks for.
                window.show_message(" ".join(map(str, dataset.remarks[:3])), "warning")
        window.refresh_actions()
        window.watch_idle()

    def _on_turned(self) -> None:
        # The list is of many sequences: a frame of one would be taken for what is selected.
        self._window.status_line.set_frame_seen(not self._window.workbench.list_shown)

    def _on_changed(self) -> None:
        self._window.workbench.dataset_page.refresh(self._space.current)
        self._window.refresh_actions()
        self._window.watch_idle()

    def _on_found(self, rows: set[int]) -> None:
        # Ten times a second, and no action asks what is found out about a sequence.
        self._window.workbench.dataset_page.refresh(self._space.current, rows)
        self._window.watch_idle()

    def _on_arranged(self) -> None:
        if self._window.workbench.dataset_page.writing:
            # What is half written would be lost, and the lines moved below it.
            self._later.start()
            return
        self._window.workbench.dataset_page.arrange(self._space.rows, self._space.order)
        self._window.refresh_actions()

    def _on_closing(self) -> None:
        # Where a sequence of a dataset was on show, its list comes back.
        if self._space.dataset is not None:
            datasets.show_list(self._window, True)
