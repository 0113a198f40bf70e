"""Results of trackers and the ground truth beside the boxes of the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.aligning import shift_of
from app.controllers.files import FilesController
from app.look.palette import DARK, LIGHT, Palette
from app.resolve.comparing import (
    BesideBox,
    CompareModel,
    CompareRow,
    FilmedComparison,
    colour_of,
    compare_row,
    result_box,
    truth_box,
)
from app.resolve.effective import EffectiveTarget
from app.state.document import Document
from app.state.settings import SettingsStore
from app.workers.comparing import ComparingClient, OpenedResults
from sessions import Flag
from tracker_core.evaluation.comparing import (
    Compared,
    FrameTruth,
    benchmark_of,
    fails_alone,
    peaks,
    stretches,
    worst_frame,
)
from tracker_core.evaluation.comparison import APART, Comparison

SETTLE_MILLISECONDS = 100
"""Changes within this time are judged together: a held key nudges 30 times a second."""
RUN_MILLISECONDS = 500
"""While a run streams in: all frames are judged each time, which takes from the run."""


class ComparingController(QObject):
    """Keeps what is compared up to date; results stay open when the next sequence is opened."""

    changed = Signal()
    """Lanes, figures or boxes are other ones."""
    read = Signal(object)
    """OpenedResults: results were read."""
    drawn = Signal(object)
    """Plotted: a figure that was written."""
    failed = Signal(str)
    paths_changed = Signal()
    """Other results are open."""

    def __init__(
        self,
        document: Document,
        files: FilesController,
        selected: Callable[[], EffectiveTarget | None],
        settings: SettingsStore,
        client: ComparingClient,
        parent: QObject | None = None,
    ) -> None:
        """`selected` gives the rows of the selected target."""
        super().__init__(parent)
        self._document = document
        self._files = files
        self._selected = selected
        self._settings = settings
        self._client = client
        self._paths: tuple[Path, ...] = ()
        self._results: tuple[Compared, ...] = ()
        self._own: Compared | None = None
        self._truth: FrameTruth | None = None
        self._aligned: FrameTruth | None = None
        """The truth as the cameras of the session are aligned; None: not worked out."""
        self._picked: tuple[str, str] | None = None
        self.results_shown = True
        """Whether the boxes of results are drawn."""
        self._led: tuple[tuple[str, str], int] | None = None
        """Where the last walk through a ranking led, and which ranking that was."""
        self._quiet = False
        """Whether the results on their way were open before, and nothing is to be said of them."""
        self._known: tuple[Compared, ...] = ()
        self._judged: tuple[Compared, ...] = ()
        self._stale = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._judge)
        client.opened.connect(self._on_results)
        client.judged.connect(self._on_judged)
        client.drawn.connect(self.drawn)
        client.failed.connect(self.failed)
        document.changed.connect(lambda _change: self.refresh())
        files.opened.connect(self._on_opened)
        files.closing.connect(self._on_closing)
        files.aligned.connect(self._on_aligned)

    # --- what there is

    @property
    def truth(self) -> FrameTruth | None:
        """The ground truth of the open sequence as its cameras are aligned; perhaps no rows."""
        recorded, session = self._recorded, self._document.session
        if recorded is None or session is None:
            return recorded
        if self._aligned is None:
            self._aligned = recorded.aligned(self._shift, session.alignment.boxes_to_rgb)
        return self._aligned

    @property
    def _shift(self) -> int:
        """By how many frames thermal is shifted on the frames as they are paired."""
        source, session = self._files.source, self._document.session
        if source is None or session is None:
            return 0
        return shift_of(session.alignment, source.sequence.locator[2])

    @property
    def _recorded(self) -> FrameTruth | None:
        source = self._files.source
        if self._truth is None and source is not None:
            sequence = source.sequence
            self._truth = FrameTruth.of_sequence(
                sequence.name,
                len(sequence),
                benchmark_of(sequence.layout),
                sequence.ground_truth,
            )
        return self._truth

    @property
    def has_truth(self) -> bool:
        """Whether the open sequence has ground truth."""
        source = self._files.source
        return source is not None and source.sequence.ground_truth is not None

    @property
    def truth_shown(self) -> bool:
        """Whether ground truth is drawn, and boxes are judged by it."""
        return self._settings.values.show_truth

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, folders and zips that are open."""
        return self._paths

    @property
    def has_results(self) -> bool:
        """Whether any results are open."""
        return bool(self._paths)

    @property
    def pending(self) -> bool:
        """Whether anything is being read, judged or drawn."""
        return self._stale or self._client.pending

    @property
    def own(self) -> Compared | None:
        """The boxes of the selected target."""
        return self._own

    @property
    def compared(self) -> tuple[Compared, ...]:
        """The boxes of the session, then those of the results in their order."""
        own = () if self._own is None else (self._own,)
        return (*own, *self._results)

    @property
    def judged(self) -> tuple[Compared, ...]:
        """Those that could be judged on any frame."""
        compared = self.compared
        # Asked for after each step; what is compared is made again whenever it changes.
        known = len(compared) == len(self._known) and all(
            one is other for one, other in zip(compared, self._known, strict=True)
        )
        if not known:
            self._known = compared
            self._judged = tuple(each for each in compared if not np.isnan(each.overlap).all())
        return self._judged

    def comparison(self) -> Comparison | None:
        """Return all that is compared as one; None where nothing was judged."""
        truth = self.truth
        return Comparison(truth, self.judged) if truth is not None and self.judged else None

    @property
    def pair(self) -> tuple[str, str] | None:
        """Whose failures are walked through, and who must not fail there; None: too few."""
        judged, truth = self.judged, self.truth
        if len(judged) < 2 or truth is None:
            return None
        if self._picked is not None and set(self._picked) <= {each.tracker for each in judged}:
            return self._picked
        # The boxes of a session may be of few frames, and good or bad by that.
        results = [each for each in judged if each is not self._own]
        metric = truth.benchmark.success
        ranked = sorted(
            results if len(results) > 1 else judged, key=lambda each: each.figures[metric]
        )
        return ranked[0].tracker, ranked[-1].tracker

    @property
    def subject(self) -> Compared | None:
        """Whose worst frame is meant: of the one that fails, or of the only one."""
        pair = self.pair
        if pair is not None:
            return self.named(pair[0])
        return next(iter(self.judged), None)

    def named(self, name: str) -> Compared:
        """Return what is compared under a name; raises StopIteration."""
        return next(each for each in self.compared if each.tracker == name)

    # --- what a person does

    def open(self, paths: tuple[Path, ...]) -> None:
        """Read results beside those that are open; ground truth is shown with them."""
        self._paths = tuple(dict.fromkeys((*self._paths, *paths)))
        if not self.truth_shown:
            self.show_truth(True)
        self._read()
        self.paths_changed.emit()

    def close(self) -> None:
        """Take all results away."""
        self._paths, self._results, self._picked = (), (), None
        self._client.forget()
        self.refresh()
        self.changed.emit()
        self.paths_changed.emit()

    def show_truth(self, on: bool) -> None:
        """Draw ground truth and judge by it, or stop doing so; it is remembered."""
        self._settings.put("show_truth", on)
        self._settings.save()
        if not on:
            self._own = None
        self.refresh()
        self.changed.emit()

    def show_results(self, on: bool) -> None:
        """Draw the boxes of results, or leave them out."""
        self.results_shown = on
        self.changed.emit()

    def pick(self, failing: str, other: str) -> None:
        """Choose whose failures are walked through, and who must not fail there."""
        self._picked = failing, other
        self.changed.emit()

    def draw(self, path: Path, width: float) -> None:
        """Write a figure of what is compared."""
        made = self.comparison()
        if made is not None:
            # The light theme's, whatever the window has: figures go on white paper.
            known = {row.name: row.colour for row in self.rows(LIGHT)}
            colours = tuple(known[each.tracker] for each in made.compared)
            self._client.draw(made, path, width, colours)

    def filmed(self) -> FilmedComparison | None:
        """Return what a film of all that is compared shows; None where nothing is."""
        truth, session, rows = self._recorded, self._document.session, self.rows(DARK)
        if truth is None or session is None or not rows:
            return None
        compared = tuple(self.named(row.name) for row in rows)
        colours = tuple(row.colour for row in rows)
        return FilmedComparison(compared, colours, truth, session.alignment, self._shift)

    # --- where to look

    def next_failure(self, frame: int) -> tuple[int, int] | None:
        """Return first and last frame of the next stretch where one fails and the other does not.

        The last is followed by the first. None where there is no such stretch.
        """
        pair = self.pair
        if pair is None:
            return None
        failing, other = (self.named(name).overlap for name in pair)
        found = stretches(fails_alone(failing, other))
        if not len(found):
            return None
        after = found[found[:, 0] > frame]
        first, last = (after if len(after) else found)[0]
        return int(first), int(last)

    def next_worst(self, each: Compared, frame: int) -> int | None:
        """Return the frame of the lowest IoU, or after it the one with the next lowest."""
        frames = peaks(1.0 - each.overlap, APART)
        worst = worst_frame(each.overlap)
        if not frames and worst is not None:
            # Where a box is right on all frames, the first that is judged is as low as any.
            frames = [worst]
        return self._walk(("worst", each.tracker), frames, frame)

    def next_disagreement(self, frame: int) -> int | None:
        """Return the frame on which IoU differs most, or after it the one with the next most."""
        made = self.comparison()
        frames = [] if made is None else made.disagreements()
        return self._walk(("disagreement", ""), frames, frame)

    def _walk(self, kind: tuple[str, str], frames: list[int], frame: int) -> int | None:
        """Return the first frame of a ranking; the one after it where that is still on show."""
        if not frames:
            return None
        going_on = self._led == (kind, frame) and frame in frames
        found = frames[(frames.index(frame) + 1) % len(frames)] if going_on else frames[0]
        self._led = kind, found
        return found

    # --- what is shown

    def model(self, palette: Palette) -> CompareModel | None:
        """Return what the panel shows; None without a sequence."""
        truth = self.truth
        if truth is None:
            return None
        pair = self.pair or (None, None)
        return CompareModel(
            self.rows(palette),
            truth.benchmark.metrics,
            truth.benchmark.label,
            self.has_truth,
            len(truth),
            self.has_results,
            *pair,
        )

    def rows(self, palette: Palette) -> tuple[CompareRow, ...]:
        """Return a line for the session's boxes and for each result."""
        found = []
        target = self._selected()
        if self._own is not None and target is not None:
            found.append(compare_row(self._own, target.colour(palette), own=True))
        for rank, each in enumerate(self._results):
            found.append(compare_row(each, colour_of(palette, rank)))
        return tuple(found)

    def boxes_at(self, frame: int, palette: Palette) -> tuple[BesideBox, ...]:
        """Return what is drawn on a frame beside the boxes of the session."""
        truth, session = self._recorded, self._document.session
        found: list[BesideBox | None] = []
        # Below the others, whose colours would be lost under its dashes.
        if self.truth_shown and session is not None and truth is not None:
            found.append(truth_box(truth, session.alignment, self._shift, frame, palette))
        if self.results_shown:
            found += [
                result_box(each, colour_of(palette, rank), frame)
                for rank, each in enumerate(self._results)
                if frame < len(each.boxes)
            ]
        return tuple(box for box in found if box is not None)

    # --- keeping up

    def refresh(self) -> None:
        """Judge the boxes of the session again soon: they may be other ones."""
        if self.truth_shown and self.has_truth:
            self._stale = True
            # Not started again while it runs, or a held key would put it off until it is let go.
            if not self._timer.isActive():
                row = self._selected()
                running = row is not None and row.live
                self._timer.start(RUN_MILLISECONDS if running else SETTLE_MILLISECONDS)

    def _judge(self) -> None:
        # One at a time: of a hundred changes the first and the last are judged.
        if not self._stale or self._client.judging:
            return
        self._stale = False
        row, truth = self._selected(), self.truth
        if row is None or truth is None or not self.truth_shown:
            if self._own is not None:
                self._own = None
                self.changed.emit()
            return
        # Copies: what is judged in another thread must not change meanwhile.
        boxes = np.array(row.boxes[:, 0])
        absent = (row.flags & np.uint16(Flag.ABSENT)) != 0
        self._client.judge(truth, self._name_of(row), boxes, absent)

    def _name_of(self, row: EffectiveTarget) -> str:
        taken = {each.tracker for each in self._results}
        return f"{row.name} (session)" if row.name in taken else row.name

    def _on_judged(self, own: Compared) -> None:
        self._own = own
        self.changed.emit()
        if self._stale:
            self.refresh()

    def _read(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        truth = self.truth
        if self._paths and truth is not None:
            self._client.read(truth, self._paths)

    def _on_results(self, opened: OpenedResults) -> None:
        self._results = opened.compared
        self.refresh()
        self.changed.emit()
        if not self._quiet:
            self.read.emit(opened)

    def _on_opened(self) -> None:
        self._read()
        # Shown from the last time, without results.
        if self.truth_shown and self.truth is not None:
            self.changed.emit()
        self.refresh()

    def _on_closing(self) -> None:
        self._client.forget()
        self._timer.stop()
        self._stale = False
        shown = bool(self._results) or self._own is not None or self.truth_shown
        self._results, self._own, self._truth, self._aligned = (), None, None, None
        # Or every opening would draw the frame once more for nothing.
        if shown:
            self.changed.emit()

    def _on_aligned(self) -> None:
        # What was judged so far was judged by the thermal truth of other moments, or elsewhere.
        self._aligned = None
        self._read(quiet=True)
        self.refresh()
        self.changed.emit()
