"""Pictures of a frame in the size they are shown in, made ahead in another thread and kept."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPixmap

from app.views.frame.images import (
    ThermalLook,
    ThermalTable,
    as_display,
    gray_of,
    packed_colours,
    rgb_pixmap,
    thermal_pixmap,
    thermal_table,
)
from tracker_core.imaging import cv2
from tracker_core.sequences import Frame, ReducedFrame

MOST = 64
"""Frames of which pictures are kept: somewhat more than are decoded ahead."""
WORTH = 1.5
"""A whole frame is shrunk where it is at most this many times as large as the pane; of a larger one
only the part in view is worth it."""


AnyFrame = Frame | ReducedFrame


class Picture:
    """One image, as large as it was recorded or as it is shown; each is made when first asked for.

    Only the window's thread may ask: Qt makes its pixmaps nowhere else.
    """

    def __init__(
        self,
        size: tuple[int, int],
        whole: Callable[[], QPixmap],
        shrunk: Callable[[int, int], NDArray[np.uint32]],
        ready: NDArray[np.uint32] | None = None,
        shown: Callable[[int, int], None] = lambda _width, _height: None,
    ) -> None:
        self.width, self.height = size
        self._make_whole = whole
        self._make_shrunk = shrunk
        self._whole: QPixmap | None = None
        self._shrunk: QPixmap | None = None
        self.shown = shown
        """To be told in how many pixels of the screen all of it is painted."""
        self._ready = ready
        """(h, w) pixels of `Format_RGB32` in the size that was last asked for."""

    def whole(self) -> QPixmap:
        """Return every pixel."""
        if self._whole is None:
            self._whole = self._make_whole()
        return self._whole

    def shrunk(self, width: int, height: int) -> QPixmap:
        """Return it in so many pixels, fewer than it has."""
        kept = self._shrunk
        if kept is None or (kept.width(), kept.height()) != (width, height):
            ready = self._ready
            if ready is None or ready.shape != (height, width):
                ready = self._make_shrunk(width, height)
            # Its pixels have become those of the pixmap.
            self._ready = None
            kept = self._shrunk = _pixmap(ready)
        return kept


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What is made of a frame before it is shown, without Qt."""

    look: ThermalLook
    size: tuple[int, int] | None
    """Width and height of the shrunk pixels; None where there are none."""
    gray: NDArray[Any] | None
    """The one plane of a thermal image that is not in false colours."""
    table: ThermalTable | None
    rgb: NDArray[np.uint32] | None
    tir: NDArray[np.uint32] | None


class PictureStore:
    """Keeps what was prepared of the newest frames; asked and filled by any thread.

    Of a reduced frame as of the frame itself; what is made of it is as large as that.
    """

    def __init__(self) -> None:
        self._look = ThermalLook()
        self._size: tuple[int, int] | None = None
        self._shown: tuple[int, int] | None = None
        self._kept: OrderedDict[int, tuple[weakref.ref[AnyFrame], Prepared]] = OrderedDict()
        self._lock = Lock()

    def set_look(self, look: ThermalLook) -> None:
        """Prepare thermal in other colours from now on."""
        self._look = look

    def set_size(self, width: int, height: int) -> None:
        """Prepare frames in this size from now on."""
        self._size = (width, height)

    @property
    def shown(self) -> tuple[int, int] | None:
        """In how many pixels of the screen a whole frame is painted; None before the first one."""
        return self._shown

    def clear(self) -> None:
        """Forget what was prepared."""
        with self._lock:
            self._kept.clear()

    def has(self, frame: AnyFrame) -> bool:
        """Whether a frame is prepared as it would be now."""
        return self._found(frame) is not None

    def prepare(self, frame: AnyFrame) -> Prepared:
        """Return what is kept of a frame, made now where there is nothing."""
        found = self._found(frame)
        if found is None:
            found = prepare(frame, self._look, self._size)
            with self._lock:
                # Not the frame itself: the budget of decoded frames decides how long it stays.
                self._kept[id(frame)] = weakref.ref(frame), found
                self._kept.move_to_end(id(frame))
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        return found

    def _found(self, frame: AnyFrame) -> Prepared | None:
        with self._lock:
            kept = self._kept.get(id(frame))
        # Another frame may have got the number of one that is gone.
        if kept is None or kept[0]() is not frame:
            return None
        same = kept[1].look == self._look and kept[1].size in (None, self._size)
        return kept[1] if same and (kept[1].size is not None or self._size is None) else None

    def pictures(
        self, frame: AnyFrame, prepared: Prepared
    ) -> tuple[Picture | None, Picture | None]:
        """Return the pictures of RGB and thermal, each None where there is no image."""
        rgb_size, tir_size = sizes(frame)
        rgb = tir = None
        if frame.rgb is not None and rgb_size is not None:
            rgb = self._rgb(frame.rgb, rgb_size, prepared)
        if frame.tir is not None and tir_size is not None:
            tir = self._tir(frame.tir, tir_size, prepared)
        return rgb, tir

    def _rgb(self, rgb: NDArray[np.uint8], size: tuple[int, int], prepared: Prepared) -> Picture:
        def shrunk(width: int, height: int) -> NDArray[np.uint32]:
            self.set_size(width, height)
            return _shrunk_rgb(rgb, width, height)

        return Picture(size, lambda: rgb_pixmap(rgb), shrunk, prepared.rgb, self._on_shown)

    def _tir(self, tir: NDArray[Any], size: tuple[int, int], prepared: Prepared) -> Picture:
        gray, table = prepared.gray, prepared.table
        if gray is None or table is None:
            return self._rgb(as_display(tir), size, prepared)

        def shrunk(width: int, height: int) -> NDArray[np.uint32]:
            self.set_size(width, height)
            return _shrunk_tir(gray, table, width, height)

        whole = partial(thermal_pixmap, gray, table)
        return Picture(size, whole, shrunk, prepared.tir, self._on_shown)

    def _on_shown(self, width: int, height: int) -> None:
        self._shown = width, height


def sizes(frame: AnyFrame) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Return width and height of RGB and thermal as recorded, None where one is missing."""
    if isinstance(frame, ReducedFrame):
        return frame.rgb_size, frame.tir_size
    return (
        None if frame.rgb is None else _size(frame.rgb),
        None if frame.tir is None else _size(frame.tir),
    )


def prepare(frame: AnyFrame, look: ThermalLook, size: tuple[int, int] | None) -> Prepared:
    """Return a frame's thermal colours, and its pixels in `size` where they are fewer."""
    gray = None if frame.tir is None else gray_of(frame.tir)
    table = None if gray is None else thermal_table(gray, look)
    rgb = tir = None
    if size is not None:
        if frame.rgb is not None and _fewer(size, frame.rgb):
            rgb = _shrunk_rgb(frame.rgb, *size)
        if gray is not None and table is not None and _fewer(size, gray):
            tir = _shrunk_tir(gray, table, *size)
    return Prepared(look, size, gray, table, rgb, tir)


def _fewer(size: tuple[int, int], image: NDArray[Any]) -> bool:
    return bool(size[0] < image.shape[1] and size[1] < image.shape[0])


def _size(image: NDArray[Any]) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def _shrunk_rgb(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint32]:
    small = cv2.cvtColor(shrink(rgb, width, height), cv2.COLOR_RGB2BGRA)
    # Four bytes are one word of Format_RGB32, blue the lowest.
    words: NDArray[np.uint32] = np.ascontiguousarray(small).view("<u4")[..., 0]
    return words


def _shrunk_tir(
    gray: NDArray[Any], table: ThermalTable, width: int, height: int
) -> NDArray[np.uint32]:
    words: NDArray[np.uint32] = packed_colours(table)[shrink(gray, width, height)]
    return words


def shrink(image: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Return an image in fewer pixels, none of its own left out.

    By a whole factor first, for which OpenCV has a fast way, then by the rest.
    """
    factor = min(image.shape[1] // width, image.shape[0] // height)
    if factor > 1:
        size = image.shape[1] // factor, image.shape[0] // factor
        # What a whole factor does not divide would make it the slow way again.
        cut = image[: size[1] * factor, : size[0] * factor]
        image = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    result: NDArray[Any] = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return result


def _pixmap(words: NDArray[np.uint32]) -> QPixmap:
    height, width = words.shape
    pixels = np.ascontiguousarray(words)
    # As in `rgb_pixmap`, PySide keeps the array.
    return QPixmap.fromImage(
        QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    )
