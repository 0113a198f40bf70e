"""Serves a tracker to the VOT toolkit over TraX, through the reference library (vot-trax)."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.frames import COVERED, Box, FramePair
from tracker_core.imaging import as_rgb, read_image
from tracker_core.trackers.protocol import Result, Tracker, capabilities_of
from tracker_core.trackers.trax.pictures import CHANNELS

MISSING = (
    "TraX needs the package vot-trax, which is not installed here; install it with "
    "`pip install vot-trax`."
)


def parse_channels(text: str) -> tuple[str, ...]:
    """Return the channels in a list such as `color,ir`, in the order they are sent in.

    Raises CKDError for others than color and ir.
    """
    given = [word.strip() for word in text.split(",")]
    for word in given:
        if word not in CHANNELS:
            raise CKDError(f"There is no channel {word!r}; give color, ir or both: color,ir.")
    return tuple(each for each in CHANNELS if each in given)


def check_library() -> None:
    """Raise CKDError where vot-trax is missing; another package of its name does not count."""
    try:
        from trax.server import Server  # noqa: F401
    # OSError: its C library is of another system.
    except (ImportError, OSError) as error:
        raise CKDError(MISSING) from error


def serve(tracker: Tracker[Result], name: str, channels: tuple[str, ...] = ()) -> None:
    """Answer until the toolkit says goodbye; raises CKDError for what cannot be tracked.

    The toolkit is then given the same sentence. Without `channels` the cameras that the tracker
    looks at are asked for, so that sequences of one camera do where it looks at one; a camera that
    it looks at and that is not among them is covered.
    """
    check_library()
    from trax import Image, Region, TraxException
    from trax.server import Server

    cameras = capabilities_of(tracker).cameras
    # A tracker that looks at none is still sent frames.
    asked = channels or [each for each in CHANNELS if CHANNELS[each] in cameras] or ["color"]
    with _output_kept():
        try:
            server = Server([Region.RECTANGLE], [Image.PATH], list(asked), name, "CKD Studio", "")
        except TraxException as error:
            raise CKDError(f"TraX did not begin: {error}; let the VOT toolkit start it.") from error
        try:
            _answer(server, tracker)
        except TraxException as error:
            # Also how it ends where the toolkit just closes the pipe.
            raise CKDError(
                f"The VOT toolkit was not understood, or has ended: {error}; paths must be of "
                "ASCII letters."
            ) from error
        except CKDError as error:
            server.quit(str(error))
            raise


def _answer(server: Any, tracker: Tracker[Result]) -> None:  # noqa: ANN401 - vot-trax has no types
    from trax import Rectangle, TraxStatus

    state: Any = None
    while (request := server.wait()).type in (TraxStatus.INITIALIZE, TraxStatus.FRAME):
        frames = _frames(request.image)
        said: dict[str, str] = {}
        if request.type == TraxStatus.INITIALIZE:
            box = _region_box(request.objects)
            state = tracker.start(frames, box)
        elif state is None:
            raise CKDError("A frame came before a target was named.")
        else:
            state, result = tracker.step(state, frames)
            box = result.box_xywh
            if not math.isnan(result.score):
                said["confidence"] = f"{result.score:.6f}"  # the toolkit's word for it
        server.status([(Rectangle.create(*box), said)])


def _frames(images: dict[str, Any]) -> FramePair:
    """Read the pictures of a request; a camera that was not asked for is covered."""
    seen = {channel: read_image(image.path()) for channel, image in images.items()}
    if "color" not in seen:
        # Boxes are in pixels of the RGB frame, so it must be as large.
        return FramePair(np.full((*seen["ir"].shape[:2], 3), COVERED, np.uint8), seen["ir"])
    rgb = as_rgb(seen["color"])
    return FramePair(rgb, seen.get("ir", np.full(rgb.shape[:2], COVERED, np.uint8)))


def _region_box(objects: list[tuple[Any, Any]]) -> Box:
    from trax import Region

    if len(objects) != 1 or objects[0][0].type != Region.RECTANGLE:
        raise CKDError("One target with a rectangle can be followed; give one.")
    x, y, w, h = objects[0][0].bounds()
    return x, y, w, h


@contextmanager
def _output_kept() -> Iterator[None]:
    """Keep standard output for the protocol: whatever else is printed goes to standard error."""
    # Windows' C library wants handles of another kind here.
    if os.name == "nt":
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    os.environ["TRAX_OUT"] = str(kept)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        del os.environ["TRAX_OUT"]
