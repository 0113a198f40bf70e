"""Sessions that are legal HDF5 and yet cannot be right: what each must do, and a way to make it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sessions import (
    AddTarget,
    AnnotationSession,
    History,
    MarkSeen,
    ModelInfo,
    SeenMark,
    SequenceInfo,
    SetBox,
    SetFrameAttribute,
    SetViewState,
    ViewState,
    save,
)
from tests.unit.sessions.building import STILL, answered, run

FRAMES = 20
"""One block of 16 frames and a part of another."""
SEEN = ModelInfo("small", "cd" * 32, '{"depth": 4}', 5, 6, (1, 3))
"""25 tokens, so that the last byte of their bits is not full."""
OUTPUT = "targets/1/tracking/0"
FIRST_BLOCK = tuple(range(1, 16))

Damage = Callable[[h5py.File], None]


def write_session(path: Path, images: Path, rgb_size: tuple[int, int] = (160, 120)) -> None:
    """Save a sound session of a clip of 20 frames: box by hand on 0, tracked on all others."""
    names = {
        folder: tuple(str(each) for each in sorted((images / folder).glob("*.jpg")))
        for folder in ("visible", "infrared")
    }
    session = AnnotationSession(
        SequenceInfo(
            "walk", "lasher", names["visible"], names["infrared"], FRAMES, FRAMES,
            rgb_size, rgb_size, "", (str(images),),
        )
    )  # fmt: skip
    history = History(session)
    history.do(AddTarget("1", "walker"))
    history.do(AddTarget("2", "runner", 1))
    history.do(SetBox.draw(session, "1", 0, (40, 30, 24, 32)))
    # Every third seed has no attention, every fifth no window: these have all parts.
    history.do(run("1", np.arange(1, FRAMES), SEEN, 0, lambda model, _seed: answered(model, 17)))
    history.do(run("2", np.arange(5, 9), STILL, 3))
    history.do(MarkSeen("1", (SeenMark(3, 4, "low score", 20.5),)))
    history.do(SetFrameAttribute("1", "pose", 3, 9, "sitting"))
    history.do(SetFrameAttribute("1", "pose", 10, 12, "lying"))
    history.do(SetViewState(ViewState.of(3, "1", {"panes": "swipe"})))
    save(session, path)


@dataclass(frozen=True)
class Case:
    """One way in which a file cannot be right."""

    id: str
    damage: Damage
    damaged: tuple[int, ...] = ()
    """Frames of target 1 that have to say that their data is damaged; all others are sound."""
    refused: str = ""
    """What the one sentence says that refuses the file; empty where it opens."""


def value(part: str, index: object, new: object) -> Damage:
    def change(file: h5py.File) -> None:
        file[part][index] = new

    return change


def attribute(part: str, name: str, new: object) -> Damage:
    def change(file: h5py.File) -> None:
        file[part].attrs[name] = new

    return change


def chunk(name: str, make: Callable[[bytes], bytes], part: str = OUTPUT) -> Damage:
    """Replace the bytes of the first chunk, past HDF5's filters."""

    def change(file: h5py.File) -> None:
        dataset = file[f"{part}/{name}"]
        start = (0,) * dataset.ndim
        _, data = dataset.id.read_direct_chunk(start)
        dataset.id.write_direct_chunk(start, make(bytes(data)))

    return change


def bits(*stages: int) -> np.ndarray[Any, Any]:
    """(2, 4) the tokens removed by each of the two stages, as numbers of 25 bits."""
    masks = [[(stage >> bit) & 1 for bit in range(25)] for stage in stages]
    return np.packbits(np.array(masks, np.uint8), axis=-1)


def rewritten(name: str, **options: object) -> Damage:
    """Store a dataset again, without values unless they are given."""

    def change(file: h5py.File) -> None:
        old = file[f"{OUTPUT}/{name}"]
        shape, dtype, chunks = old.shape, old.dtype, old.chunks
        del file[f"{OUTPUT}/{name}"]
        plan = {"chunks": chunks, "compression": 4, "shuffle": dtype.itemsize > 1, **options}
        file.create_dataset(f"{OUTPUT}/{name}", shape, dtype, maxshape=(None, *shape[1:]), **plan)

    return change


def _swap(name: str) -> Damage:
    """Let the chunk of the second block stand where the first should."""

    def change(file: h5py.File) -> None:
        dataset = file[f"{OUTPUT}/{name}"]
        rest = (0,) * (dataset.ndim - 1)
        _, first = dataset.id.read_direct_chunk((0, *rest))
        _, second = dataset.id.read_direct_chunk((16, *rest))
        dataset.id.write_direct_chunk((0, *rest), second)
        dataset.id.write_direct_chunk((16, *rest), first)

    return change


def _all_tracked(file: h5py.File) -> None:
    file[f"{OUTPUT}/tracked"][...] = 255


def _no_window_and_no_tokens(file: h5py.File) -> None:
    file[f"{OUTPUT}/window"][3] = np.nan
    file.create_dataset(f"{OUTPUT}/removed_known", data=np.ones(FRAMES, "|u1"))
    file[f"{OUTPUT}/removed_known"][3] = 0


BOMB = zlib.compress(bytes(300_000_000), 9)
CHUNKS: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda data: data[: len(data) // 2],
    "noise": lambda data: bytes(reversed(data)),
    "empty": lambda _data: b"\0",
    "too long": lambda data: data + b"more",
    "bomb": lambda _data: BOMB,
    "short": lambda _data: zlib.compress(b"short"),
}
WINDOWS: dict[str, tuple[float, float, float]] = {
    "nan": (np.nan, np.nan, np.nan),
    "partly nan": (np.nan, 3, 40),
    "nan side": (3, 3, np.nan),
    "infinite": (np.inf, 0, 40),
    "infinite side": (0, 0, np.inf),
    "no size": (3, 3, 0),
    "negative": (3, 3, -40),
    "huge": (0, 0, 1e300),
    "denormal": (3, 3, 5e-324),
    "beyond any camera": (1e300, -1e300, 40),
}

DAMAGED = [
    *(
        Case(f"window {name}", value(f"{OUTPUT}/window", 3, window), (3,))
        for name, window in WINDOWS.items()
    ),
    *(
        Case(f"{name} {how}", chunk(name, make), FIRST_BLOCK)
        for name in ("score_map", "removed", "attention")
        for how, make in CHUNKS.items()
    ),
    Case("score 1e30", value(f"{OUTPUT}/score", 3, 1e30), (3,)),
    Case("score -3e38", value(f"{OUTPUT}/score", 3, -3e38), (3,)),
    Case("map partly nan", value(f"{OUTPUT}/score_map", (3, 2, 2), np.nan), (3,)),
    Case("map infinite", value(f"{OUTPUT}/score_map", (3, 2, 2), -np.inf), (3,)),
    Case("attention infinite", value(f"{OUTPUT}/attention", (3, 0, 0), np.inf), (3,)),
    Case("removed twice", value(f"{OUTPUT}/removed", 3, bits(0b111, 0b100)), (3,)),
    Case("all removed twice", value(f"{OUTPUT}/removed", 3, bits(-1, -1)), (3,)),
    Case("more bits than tokens", value(f"{OUTPUT}/removed", (3, 0), 255), (3,)),
    Case("65535 removed", value(f"{OUTPUT}/target_tokens_removed", 3, 65_535), (3,)),
    Case("all tracked", _all_tracked, (0,)),
]
"""They open; some frames say that their data is damaged, and everything else is usable."""

SOUND = [
    Case("map all nan", value(f"{OUTPUT}/score_map", 3, np.nan)),
    Case("attention all nan", value(f"{OUTPUT}/attention", 3, np.nan)),
    Case("nothing removed", value(f"{OUTPUT}/removed", 3, 0)),
    Case("all removed", value(f"{OUTPUT}/removed", 3, bits(-1, 0))),
    Case("no window and no tokens", _no_window_and_no_tokens),
    Case("window of a million", value(f"{OUTPUT}/window", 3, (-1e6, -1e6, 2e6))),
    Case("window far outside", value(f"{OUTPUT}/window", 3, (1e6, 1e6, 40))),
    Case("window of a pixel", value(f"{OUTPUT}/window", 3, (40, 30, 0.01))),
    Case("score of another tracker", value(f"{OUTPUT}/score", 3, -900.5)),
    Case("map of large numbers", value(f"{OUTPUT}/score_map", 3, 65_504)),
    Case("map of equal numbers", value(f"{OUTPUT}/score_map", 3, -3)),
    Case("attention of large numbers", value(f"{OUTPUT}/attention", (3, 0), -65_504)),
    Case("chunks in another order", _swap("score_map")),
    Case("score of a box 1e30", value("targets/1/score", 3, 1e30)),
    Case("score of a box -1e30", value("targets/1/score", slice(3, 9), -1e30)),
    Case("box of a million million pixels", value("targets/1/boxes", (3, 0), (-1e10, 0, 1e10, 9))),
    Case("box like a hair", value("targets/1/boxes", (3, 0), (10, 10, 1e-6, 1e10))),
    Case("boxes of nothing", value("targets/1/boxes", 3, np.nan)),
    Case("edited in another age", value("targets/1/edited", 3, -1e300)),
    Case("all flags", value("targets/1/flags", slice(None), 31)),
    Case("color far beyond the palette", attribute("targets/1", "color", 10_000)),
    Case(
        "name with tags",
        attribute("targets/1", "name", np.bytes_("<b>x</b><img src='missing.png'>")),
    ),
    Case("sequence with orders", attribute("sequence", "name", np.bytes_("a\x1b[31m\nb/../c"))),
    Case("sizes not known", attribute("sequence", "rgb_size", np.array([0, 0]))),
    Case("sizes of one pixel", attribute("sequence", "rgb_size", np.array([1, 1]))),
    Case("sizes of a planet", attribute("sequence", "tir_size", np.array([1 << 20, 1 << 20]))),
    Case("no RGB frames", attribute("sequence", "rgb_count", 0)),
    Case("other images", attribute("sequence", "fingerprint", np.bytes_("x" * 9_000))),
    Case("other moment", attribute("alignment", "time_offset", 10_000_000)),
    Case("alignment of 1e12", value("alignment/tir_to_rgb", ..., np.eye(3) * 1e12)),
    Case("alignment of 1e-12", value("alignment/tir_to_rgb", ..., np.diag([1e-3, 1e-3, 1e-12]))),
    Case("alignment with a horizon", value("alignment/tir_to_rgb", (2, 0), -0.02)),
    Case("view of nowhere", attribute("view", "frame", 3_999_999)),
    Case("model with orders", attribute(OUTPUT, "model", np.bytes_("\x1b]0;<b>x\x07"))),
    Case("config of many digits", attribute(OUTPUT, "config", np.bytes_(b'{"a": 1e999}'))),
]
"""Odd, and yet nothing of it is wrong enough to be kept from a person."""

REFUSED = [
    *(
        Case(f"box {shown}", value("targets/1/boxes", (3, 0), box), refused="/targets/1/boxes")
        for shown, box in {
            "partly nan": (np.nan, 1, 2, 3),
            "infinite": (np.inf, 1, 2, 3),
            "huge": (1e300, 1, 2, 3),
            "denormal": (1, 1, 5e-324, 3),
            "negative": (1, 1, -2, 3),
            "no size": (1, 1, 0, 3),
        }.items()
    ),
    *(
        Case(f"alignment {shown}", value("alignment/tir_to_rgb", ..., matrix), refused="alignment")
        for shown, matrix in {
            "singular": np.ones((3, 3)),
            "zero": np.zeros((3, 3)),
            "infinite": np.full((3, 3), np.inf),
            "huge": np.eye(3) * 1e300,
            "denormal": np.eye(3) * 1e-320,
            "nearly singular": np.diag([1.0, 1.0, 1e-30]),
        }.items()
    ),
    Case("score infinite", value("targets/1/score", 3, np.inf), refused="infinite"),
    Case("output infinite", value(f"{OUTPUT}/score", 3, np.inf), refused="infinite"),
    Case("source of none", value("targets/1/source", 3, 200), refused="source 200"),
    Case("flags of none", value("targets/1/flags", 3, 65_535), refused="flags"),
    Case(
        "stages out of order", attribute(OUTPUT, "stage_blocks", np.array([3, 1])),
        refused="order of the model's blocks",
    ),
    Case("stages twice", attribute(OUTPUT, "stage_blocks", np.array([1, 1])), refused="order"),
    Case("stages below 0", attribute(OUTPUT, "stage_blocks", np.array([-1, 3])), refused="stage"),
    Case("too few stages", attribute(OUTPUT, "stage_blocks", np.array([3])), refused="removed"),
    Case("another grid", attribute(OUTPUT, "search_grid", 6), refused="removed"),
    Case("another map", attribute(OUTPUT, "map_size", 5), refused="score_map"),
    Case("more frames", attribute("sequence", "rgb_count", 21), refused="(21,"),
    Case("config of no object", attribute(OUTPUT, "config", np.bytes_(b"[]")), refused="JSON"),
    Case("color below 0", attribute("targets/1", "color", -1), refused="color"),
    Case(
        "name of two lines", attribute("targets/1", "name", np.bytes_(b"a\nb")), refused="single"
    ),
    Case("seen past the end", value("targets/1/seen/last", 0, 20), refused="seen/last"),
    Case("spans past the end", value("targets/1/spans/last", 1, 20), refused="spans/last"),
    Case("spans below 0", value("targets/1/spans/first", 0, -1), refused="/targets/1/spans"),
    Case("spans backwards", value("targets/1/spans/first", 1, 13), refused="/targets/1/spans"),
    Case("two values at once", value("targets/1/spans/last", 0, 10), refused="two values on"),
    Case("span without a name", value("targets/1/spans/name", 0, b""), refused="spans"),
    Case("span without a value", value("targets/1/spans/value", 0, b""), refused="spans"),
    Case("span of two lines", value("targets/1/spans/value", 0, b"a\nb"), refused="single"),
    Case("span of no text", value("targets/1/spans/name", 0, b"\xff"), refused="Unicode"),
    Case("no maps", rewritten("score_map"), refused="lacks some of the frames"),
    Case("no tokens", rewritten("removed"), refused="lacks some of the frames"),
    Case("other filter", rewritten("score_map", fletcher32=True), refused="filter"),
    Case("other chunks", rewritten("score_map", chunks=(4, 6, 6)), refused="chunks of 16"),
    *(
        Case(f"boxes {how}", chunk("boxes", make, "targets/1"), refused="/targets/1/boxes")
        for how, make in CHUNKS.items()
    ),
    *(
        Case(f"windows {how}", chunk("window", make), refused=f"/{OUTPUT}/window")
        for how, make in CHUNKS.items()
    ),
]  # fmt: skip
"""One sentence says what is wrong with them."""


def write_case(path: Path, images: Path, case: Case) -> Path:
    """Write the file of a case; return its path."""
    sound = path.with_suffix(".sound")
    write_session(sound, images)
    # As other programs write, with chunks of any length.
    with h5py.File(sound) as source, h5py.File(path, "w", libver="earliest") as file:
        _copy(source, file)
        case.damage(file)
    sound.unlink()
    return path


def _copy(source: h5py.Group, out: h5py.Group) -> None:
    """Copy by values: HDF5's own way keeps the limits of the newer format."""
    for name, text in source.attrs.items():
        out.attrs[name] = text
    for name, member in source.items():
        if isinstance(member, h5py.Group):
            _copy(member, out.create_group(name))
            continue
        plan = {"maxshape": member.maxshape, "chunks": member.chunks, "dtype": member.dtype}
        plan |= {"compression": member.compression, "shuffle": member.shuffle}
        made = out.create_dataset(name, data=member[...], **plan)
        for name_of, text in member.attrs.items():
            made.attrs[name_of] = text
