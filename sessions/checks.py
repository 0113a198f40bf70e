"""Turn what a caller or a file hands in into checked values, or refuse it in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sessions.errors import SessionError

MAX_FRAMES = 4_000_000
"""Longest sequence of a session: 44 hours at 25 frames a second."""

MAX_TEXT = 16_000
"""Longest text, in UTF-8 bytes, that fits an HDF5 attribute with room to spare."""

MAX_PIXEL = 1e10
"""Farthest from the corner of a frame, and largest, in pixels; areas and ratios of boxes within it
are finite in every precision that is computed in."""
MIN_BOX_SIDE = 1e-6
"""Smallest width and height; what is divided by less overflows."""

Array = NDArray[Any]


def as_text(value: object, what: str, *, empty: bool = True, limit: int = MAX_TEXT) -> str:
    """Return a string that UTF-8 can hold; refuse others with SessionError."""
    if not isinstance(value, str):
        raise SessionError(f"{what} must be text, not {type(value).__name__}.")
    if not empty and not value.strip():
        raise SessionError(f"{what} must not be empty; give it some text.")
    if "\0" in value:
        raise SessionError(f"{what} holds a zero byte; remove it.")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        raise SessionError(f"{what} holds characters that are not valid Unicode.") from None
    if size > limit:
        raise SessionError(f"{what} is {size} bytes long; at most {limit} are allowed.")
    return value


def as_line(value: object, what: str, *, empty: bool = True, limit: int = MAX_TEXT) -> str:
    """Return a text that can be shown in one line; refuse others with SessionError."""
    text = as_text(value, what, empty=empty, limit=limit)
    if not text.isprintable():
        raise SessionError(f"{what} must be a single line of printable characters.")
    return text


def as_flag(value: object, what: str) -> bool:
    """Return a bool; refuse others with SessionError."""
    if not isinstance(value, bool | np.bool_):
        raise SessionError(f"{what} must be true or false, not {value!r:.80}.")
    return bool(value)


def as_int(value: object, what: str, low: int, high: int) -> int:
    """Return an integer within low..high (both allowed); refuse others with SessionError."""
    # Python counts True as 1; a file or caller that says so means something else.
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise SessionError(f"{what} must be a whole number, not {value!r}.")
    number = int(value)
    if not low <= number <= high:
        raise SessionError(f"{what} is {number}; it must lie between {low} and {high}.")
    return number


def as_time(value: object, what: str) -> float:
    """Return a finite unix time in seconds; refuse others with SessionError."""
    return as_number(value, what, "time in seconds")


def as_number(value: object, what: str, kind: str = "number") -> float:
    """Return a finite number; refuse others with SessionError."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
        raise SessionError(f"{what} must be a {kind}, not {value!r:.80}.")
    try:
        # A whole number of hundreds of digits does not fit a float.
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SessionError(f"{what} must be a finite {kind}, not {value!r:.80}.")
    return number


def as_texts(value: object, what: str) -> Mapping[str, str]:
    """Return a plain copy of a mapping from text to text; refuse others with SessionError."""
    if not isinstance(value, Mapping):
        raise SessionError(f"{what} must be names with values, not {type(value).__name__}.")
    return {as_text(key, what, empty=False): as_text(text, what) for key, text in value.items()}


def as_array(value: ArrayLike, dtype: DTypeLike, shape: tuple[int | None, ...], what: str) -> Array:
    """Return a read-only copy as an array of this type and shape (None = any length)."""
    try:
        # A copy, always: the caller may go on changing what it gave.
        array = np.array(value, dtype=dtype, order="C")
    except (TypeError, ValueError, OverflowError):
        raise SessionError(f"{what} cannot be read as numbers.") from None
    same = array.ndim == len(shape) and all(
        wanted is None or wanted == got for wanted, got in zip(shape, array.shape, strict=True)
    )
    if not same:
        wanted_text = ", ".join("any" if size is None else str(size) for size in shape)
        raise SessionError(f"{what} has the shape {array.shape}; ({wanted_text}) is needed.")
    # Values are shared between commands, blocks and states; a write would change history.
    array.setflags(write=False)
    return array


def as_frames(value: ArrayLike, what: str) -> NDArray[np.int64]:
    """Return frame indices as a read-only (k,) int64 array without repeats or negatives."""
    raw = np.asarray(value)
    # numpy makes an empty list one of floats.
    if raw.size and raw.dtype.kind not in "iu":
        raise SessionError(f"{what} must be whole frame numbers, not {raw.dtype}.")
    frames: NDArray[np.int64] = as_array(raw, np.int64, (None,), what)
    if frames.size and int(frames.min()) < 0:
        raise SessionError(f"{what} holds the frame {int(frames.min())}; frames start at 0.")
    # Nearly all lists come in order, where looking at neighbours costs far less than sorting.
    in_order = bool((frames[1:] > frames[:-1]).all())
    if not in_order and np.unique(frames).size != frames.size:
        raise SessionError(f"{what} names a frame twice; name each frame once.")
    return frames


def check_boxes(boxes: Array, what: str, *, none_allowed: bool) -> None:
    """Refuse boxes (..., 4) that are not finite with positive width and height (or all NaN)."""
    good = sound_boxes(boxes)
    if none_allowed:
        good |= np.isnan(boxes).all(axis=-1)
    if not bool(good.all()):
        bad = boxes[~good].reshape(-1, 4)[0]
        numbers = ", ".join(f"{number:g}" for number in bad)
        raise SessionError(
            f"{what} holds the box ({numbers}); a box needs finite numbers up to {MAX_PIXEL:g} "
            "and a positive size."
        )


def sound_boxes(boxes: Array) -> NDArray[np.bool_]:
    """(...) which boxes (..., 4) have finite numbers within reach and a size."""
    # NaN compares as false.
    near = (np.abs(boxes) <= MAX_PIXEL).all(axis=-1)
    sized = (boxes[..., 2:] >= MIN_BOX_SIDE).all(axis=-1)
    return np.asarray(near & sized, np.bool_)
