"""Scenes written to disk as sequences in the LasHeR layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from safe_files import HeldFolder, reason, write_bytes
from safe_files.holding import HOLD
from safe_files.interrupts import Undisturbed
from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.held import held_folder
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
    the same files. Raises CKDError when the scene cannot be made or the folder not be written,
    already holds something, or is written by another program; of a clip that was not finished
    nothing stays.
    """
    return film(out, make_scene(scene, seed, frames, size), frames, progress, quality)


def film(
    out: str | Path,
    scene: Scene,
    frames: int,
    progress: Progress | None = None,
    quality: int = 85,
) -> Path:
    """Film the first frames of any scene into `out`; see `write_sequence`."""
    out = Path(out)
    clip = _Clip(out, frames, quality)
    targets: list[SceneObject] = []
    with _held(out) as held, clip.whole():
        for index in range(frames):
            moment = scene.render(index)
            clip.add(index, moment)
            targets.append(moment.objects[0])
            held.refresh()
            if progress is not None:
                progress(index + 1, frames)
        boxes = truth(targets, scene.size)
        lines = "".join(_line(box) for box in boxes)
        for name, text in (("visible", lines), ("infrared", lines), ("init", _line(boxes[0]))):
            clip.write(out / f"{name}.txt", text.encode())
    return out


@contextmanager
def _held(out: Path) -> Iterator[HeldFolder]:
    """Have an empty folder to oneself."""
    # Of a folder that another program is filling that is said, which helps more.
    if not (out / HOLD).is_file():
        _check_empty(out)
    with held_folder(out) as held:
        # Again: another program may have filled it meanwhile, or been killed in the middle.
        _check_empty(out)
        yield held


class _Clip:
    """The files of a clip, which go again when it is not finished."""

    def __init__(self, out: Path, frames: int, quality: int) -> None:
        self._out = out
        self._flags = (cv2.IMWRITE_JPEG_QUALITY, quality, *_SMALL)
        self._digits = max(3, len(str(frames - 1)))  # LasHeR's three, more for more frames
        self._written: list[Path] = []

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Remove what was written when the body raises."""
        try:
            yield
        except BaseException:
            # A second Ctrl+C of somebody who is impatient would leave the half of it.
            with Undisturbed():
                self._remove()
            raise

    def _remove(self) -> None:
        for path in self._written:
            with suppress(OSError):
                path.unlink()
        for folder in ("visible", "infrared"):
            with suppress(OSError):
                (self._out / folder).rmdir()

    def add(self, index: int, moment: SceneFrame) -> None:
        """Write both images of a frame."""
        pair = moment.frames
        for folder, letter, image in (("visible", "v", pair.rgb), ("infrared", "i", pair.tir)):
            stored = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
            # Not imwrite, which opens no names outside the system's code page on Windows.
            _, data = cv2.imencode(".jpg", stored, self._flags)
            path = self._out / folder / f"{letter}{index:0{self._digits}d}.jpg"
            # Unsynced: after a power cut the same seed makes the same clip again.
            self.write(path, data.tobytes(), sync=False)

    def write(self, path: Path, data: bytes, *, sync: bool = True) -> None:
        """Write one file."""
        self._written.append(path)
        write_bytes(path, data, parents=True, sync=sync)


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


def _check_empty(out: Path) -> None:
    try:
        # Frames of an older clip among the new ones would be read as one sequence.
        taken = out.exists() and (
            not out.is_dir() or any(each.name != HOLD for each in out.iterdir())
        )
    except OSError as error:
        raise CKDError(f"The folder {out} cannot be made: {reason(error)}.") from error
    if taken:
        raise CKDError(f"{out} already holds something; choose a new or an empty folder.")


def _line(box: Box) -> str:
    return ",".join(str(int(value)) for value in box) + "\n"
