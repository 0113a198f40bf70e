"""Scenes written to disk as sequences in the LasHeR layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic.scene import Scene, SceneFrame, SceneObject
from tracker_core.synthetic.scenes import scene_named

Progress = Callable[[int, int], None]
HIDDEN = 0.02
"""A target of which less than this share is visible counts as hidden."""
ABSENT: Box = (0.0, 0.0, 0.0, 0.0)
"""The row of a target that is not in the frame."""
LONG_HIDDEN = 12
"""After so many hidden frames in a row they are marked absent; shorter gaps keep their boxes."""

# The bundled demo is written so: some percent smaller for the same pixels.
_SMALL = (cv2.IMWRITE_JPEG_OPTIMIZE, 1, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)


def make_scene(scene: str, seed: int, frames: int, size: tuple[int, int]) -> Scene:
    """Build a scene by its name, see `scene_named`.

    Raises CKDError for names, sizes and lengths that cannot be made.
    """
    if frames < 1:
        raise CKDError(f"A sequence needs at least 1 frame, not {frames}.")
    if min(size) < 64 or max(size) > 4096:
        raise CKDError(f"Frames must be 64 to 4096 pixels a side, not {size[0]} x {size[1]}.")
    return scene_named(scene)(seed, frames, size)


def write_sequence(
    out: str | Path,
    frames: int,
    seed: int,
    size: tuple[int, int] = (480, 360),
    scene: str = "random",
    progress: Progress | None = None,
    quality: int = 85,
) -> Path:
    """Film a scene into `out`: visible/, infrared/, visible.txt, infrared.txt and init.txt.

    Boxes are x, y, w, h of the whole target in frame pixels, clipped to the frame; 0, 0, 0, 0
    where it is outside or hidden for long. `quality` is JPEG's, 1 to 100. The same arguments give
    the same files. Raises CKDError when the scene cannot be made or the folder not be written, or
    already holds something.
    """
    out = Path(out)
    filmed = make_scene(scene, seed, frames, size)
    _prepare(out)
    targets: list[SceneObject] = []
    for index in range(frames):
        moment = filmed.render(index)
        _write_frame(out, index, frames, moment, quality)
        targets.append(moment.objects[0])
        if progress is not None:
            progress(index + 1, frames)
    boxes = truth(targets, size)
    lines = "".join(_line(box) for box in boxes)
    try:
        for name in ("visible.txt", "infrared.txt"):
            # The same bytes on Windows.
            (out / name).write_text(lines, encoding="utf-8", newline="\n")
        (out / "init.txt").write_text(_line(boxes[0]), encoding="utf-8", newline="\n")
    except OSError as error:
        raise CKDError(f"The sequence {out} cannot be written: {error.strerror}.") from error
    return out


def truth(targets: Sequence[SceneObject], size: tuple[int, int]) -> list[Box]:
    """Boxes for a ground truth file: clipped to the frame, whole pixels, zeros when absent."""
    boxes = [_clipped(target.box_xywh, size) for target in targets]
    hidden = [target.visible < HIDDEN for target in targets] + [False]  # ends the last run
    first = 0
    for index, gone in enumerate(hidden):
        if gone:
            continue
        if index - first >= LONG_HIDDEN:
            boxes[first:index] = [ABSENT] * (index - first)
        first = index + 1
    return boxes


def _clipped(box: Box, size: tuple[int, int]) -> Box:
    x, y, w, h = box
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(size[0], round(x + w)), min(size[1], round(y + h))
    if right <= left or bottom <= top:
        return ABSENT
    return float(left), float(top), float(right - left), float(bottom - top)


def _prepare(out: Path) -> None:
    try:
        # Frames of an older clip among the new ones would be read as one sequence.
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise CKDError(f"{out} already holds something; choose a new or an empty folder.")
        for name in ("visible", "infrared"):
            (out / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CKDError(f"The folder {out} cannot be made: {error.strerror}.") from error


def _write_frame(out: Path, index: int, frames: int, moment: SceneFrame, quality: int) -> None:
    digits = max(3, len(str(frames - 1)))  # LasHeR's three, more for more frames
    pair = moment.frames
    for folder, letter, image in (("visible", "v", pair.rgb), ("infrared", "i", pair.tir)):
        path = out / folder / f"{letter}{index:0{digits}d}.jpg"
        flags = (cv2.IMWRITE_JPEG_QUALITY, quality, *_SMALL)
        stored = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        # Not imwrite, which opens no names outside the system's code page on Windows.
        _, data = cv2.imencode(".jpg", stored, flags)
        try:
            path.write_bytes(data.tobytes())
        except OSError as error:
            raise CKDError(f"The image {path} cannot be written: {error.strerror}.") from error


def _line(box: Box) -> str:
    return ",".join(str(int(value)) for value in box) + "\n"
