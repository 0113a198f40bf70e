"""Two cameras aligned by a person: offset in time, pairs of points, a guess, a blend to judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.resolve.aligning import Draft, Fitted, Pair, Point, fit_words
from app.views.aligning.controls import Controls
from app.views.frame.images import ThermalLook, as_display, gray_of, thermal_table
from app.views.shell.asking import asked_place, may_take_place
from app.workers.aligning import AligningClient, Pictures
from sessions import Alignment, SessionError, read_alignment, write_alignment
from tracker_core.imaging import Image, cv2
from tracker_core.registration.guess import Guess
from tracker_core.registration.motion import OffsetGuess
from tracker_core.registration.points import Freedom
from tracker_core.sequences.registering import Registration

FILTER = "Alignments (*.json)"


@dataclass(frozen=True, slots=True)
class Cameras:
    """What is known of the cameras when the dialog opens."""

    alignment: Alignment
    filling: tuple[float, ...]
    """The map by which thermal fills the RGB frame."""
    rgb_size: tuple[int, int]
    tir_size: tuple[int, int]
    frames: int
    frame_index: int
    shift: int
    """By how many frames thermal is shifted now."""
    folder: Path
    """Where an alignment file naturally goes."""
    refusal: Callable[[Alignment], str]
    """Says why an alignment cannot be that of the sequence; empty where it can."""


class AlignDialog(QDialog):
    """Makes an alignment; nothing of the session changes before it is applied."""

    def __init__(
        self,
        cameras: Cameras,
        client: AligningClient,
        look: ThermalLook | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Align cameras")
        self._cameras, self._client, self._look = cameras, client, look or ThermalLook()
        self._draft = self._first = Draft.of(cameras.alignment, cameras.filling)
        self._pictures = Pictures(None, None)
        self._chosen = -1
        self._said = ""
        self._around = self._draft.offset
        self.result_alignment: Alignment | None = None
        self.ui = Controls(self, cameras.frames, cameras.frame_index)
        self._connect()
        room = (parent or self).screen().availableSize()
        self.resize(min(1120, room.width() - 24), min(700, room.height() - 48))
        self._ask_pictures()
        self._refresh()

    @property
    def draft(self) -> Draft:
        """What has been made so far."""
        return self._draft

    def ask(self) -> Alignment | None:
        """Return the alignment to apply; None when the dialog was closed."""
        self.exec()
        self._client.join()
        return self.result_alignment

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the pictures again."""
        self.ui.arrange(self._cameras.rgb_size)
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close as Cancel does."""
        self.reject()
        super().closeEvent(event)

    # --- connections

    def _connect(self) -> None:
        ui, client = self.ui, self._client
        client.pictured.connect(self._on_pictures)
        client.mapped.connect(self._on_map)
        client.timed.connect(self._on_time)
        client.progressed.connect(self._on_progress)
        client.failed.connect(self._on_failed)
        ui.frame.valueChanged.connect(lambda _value: self._ask_pictures())
        ui.offset.setValue(self._draft.offset)
        ui.offset.valueChanged.connect(self._on_offset)
        ui.motion.clicked.connect(self._guess_time)
        ui.guess.clicked.connect(self._guess_map)
        for view, thermal in ((ui.rgb, False), (ui.tir, True)):
            view.clicked.connect(self._clicking(thermal))
            view.moved.connect(self._moving(thermal))
            view.chosen.connect(self._choose)
        ui.pairs.currentCellChanged.connect(lambda row, *_rest: self._choose(row))
        ui.remove.clicked.connect(self._remove)
        ui.freedom.setCurrentIndex(ui.freedom.findData(self._draft.freedom))
        ui.freedom.currentIndexChanged.connect(self._on_freedom)
        ui.blend.toggled.connect(lambda _on: self._refresh())
        ui.weight.valueChanged.connect(lambda _value: self._refresh_blend())
        ui.load.clicked.connect(self._load)
        ui.save.clicked.connect(self._save)
        ui.reset.clicked.connect(self._reset)
        ui.apply.clicked.connect(self._apply)
        ui.cancel.clicked.connect(self.reject)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self)
        delete.activated.connect(self._remove)

    def _clicking(self, thermal: bool) -> Callable[[float, float], None]:
        def clicked(x: float, y: float) -> None:
            if thermal or not self.ui.blend.isChecked():
                self._change(self._draft.clicked((x, y), thermal=thermal), last=True)

        return clicked

    def _moving(self, thermal: bool) -> Callable[[int, float, float], None]:
        return lambda at, x, y: self._change(self._draft.moved(at, (x, y), thermal=thermal))

    # --- changes

    def _change(self, draft: Draft, *, last: bool = False, said: str = "") -> None:
        self._draft = draft
        self._said = said
        if last or self._chosen >= len(draft.pairs):
            self._chosen = len(draft.pairs) - 1
        self._refresh()

    def _choose(self, row: int) -> None:
        if row != self._chosen and 0 <= row < len(self._draft.pairs):
            self._chosen = row
            self._refresh()

    def _remove(self) -> None:
        if 0 <= self._chosen < len(self._draft.pairs):
            self._change(self._draft.without(self._chosen))

    def _on_freedom(self, _index: int) -> None:
        freedom = cast("Freedom | None", self.ui.freedom.currentData())
        self._change(replace(self._draft, freedom=freedom))

    def _on_offset(self, value: int) -> None:
        self._change(replace(self._draft, offset=value))
        self._ask_pictures()

    def _reset(self) -> None:
        paired = self._draft.paired_with
        begin = self._cameras.alignment.time_offset - self._cameras.shift
        self._change(Draft(self._cameras.filling, "sizes", begin, paired_with=paired))
        self.ui.freedom.setCurrentIndex(0)
        self.ui.offset.setValue(begin)

    def _apply(self) -> None:
        try:
            # What nobody touched is to the last digit what it was.
            same = self._draft == self._first
            self.result_alignment = self._cameras.alignment if same else self._draft.alignment()
        except SessionError as error:
            self._say(str(error))
            return
        # Said here, where the pairs still are; closed, they would be lost.
        if why := self._cameras.refusal(self.result_alignment):
            self.result_alignment = None
            self._say(why)
            return
        self.accept()

    # --- pictures and guesses

    def _at(self) -> tuple[int, int]:
        """Return which frames are shown: that of RGB, and the one whose thermal picture is."""
        cameras, index = self._cameras, self.ui.frame.value()
        return index, index + self._draft.offset - cameras.alignment.time_offset

    def _ask_pictures(self) -> None:
        self.ui.say_frame()
        self._client.picture(*self._at())

    def _on_pictures(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._refresh()

    def _guess_map(self) -> None:
        self.ui.set_busy("Looking for the same edges in both pictures…")
        self._client.guess_map(*self._at())

    def _on_map(self, guess: Guess) -> None:
        self.ui.set_busy("")
        # Asked now, not at the button: pairs are clicked while the guess is made, too.
        if self._draft.pairs and not self._may_replace_pairs():
            self._say("The pairs stay, and the guess was not taken.")
            return
        words = (
            "The pictures have little in common, and this guess is probably wrong: judge it in the "
            "blend, or click pairs."
            if not guess.sure
            else "This is a first guess: judge it in the blend, and click pairs to be exact."
        )
        begin = tuple(guess.tir_to_rgb.ravel().tolist())
        self._change(
            replace(self._draft, begin=begin, origin="guess", pairs=()),
            said=words,
        )

    def _may_replace_pairs(self) -> bool:
        count = len(self._draft.pairs)
        pairs = "1 pair" if count == 1 else f"{count} pairs"
        return may_take_place(
            self,
            "Guess the map",
            f"The guess takes the place of the map by {pairs} of points.",
            f"Taking it removes the {pairs}, which cannot be brought back here.",
        )

    def _guess_time(self) -> None:
        self.ui.set_busy("Looking for the same motion in both cameras…")
        fitted = self._draft.fitted()
        known = fitted.freedom is not None or self._draft.origin != "sizes"
        # The answer counts from here, wherever the field is by then.
        self._around = self._draft.offset
        index, tir = self._at()
        self._client.guess_time(index, fitted.matrix if known else None, tir - index)

    def _on_time(self, guess: OffsetGuess) -> None:
        self.ui.set_busy("")
        offset = self._around + guess.offset
        self.ui.offset.setValue(offset)
        words = "What moves agrees best at" if guess.sure else "Not sure: motion agrees best at"
        self._said = f"{words} {offset:+d} frames. Step through frames to check it."
        self._refresh()

    def _on_progress(self, done: int, total: int) -> None:
        self.ui.set_busy(f"Looking for the same motion in both cameras, {done} of {total}…")

    def _on_failed(self, text: str) -> None:
        self.ui.set_busy("")
        self._say(text)

    # --- files

    def _load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Load an alignment", str(self._cameras.folder), FILTER
        )
        if name:
            self.load(Path(name))

    def load(self, path: Path) -> None:
        """Take over what a file says, or say why not."""
        try:
            read = read_alignment(path, self._cameras.filling)
        except SessionError as error:
            self._say(str(error))
            return
        base = self._cameras.alignment.time_offset - self._cameras.shift
        draft = Draft.of(read, self._cameras.filling)
        draft = replace(draft, offset=read.time_offset + base, paired_with=self._draft.paired_with)
        # Said now, and not after more work on what Apply would refuse.
        if why := self._why_refused(draft):
            self._say(f"{path.name} was not loaded. {why}")
            return
        self.ui.freedom.setCurrentIndex(self.ui.freedom.findData(draft.freedom))
        self.ui.offset.setValue(draft.offset)
        self._change(draft, said=f"Loaded {path.name}.")
        self._ask_pictures()

    def _why_refused(self, draft: Draft) -> str:
        try:
            return self._cameras.refusal(draft.alignment())
        except SessionError as error:
            return str(error)

    def _save(self) -> None:
        start = self._cameras.folder / "alignment.json"
        path = asked_place(self, "Save the alignment", start, FILTER)
        if path is not None:
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the alignment for other sessions of these cameras, or say why not."""
        base = self._cameras.alignment.time_offset - self._cameras.shift
        try:
            alignment = self._draft.alignment()
            # A file counts from how names pair the frames, as the command line does.
            moved = replace(alignment, time_offset=alignment.time_offset - base, paired_with="")
            write_alignment(moved, path)
        except SessionError as error:
            self._say(str(error))
            return
        self._say(f"Saved {path.name}.")

    # --- showing

    def _say(self, text: str) -> None:
        self._said = text
        self.ui.say(text)

    def _refresh(self) -> None:
        ui, fitted = self.ui, self._draft.fitted()
        ui.show_pairs(self._draft.pairs, fitted.missed, self._chosen)
        ui.say(self._said or fit_words(self._draft))
        ui.apply.setEnabled(not any(not pair.whole for pair in self._draft.pairs))
        blending = ui.blend.isChecked()
        ui.tir.setVisible(not blending)
        ui.weight.setVisible(blending)
        ui.rgb.set_title("RGB and thermal" if blending else "RGB")
        tir = self._thermal()
        ui.tir.set_picture(tir, "There is no thermal picture for this frame.")
        ui.tir.set_points([pair.tir for pair in self._draft.pairs], self._chosen)
        self._refresh_blend(fitted)

    def _refresh_blend(self, fitted: Fitted | None = None) -> None:
        ui, rgb = self.ui, self._pictures.rgb
        fitted = fitted or self._draft.fitted()
        shown: NDArray[Any] | None = rgb
        tir = self._thermal() if ui.blend.isChecked() else None
        if rgb is not None and tir is not None:
            shown = _blended(rgb, tir, fitted.matrix, ui.weight.value() / 100)
        ui.rgb.set_picture(shown, "There is no RGB picture on this frame.")
        points = [pair.rgb for pair in self._draft.pairs]
        ui.rgb.set_points(points, self._chosen, _meant(self._draft.pairs, fitted))

    def _thermal(self) -> NDArray[np.uint8] | None:
        return None if self._pictures.tir is None else _coloured(self._pictures.tir, self._look)


def _coloured(tir: Image, look: ThermalLook) -> NDArray[np.uint8]:
    gray = gray_of(tir)
    return as_display(tir) if gray is None else thermal_table(gray, look).rgb(gray)


def _blended(
    rgb: NDArray[np.uint8], tir: NDArray[np.uint8], matrix: NDArray[np.float64], weight: float
) -> NDArray[np.uint8]:
    size = rgb.shape[1], rgb.shape[0]
    registration = Registration.of(matrix, (tir.shape[1], tir.shape[0]), size)
    if registration is None:
        over: Any = cv2.resize(tir, size, interpolation=cv2.INTER_LINEAR)
    else:
        over = registration.on_rgb(tir)
    mixed: Any = cv2.addWeighted(rgb, 1 - weight, over, weight, 0)
    return np.asarray(mixed, np.uint8)


def _meant(pairs: tuple[Pair, ...], fitted: Fitted) -> list[Point | None]:
    """Return where the map has the thermal point of each pair."""
    places: list[Point | None] = []
    for pair in pairs:
        if pair.tir is None or fitted.freedom is None:
            places.append(None)
            continue
        x, y, depth = fitted.matrix @ [*pair.tir, 1.0]
        places.append((float(x / depth), float(y / depth)) if depth else None)
    return places
