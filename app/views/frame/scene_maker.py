"""Makes scenes and search crops from a frame and what the tracker said about it."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.look.numbers import score_number
from app.look.palette import Palette
from app.resolve.answer import FrameAnswer
from app.resolve.comparing import BesideBox
from app.resolve.effective import EffectiveTarget
from app.resolve.flags import flag_words
from app.resolve.inspection import CropWindow, Missing, SearchCropModel, search_crop_model
from app.resolve.lost import PERHAPS_LOST
from app.resolve.overlay import search_crop
from app.state.selection import Selection
from app.views.frame.images import (
    ThermalLook,
    ThermalTable,
    as_display,
    words_of_range,
)
from app.views.frame.layers import layers_of
from app.views.frame.pictures import AnyFrame, PictureStore, sizes
from app.views.frame.scene import EMPTY_SCENE, BoxItem, FrameScene
from sessions import Source
from tracker_core.imaging import cv2
from tracker_core.sequences import Frame, ReducedFrame


class SceneMaker:
    """Keeps the pictures of the current frame, so that overlays change without decoding."""

    def __init__(self, store: PictureStore | None = None) -> None:
        self.store = store or PictureStore()
        """What is prepared of frames, perhaps by another thread."""
        self._look = ThermalLook()
        self._shown: AnyFrame | None = None
        self._base = EMPTY_SCENE
        self._gray: NDArray[Any] | None = None
        self._table: ThermalTable | None = None

    @property
    def frame(self) -> Frame | None:
        """The frame the pictures are of, for whoever needs its pixels; None while it is reduced."""
        return None if isinstance(self._shown, ReducedFrame) else self._shown

    @property
    def look(self) -> ThermalLook:
        """How thermal values become colours."""
        return self._look

    @property
    def shown(self) -> AnyFrame | None:
        """The frame the pictures are of, perhaps reduced."""
        return self._shown

    def set_frame(self, frame: AnyFrame | None) -> None:
        """Make pictures of another frame, or of the same one with all of its pixels."""
        self._shown = frame
        self._base = EMPTY_SCENE if frame is None else self._pictures(frame)
        if frame is None:
            # Of a sequence that is closed.
            self.store.clear()
            self._gray = self._table = None

    def set_look(self, look: ThermalLook) -> None:
        """Show thermal in other colours."""
        self._look = look
        self.store.set_look(look)
        self.set_frame(self._shown)

    def scene(
        self,
        boxes: tuple[BoxItem, ...],
        answer: FrameAnswer | None,
        selection: Selection,
        *,
        absent: bool = False,
        beside: tuple[BesideBox, ...] = (),
    ) -> FrameScene:
        """Return what the panes show; `absent`: the target is not there, whatever was answered.

        `beside` are boxes that are only looked at.
        """
        if self._shown is None:
            return self._base
        layers = (
            {}
            if answer is None or absent
            else layers_of(answer, selection.overlays, selection.stage)
        )
        notice = "Frame data damaged" if answer is not None and answer.damage else ""
        linked = selection.linked
        return replace(
            self._base, boxes=boxes, layers=layers, linked=linked, notice=notice, beside=beside
        )

    def crop(self, answer: FrameAnswer, target_name: str) -> SearchCropModel | Missing:
        """Return the magnified search crop in the colours of the panes, or why there is none."""
        # Here and not with the pictures: the crop is cut only while somebody sees it.
        window, missing = answer.window, answer.without_tokens()
        if missing is not None or window is None:
            return missing or Missing("")
        model = search_crop_model(
            None,
            None,
            window,
            answer.grid,
            answer.stages,
            answer.box_xywh,
            score_map=answer.score_map,
            frame_index=answer.frame_index,
            target_name=target_name,
        )
        model = replace(model, box_name=answer.box_name, tracker=answer.model, score=answer.score)
        frame = self.frame
        if frame is None:
            return model
        rgb, tir = self.cut(frame, window)
        return replace(model, rgb=rgb, tir=tir)

    def cut(
        self, frame: Frame, window: CropWindow
    ) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
        """Cut a square out of both images of a frame, in the colours that the panes give them."""
        rgb = None if frame.rgb is None else search_crop(frame.rgb, window)
        # Thermal is coloured by the table of the whole frame, so that it looks as it does on the
        # pane.
        return rgb, self._thermal_crop(frame, window)

    def values_at(self, x: float, y: float) -> str:
        """Return position and raw values under a point of the panes' frame."""
        shown, frame = self._shown, self.frame
        width, height = self._base.size
        if shown is None or not (0 <= x < width and 0 <= y < height):
            return ""
        if shown.rgb is None and shown.tir is None:
            # The size is that of the frame before; there is nothing here to be read.
            return ""
        words = [f"x {int(x)}  y {int(y)}"]
        if frame is None:
            # A value of a reduced frame would be the mean of several; the others are on their way.
            return words[0]
        if frame.rgb is not None:
            red, green, blue = (int(value) for value in frame.rgb[int(y), int(x)])
            words.append(f"RGB {red} {green} {blue}")
        if frame.tir is not None:
            # The panes are in RGB pixels, and thermal may have fewer.
            row = int(y * frame.tir.shape[0] / height)
            column = int(x * frame.tir.shape[1] / width)
            # False colours have three; the first stands for them.
            value = np.atleast_1d(frame.tir[row, column])
            words.append(f"thermal {int(value[0])}")
        return "    ".join(words)

    def _pictures(self, frame: AnyFrame) -> FrameScene:
        prepared = self.store.prepare(frame)
        self._gray, self._table = prepared.gray, prepared.table
        rgb, tir = self.store.pictures(frame, prepared)
        title = "Thermal"
        if self._gray is not None and self._table is not None:
            title = f"Thermal · {self._look.palette}"
            if self._gray.dtype == np.uint16:
                title += f" · {words_of_range(self._table, self._gray)}"
        elif frame.tir is not None:
            title = "Thermal · colours as recorded"
        # RGB first: boxes are in its pixels.
        size = next((each for each in sizes(frame) if each is not None), self._base.size)
        problems = " ".join(frame.problems)
        return FrameScene(
            frame_index=frame.index,
            # With both images missing the size of before stays, or the zoom would be lost on a gap.
            size=size,
            rgb=rgb,
            tir=tir,
            tir_title=title,
            rgb_missing=problems if frame.rgb is None else "",
            tir_missing=problems if frame.tir is None else "",
        )

    def _thermal_crop(self, frame: Frame, window: CropWindow) -> NDArray[np.uint8] | None:
        if frame.tir is None:
            return None
        prepared = self.store.prepare(frame)
        gray, table = prepared.gray, prepared.table
        source = gray if gray is not None else as_display(frame.tir)
        width, height = self._base.size
        if source.shape[:2] != (height, width):
            # The window is in RGB pixels.
            source = cv2.resize(source, (width, height), interpolation=cv2.INTER_LINEAR)
        cut = search_crop(source, window)
        if gray is None or table is None:
            return cut
        colours = table.rgb(cut)
        # Black in every palette: "black hot" would show the zeros of the padding as white. By
        # position, because a pixel of the frame may be zero too.
        outside = search_crop(np.ones(source.shape[:2], np.uint8), window) == 0
        colours[outside] = 0
        return colours


def box_item(
    row: EffectiveTarget, frame_index: int, palette: Palette, *, selected: bool
) -> BoxItem | None:
    """Return what is drawn of a target on a frame; None where it has no box or is hidden."""
    if not row.visible:
        return None
    rgb, tir = row.boxes_on_panes(frame_index)
    if rgb is None and tir is None:
        return None
    score = float(row.score[frame_index])
    said = "" if isnan(score) else score_number(score)
    if row.why_lost(frame_index):
        said = f"{said} {PERHAPS_LOST}".strip()
    return BoxItem(
        target_id=row.target_id,
        name=row.name,
        colour=row.colour(palette),
        rgb=rgb,
        tir=tir,
        selected=selected,
        machine=bool(row.source[frame_index] != Source.MANUAL),
        # A flag is a person's word and goes before the machine's score.
        note=flag_words(int(row.flags[frame_index])) or said,
    )
