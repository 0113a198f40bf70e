"""Small sound sequences in every layout, whose pictures and boxes tell their moment."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from benchmarks.mutations.numbers import heat, picture
from benchmarks.mutations.sound import Sound

FRAMES = 12
LONG = 21
"""Frames of VTUAV, which has a box for one in ten."""
START = 1_673_531_445_123
"""Milliseconds of the first time stamp."""
NAME = "walk"

Draw = Callable[[int], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Stills:
    """Folders of pictures: how files are named, and with which numbers."""

    rgb: str
    tir: str
    first: int = 0
    frames: int = FRAMES
    boxes: tuple[str, ...] = ("visible.txt", "infrared.txt")
    row: str = "{x},5,20,20"
    deep: bool = False
    """Thermal pictures of 16 bits."""

    def write(self, root: Path) -> None:
        """Write the sequence into `root/walk`."""
        folder = root / NAME
        for k in range(self.frames):
            save(folder / self.rgb.format(number(self.rgb, k, self.first)), picture(k))
            thermal = heat(k).astype(np.uint16) * 257 if self.deep else heat(k)
            save(folder / self.tir.format(number(self.tir, k, self.first)), thermal)
        step = 10 if self.frames == LONG else 1
        rows = [self.row.format(x=k, right=k + 20) for k in range(0, self.frames, step)]
        for name in self.boxes:
            (folder / name).write_text("".join(f"{row}\n" for row in rows), encoding="ascii")
        if "visible.txt" in self.boxes:
            (folder / "init.txt").write_text("0,5,20,20\n", encoding="ascii")

    def moments(self) -> dict[str, int]:
        """The moment of each picture by its path in the sound folder."""
        return {
            f"{NAME}/{form.format(number(form, k, self.first))}": k
            for form in (self.rgb, self.tir)
            for k in range(self.frames)
        }


def number(form: str, k: int, first: int) -> int:
    """The number in the name of the k-th picture; time stamps differ between cameras."""
    if first < START:
        return first + k
    return first + 40 * k + (11 if "ir" in form or "thermal" in form else 0) + k % 3


def save(path: Path, image: NDArray[Any]) -> None:
    """Write a picture in the form that its ending says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {}
    if path.suffix in (".jpg", ".webp"):
        options = {"quality": 92}
    elif path.suffix == ".tif":
        options = {"compression": "tiff_lzw"}
    Pillow.fromarray(image).save(path, **options)


def _vtuav(stills: Stills, root: Path) -> None:
    stills.write(root)
    # As numpy keeps a dictionary.
    body = io.BytesIO()
    np.save(body, np.array({NAME: 0, "drive": 3}, dtype=object), allow_pickle=True)
    (root / "init_frame.npy").write_bytes(body.getvalue())


def _attributes(stills: Stills, root: Path) -> None:
    stills.write(root)
    (root / "AttriSeqsTxt").mkdir()
    (root / "AttriSeqsTxt" / f"{NAME}.txt").write_text(
        ",".join("1" if k % 3 == 0 else "0" for k in range(19)) + "\n", encoding="ascii"
    )


def _pages(root: Path) -> None:
    for name, draw in (("visible", picture), ("infrared", heat)):
        pages = [Pillow.fromarray(draw(k)) for k in range(FRAMES)]
        (root / NAME / name).mkdir(parents=True)
        pages[0].save(
            root / NAME / name / "film.tif",
            save_all=True, append_images=pages[1:], compression="tiff_deflate",
        )  # fmt: skip
    _rows(root / NAME / "visible.txt")


def _rows(path: Path) -> None:
    path.write_text("".join(f"{k},5,20,20\n" for k in range(FRAMES)), encoding="ascii")


def film(
    path: Path,
    *draws: Draw,
    codec: str,
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
) -> None:
    """Write a video with one stream for each way to draw frame k."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        streams: list[Any] = []
        for draw in draws:
            stream: Any = container.add_stream(codec, rate=25, options=options or {})
            stream.height, stream.width = draw(0).shape[:2]
            stream.pix_fmt = pix_fmt
            # Key frames in between, so that damage ends somewhere.
            stream.codec_context.gop_size = 5
            streams.append(stream)
        for k in range(FRAMES):
            for stream, draw in zip(streams, draws, strict=True):
                image = draw(k)
                form = "gray" if image.ndim == 2 else "rgb24"
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), form)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())


def _two_films(root: Path, ending: str, **how: Any) -> None:  # noqa: ANN401 - options of `film`
    film(root / NAME / f"visible.{ending}", picture, **how)
    film(root / NAME / f"infrared.{ending}", heat, **how)
    for name in ("visible", "infrared"):
        entries = {
            "exist": [1] * FRAMES,
            "gt_rect": [[k, 5, 20, 20] for k in range(FRAMES)],
        }
        (root / NAME / f"{name}.json").write_text(json.dumps(entries), encoding="ascii")


def _streams(root: Path) -> None:
    film(root / NAME / "both.mkv", picture, heat, codec="ffv1", pix_fmt="yuv444p",
         options={"slicecrc": "1"})  # fmt: skip


def _halves(root: Path) -> None:
    def both(k: int) -> NDArray[np.uint8]:
        return np.hstack([picture(k), np.dstack([heat(k)] * 3)])

    film(root / NAME / "halves.mp4", both, codec="libx264", options={"crf": "12"})


_FLIR = "video-FP3PuwDiY5hpzq942-frame-{:06d}-BXKjrqa2NrmDzWCVA.png"
_CORNERS = "{x} 5 {right} 25"
STILLS: dict[str, Stills] = {
    "lasher png": Stills("visible/v{:03d}.png", "infrared/i{:03d}.png"),
    "lasher jpg": Stills("visible/v{:04d}.jpg", "infrared/i{:04d}.jpg"),
    "rgbt234": Stills("visible/{:05d}v.jpg", "infrared/{:05d}i.jpg", 1),
    "gtot": Stills(
        "v/{:05d}v.png", "i/{:05d}i.png", 1,
        boxes=("groundTruth_v.txt", "groundTruth_i.txt"), row=_CORNERS,
    ),
    "rgbt210": Stills("visible/v{:04d}.png", "infrared/i{:04d}.png", 1, boxes=("init.txt",)),
    "vtuav": Stills("rgb/{:06d}.jpg", "ir/{:06d}.jpg", frames=LONG,
                    boxes=("rgb.txt", "ir.txt"), row="{x} 5 20 20"),
    "vot": Stills("color/{:08d}.jpg", "ir/{:08d}.png", 1, boxes=("groundtruth.txt",)),
    "m3fd": Stills("Vis/{:05d}.png", "Ir/{:05d}.png", boxes=()),
    "flir": Stills(f"images_rgb_val/data/{_FLIR}", f"images_thermal_val/data/{_FLIR}", boxes=()),
    "stamps": Stills("rgb/{}.png", "thermal/{}.png", START, boxes=("visible.txt",)),
    "two folders": Stills("left/frame-{:04d}.png", "right/frame-{:04d}.png", boxes=()),
    "tiff": Stills("visible/v{:03d}.tif", "infrared/i{:03d}.tif", deep=True),
    "webp": Stills("visible/v{:03d}.webp", "infrared/i{:03d}.webp"),
    "bmp": Stills("visible/v{:03d}.bmp", "infrared/i{:03d}.bmp"),
    "pnm": Stills("visible/v{:03d}.ppm", "infrared/i{:03d}.pgm"),
}  # fmt: skip
FILMS: dict[str, tuple[Callable[[Path], None], bool]] = {
    "h264 mp4": (partial(_two_films, ending="mp4", codec="libx264", options={"crf": "14"}), False),
    "ffv1 mkv": (
        partial(_two_films, ending="mkv", codec="ffv1", pix_fmt="yuv444p",
                options={"slicecrc": "1"}),
        True,
    ),
    "mjpeg avi": (partial(_two_films, ending="avi", codec="mjpeg", pix_fmt="yuvj420p"), False),
    "mpeg4 avi": (partial(_two_films, ending="avi", codec="mpeg4"), False),
    "vp9 webm": (
        partial(_two_films, ending="webm", codec="libvpx-vp9", options={"deadline": "realtime"}),
        False,
    ),
    "hevc mkv": (
        partial(_two_films, ending="mkv", codec="libx265",
                options={"x265-params": "hash=1:log-level=none"}),
        False,
    ),
    "png mov": (partial(_two_films, ending="mov", codec="png", pix_fmt="rgb24"), True),
}  # fmt: skip


def sounds() -> Iterable[Sound]:
    """Every sound sequence."""
    for name, stills in STILLS.items():
        known = stills.moments()
        writes: dict[str, Callable[[Path], None]] = {
            "vtuav": partial(_vtuav, stills),
            "lasher png": partial(_attributes, stills),
        }
        both = (f"{NAME}/left", f"{NAME}/right")
        yield Sound(
            name,
            "sequences",
            writes.get(name, stills.write),
            both if name == "two folders" else (NAME,),
            known.get,
            checked=stills.rgb.endswith(".png") and stills.tir.endswith(".png"),
            facts={"boxes": next((f"{NAME}/{each}" for each in stills.boxes), "")},
        )
    for name, (write, checked) in FILMS.items():
        yield Sound(name, "sequences", write, (NAME,), checked=checked, container=True)
    yield Sound("cached index", "settings", FILMS["h264 mp4"][0], (NAME,), container=True,
                facts={"warm": "yes"})  # fmt: skip
    yield Sound("pages", "sequences", _pages, (NAME,), container=True,
                facts={"boxes": f"{NAME}/visible.txt"})  # fmt: skip
    yield Sound("streams", "sequences", _streams, (f"{NAME}/both.mkv",), container=True,
                checked=True)  # fmt: skip
    yield Sound("halves", "sequences", _halves, (f"{NAME}/halves.mp4",), container=True)
