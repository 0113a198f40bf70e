"""Each export, opened by the program of the community that it is for.

`python -m benchmarks.readers [--folder FOLDER] [NAME...]` makes a virtual environment for each
reader in the folder, a temporary one by default, installs the reader there, has it read an export
of a session with absence, gaps and two targets, and compares box by box. Leaves with 1 when one of
them found something else or could not be installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.readers import coco, cvat, mot, rgbt, vot
from sessions import (
    AddTarget,
    AnnotationSession,
    Flag,
    Interpolate,
    Modality,
    SequenceInfo,
    SetBox,
    SetFlags,
    SetTargetProperties,
    export_session,
)
from sessions.exports.table import EXPORTS

FRAMES = 30


@dataclass(frozen=True, slots=True)
class Reader:
    """One program, and the form that it reads."""

    name: str
    form: str
    packages: tuple[str, ...]
    """What pip installs, with the versions that were looked at."""
    script: str
    counts_frames: bool = False
    """Whether it must be told how many frames there are."""
    tolerance: float = 2e-3
    """Pixels: single precision, which some of them read in."""


def _file(module: object) -> str:
    return str(getattr(module, "__file__", ""))


READERS: tuple[Reader, ...] = (
    Reader("pycocotools", "coco", ("pycocotools==2.0.11",), _file(coco)),
    # It rounds corners to two decimals.
    Reader("datumaro", "cvat", ("datumaro==1.13.12",), _file(cvat), tolerance=0.0101),
    Reader("trackeval", "mot", ("trackeval==1.3.0",), _file(mot), counts_frames=True),
    # The newest attributee does not import from Python 3.11 on.
    Reader(
        "vot-toolkit",
        "vot",
        ("vot-toolkit==0.9.0", "attributee==0.1.9"),
        _file(vot),
        counts_frames=True,
    ),
    Reader("rgbt", "lasher", ("rgbt==1.0.1", "numpy", "matplotlib"), _file(rgbt)),
    Reader("rgbt-gtot", "gtot", ("rgbt==1.0.1", "numpy", "matplotlib"), _file(rgbt)),
)


def scene() -> AnnotationSession:
    """Return a session of two targets: boxes of both cameras, gaps, absence, occlusion."""
    rgb, tir = (
        tuple(f"/data/walk/{folder}/{k:03d}.jpg" for k in range(FRAMES))
        for folder in ("visible", "infrared")
    )
    size = (480, 360)
    info = SequenceInfo(
        "walk", "lasher", rgb, tir, FRAMES, FRAMES, size, size, sources=("/data/walk",)
    )
    session = AnnotationSession(info)
    for number, name in enumerate(("a walker", "b/../Wagen"), start=1):
        key = str(number)
        AddTarget(key, name).apply(session)
        SetTargetProperties(key, class_name="person" if number == 1 else "car").apply(session)
        for frame in (2, 8, 12, 13, 20):
            left = 10.0 * number + 3.25 * frame
            pair = np.array([[left, 5.5, 20.125, 30], [left + 2, 6.5, 20.125, 31]])
            SetBox(key, frame, pair).apply(session)
        Interpolate(key, 2, 9).apply(session)
        SetFlags(key, np.array([15, 16]), Flag.ABSENT).apply(session)
        SetFlags(key, np.array([12]), Flag.OCCLUDED).apply(session)
    return session


def expected(session: AnnotationSession, modality: Modality) -> list[list[float]]:
    """Return the boxes of one modality: frame, target from 0, x, y, w, h."""
    return [
        [frame, number, *target.boxes[frame, modality].tolist()]
        for number, target in enumerate(session.targets.values())
        for frame in np.flatnonzero(target.boxed()).tolist()
    ]


def environment(folder: Path, reader: Reader) -> Path:
    """Return the Python of a reader's environment, which is made where it is missing."""
    place = folder / reader.packages[0].partition("==")[0]
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (place / "ready").exists():
        venv.create(place, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", *reader.packages]
        subprocess.run([str(each) for each in install], check=True)  # noqa: S603
        (place / "ready").touch()
    return python


def read(python: Path, reader: Reader, session: AnnotationSession, folder: Path) -> dict[str, Any]:
    """Export the session, and return what the reader says of it."""
    form = next(each for each in EXPORTS if each.id == reader.form)
    folder.mkdir(parents=True)
    export_session(session, form, folder / f"out{form.ending}" if form.ending else folder)
    if reader.form in ("gtot", "lasher"):
        (folder / "lists").write_text(reader.form)
    typed = [str(python), reader.script, str(folder)]
    if reader.counts_frames:
        typed.append(str(FRAMES))
    done = subprocess.run(typed, check=True, capture_output=True, text=True)  # noqa: S603
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def differences(reader: Reader, answer: dict[str, Any], session: AnnotationSession) -> list[str]:
    """Return what the reader found that is not in the session, in words; [] where all is equal."""
    return [name for name, check in _CHECKS.items() if not check(reader, answer, session)]


def _same(rows: list[list[float]], wanted: list[list[float]], tolerance: float) -> bool:
    first, second = sorted(rows), sorted(wanted)
    return len(first) == len(second) and bool(np.allclose(first, second, rtol=0, atol=tolerance))


def _thermal(reader: Reader, answer: dict[str, Any], session: AnnotationSession) -> bool:
    wanted = expected(session, Modality.TIR)
    return "thermal" not in answer or _same(answer["thermal"], wanted, reader.tolerance)


def _outside(reader: Reader, answer: dict[str, Any], _session: AnnotationSession) -> bool:
    """Where a track ends or pauses, its first frame without a box is outside."""
    if reader.form != "cvat":
        return True
    # Gap, absence, gap again, and a gap between boxes: one mark at the beginning of each.
    begins = {9, 14, 15, 17, 21}
    return {(frame, track) for frame, track in answer["outside"]} == {
        (frame, track) for frame in begins for track in (0, 1)
    }


def _keys(reader: Reader, answer: dict[str, Any], _session: AnnotationSession) -> bool:
    if reader.form != "cvat":
        return True
    return {tuple(each) for each in answer["keys"]} == {
        (frame, track) for frame in (2, 8, 12, 13, 20) for track in (0, 1)
    }


def _tags(reader: Reader, answer: dict[str, Any], _session: AnnotationSession) -> bool:
    wanted = [
        (frame, track, name)
        for track in (0, 1)
        for frame, name in ((12, "occlusion"), (15, "absence"), (16, "absence"))
    ]
    return reader.form != "vot" or sorted(map(tuple, answer["tags"])) == sorted(wanted)


_CHECKS: dict[str, Callable[[Reader, dict[str, Any], AnnotationSession], bool]] = {
    "boxes": lambda reader, answer, session: _same(
        answer["rows"], expected(session, Modality.RGB), reader.tolerance
    ),
    "thermal boxes": _thermal,
    "outside": _outside,
    "keyframes": _keys,
    "tags": _tags,
}


def main() -> int:
    """Try the readers that are named, or all; say what each found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readers")
    parser.add_argument("--folder", type=Path, help="where their environments are, or are made")
    parser.add_argument("names", nargs="*", choices=[[], *(each.name for each in READERS)])
    given = parser.parse_args()
    wanted = [each for each in READERS if not given.names or each.name in given.names]
    session, wrong = scene(), 0
    with tempfile.TemporaryDirectory() as place:
        folder = given.folder or Path(place) / "environments"
        for number, reader in enumerate(wanted):
            try:
                python = environment(folder, reader)
                answer = read(python, reader, session, Path(place) / str(number))
            except subprocess.CalledProcessError as error:
                wrong += 1
                print(f"{reader.name}: {error}\n{error.stderr or ''}")
                continue
            found = differences(reader, answer, session)
            wrong += bool(found)
            rows = len(answer["rows"])
            words = f"differs in {', '.join(found)}" if found else f"reads all {rows} RGB boxes"
            print(f"{reader.name} {answer['version']}: {words} of {reader.form}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
