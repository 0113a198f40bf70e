"""The writers of the program, as `benchmarks.full_disk` tries them."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import cache, partial
from io import StringIO
from pathlib import Path
from unittest import mock

import av
import numpy as np
import torch
from safetensors.torch import load_file

from app.export import forms
from app.export.base import DrawnForm, Subject
from app.export.figures.base import FigureKind, Wish
from app.export.figures.table import KINDS
from app.export.figures.writing import write_figure
from app.export.result_file import ResultFile
from app.export.video_writer import VideoWriter
from app.state.error_log import write_details
from app.state.settings import SettingsStore
from benchmarks.full_disk_case import OLD, Case, bytes_of, old_files
from benchmarks.full_disk_eval import WRITERS, written
from benchmarks.full_disk_lists import LISTS
from benchmarks.full_disk_small import SMALL
from safe_files import HeldFolder, append_text, write_text, write_together
from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    ExportChoice,
    ExportForm,
    History,
    ModelInfo,
    SetBox,
    TrackedFrame,
    TrackingRows,
    export_session,
    load,
    save,
)
from sessions.exports import table as exports
from tracker_core.checkpoints.opening import load_model, save_checkpoint
from tracker_core.ckd.model.ckd import CKD
from tracker_core.drawn_figures import FORMATS, WIDTHS
from tracker_core.imaging import write_image
from tracker_core.sequences.video_index import load_video_index
from tracker_core.synthetic import write_sequence
from tracker_core.tracking.run_content import SequenceContent
from tracker_core.tracking.run_folder import RunFolder
from tracker_core.tracking.tasks import Tracked
from tracker_core.training.curves import Curves
from tracker_core.training.data.assets import Assets
from tracker_core.training.run_files import read_state, write_state

FRAMES = 4
SIZE = (96, 64)


@cache
def clip() -> Path:
    """A clip to make sessions of, outside of the folder in which disks fail."""
    folder = Path(tempfile.mkdtemp(prefix="ckd-studio-full-disk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return write_sequence(folder / "walk", FRAMES, 3, SIZE)


@cache
def session() -> AnnotationSession:
    """A tracked session of the clip."""
    from app.bridge.values import sequence_info
    from tracker_core.sequences import open_sequence

    with open_sequence(clip()) as opened:
        made = AnnotationSession(sequence_info(opened, [clip()]))
    history = History(made)
    history.do(AddTarget("1", "walker"))
    model = ModelInfo("tiny", "", "{}", 4, 4, (1,))
    answer = TrackedFrame((10.0, 10.0, 40.0), 0.5, np.full((4, 4), 0.5), (np.arange(4),), 1)
    rows = TrackingRows.from_frames(model, [answer] * FRAMES)
    boxes = np.tile([10.0, 8.0, 20.0, 16.0], (FRAMES, 1))
    history.do(AcceptRun("1", np.arange(FRAMES), boxes, rows.scores, rows))
    return made


_ALIKE = 12.0
"""Mean difference in gray levels below which two pictures of a film are the same one."""


class _Film:
    """What a film shows; x264 rarely encodes the same pictures in other bytes."""

    __hash__ = None  # type: ignore[assignment]  # alike is not equal

    def __init__(self, path: Path) -> None:
        with av.open(path) as container:
            pictures = [each.to_ndarray(format="rgb24") for each in container.decode(video=0)]
        self._pictures = np.array(pictures, np.float32)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Film) or self._pictures.shape != other._pictures.shape:
            return False
        away = np.abs(self._pictures - other._pictures).mean(axis=(1, 2, 3))
        return bool((away < _ALIKE).all())


def _linked(folder: Path) -> None:
    old_files("real.txt")(folder)
    (folder / "link.txt").symlink_to("real.txt")


def _saved(folder: Path) -> object:
    found = load(folder / "s.h5")
    return [(target.name, target.boxes.tobytes()) for target in found.targets.values()]


def _held(folder: Path) -> None:
    with HeldFolder(folder / "run"):
        write_text(folder / "run" / "a.txt", "new")


def _rows(folder: Path) -> None:
    with ResultFile(folder / "r.txt") as rows:
        for index in range(FRAMES):
            rows.append((index, 2, 3, 4))


def _begin_run(folder: Path) -> RunFolder:
    run = RunFolder(folder / "run")
    with run.held():
        run.open({"tracker": "still"}, {"walk": SequenceContent(FRAMES, None)})
    return run


def _go_on(folder: Path) -> None:
    run = RunFolder(folder / "run")
    with run.held():
        run.save(Tracked("walk", np.ones((FRAMES, 4)), 0, FRAMES, 1.0))


def _packable(folder: Path) -> None:
    _begin_run(folder)
    _go_on(folder)


def _pack(folder: Path) -> None:
    RunFolder(folder / "run").pack(folder / "run.zip", ["walk"])


def _scored(write: Callable[[Path, Path], None], folder: Path) -> None:
    write(clip().parent, folder)


def _settings(folder: Path) -> None:
    store = SettingsStore(folder / "settings" / "settings.json")
    store.values.theme = "light"
    store.save()


def _log(folder: Path) -> None:
    # What cannot be written down goes to the terminal.
    with redirect_stderr(StringIO()):
        write_details(RuntimeError("no"), folder / "errors.log")


def _video(folder: Path) -> None:
    noise = np.random.default_rng(0)
    with VideoWriter(folder / "v.mp4", (64, 48)) as video:
        for _ in range(FRAMES):
            video.write(noise.integers(0, 255, (48, 64, 3), np.uint8))


def _state() -> dict[str, object]:
    generator = torch.Generator().manual_seed(0)
    return {"recipe": {}, "task": {"w": torch.rand(200, 50, generator=generator)}}


def _read_state(folder: Path) -> object:
    return read_state(folder / "last.pt")["task"]["w"].sum().item()


def _checkpoint(folder: Path) -> None:
    save_checkpoint(_tiny(), folder / "new" / "w.safetensors", {"made": "here"}, half=True)


def _read_checkpoint(folder: Path) -> object:
    # Names come in another order every time.
    weights = load_file(folder / "new" / "w.safetensors")
    return sorted((name, each.double().sum().item()) for name, each in weights.items())


@cache
def _tiny() -> CKD:
    return load_model("tiny")


def _first_row(folder: Path) -> None:
    Curves(folder).add({"step": 1, "total": 0.5})


def _next_row(folder: Path) -> None:
    curves = Curves(folder)
    curves.rewind(2)
    curves.add({"step": 2, "total": 0.25})


def _draw_curves(folder: Path) -> None:
    curves = Curves(folder)
    curves.rewind(2)
    curves.draw()


def _photos(folder: Path) -> None:
    (folder / "photos").mkdir()
    noise = np.random.default_rng(0)
    for name in ("street", "garden"):
        pixels = np.kron(noise.integers(0, 255, (12, 16, 3), np.uint8), np.ones((20, 20, 1)))
        write_image(folder / "photos" / f"{name}.png", pixels.astype(np.uint8))


def _assets(folder: Path) -> None:
    Assets.from_folders([], [folder / "photos"], cache=folder / "cache")


@cache
def _film() -> Path:
    path = clip().with_name("film.mp4")
    with VideoWriter(path, (64, 48)) as video:
        for _ in range(FRAMES):
            video.write(np.zeros((48, 64, 3), np.uint8))
    return path


def _index(folder: Path) -> None:
    film = _film()
    with mock.patch("platformdirs.user_cache_dir", return_value=str(folder / "cache")):
        load_video_index(film)


def _export(form: ExportForm | DrawnForm, folder: Path) -> None:
    out = folder / f"out{form.ending}"
    if isinstance(form, DrawnForm):
        form.write(Subject(session(), clip().with_suffix(".h5"), "1"), out, lambda *_: None)
    else:
        export_session(session(), form, out, ExportChoice("1"), overwrite=True)


def _exported(form: ExportForm | DrawnForm, folder: Path) -> object:
    out = folder / f"out{form.ending}"
    # Some figures hold the time at which they were drawn.
    if form.ending in (".png", ".svg", ".pdf"):
        return out.stat().st_size > len(OLD)
    if form.ending == ".mp4":
        return _Film(out)
    files = sorted(out.rglob("*")) if out.is_dir() else [out]
    return [path.read_bytes() for path in files if path.is_file()]


@cache
def _by_hand() -> AnnotationSession:
    """A session whose boxes a person has set: CKD may look at its frames whoever it is."""
    from app.bridge.values import sequence_info
    from tracker_core.sequences import open_sequence

    with open_sequence(clip()) as opened:
        made = AnnotationSession(sequence_info(opened, [clip()]))
    history = History(made)
    history.do(AddTarget("1", "walker"))
    for frame in range(FRAMES):
        history.do(SetBox("1", frame, np.array([[10.0, 8.0, 20.0, 16.0]] * 2)))
    return made


def _figure(kind: FigureKind, ending: str, folder: Path) -> None:
    made = _by_hand() if kind.computes else session()
    wish = Wish(Subject(made, clip().with_suffix(".h5"), "1"), (1,), WIDTHS["single"])
    write_figure(kind, wish, folder / f"out.{ending}")


def _figure_case(number: int, kind: FigureKind) -> Case:
    # All kinds are written alike, so that each ending once is enough.
    ending = FORMATS[number % len(FORMATS)]
    return Case(
        f"figure-{kind.id}",
        partial(_figure, kind, ending),
        bytes_of(f"out.{ending}"),
        ("out",),
        old_files(f"out.{ending}"),
    )


def _export_case(form: ExportForm | DrawnForm) -> Case:
    # Of several files one is there already, and is to come back when a later one fails.
    before = f"out{form.ending}" if form.ending else "out/init.txt"
    if not form.ending and form.id == "gtot":
        before = "out/groundTruth_v.txt"
    return Case(
        f"export-{form.id}",
        partial(_export, form),
        partial(_exported, form),
        ("out",),
        old_files(before),
    )


CASES: tuple[Case, ...] = (
    Case(
        "text",
        lambda folder: write_text(folder / "a.txt", "new" * 9_999),
        bytes_of("a.txt"),
        ("a.txt",),
        old_files("a.txt"),
    ),
    Case(
        "new-folder",
        lambda folder: write_text(folder / "b" / "c" / "a.txt", "new", parents=True),
        bytes_of("b/c/a.txt"),
        ("a.txt",),
    ),
    Case(
        "link",
        lambda folder: write_text(folder / "link.txt", "new"),
        bytes_of("real.txt"),
        ("link.txt",),
        _linked,
    ),
    Case(
        "together",
        lambda folder: write_together({folder / "new" / name: b"new" for name in "abc"}),
        lambda folder: [bytes_of(f"new/{name}")(folder) for name in "abc"],
        ("new",),
        old_files("new/b"),
    ),
    Case(
        "growing",
        lambda folder: append_text(folder / "a.txt", "new" * 9_999),
        bytes_of("a.txt"),
        ("a.txt",),
        old_files("a.txt"),
    ),
    Case("held-folder", _held, bytes_of("run/a.txt"), ("run", "a.txt")),
    Case(
        "session",
        lambda folder: save(session(), folder / "s.h5"),
        _saved,
        ("s.h5",),
        old_files("s.h5"),
    ),
    Case("result-rows", _rows, bytes_of("r.txt"), ("r.txt",), old_files("r.txt")),
    Case("run-settings", _begin_run, bytes_of("run/run.json"), ("run",)),
    Case("run-result", _go_on, bytes_of("run/walk.txt"), ("run",), _begin_run),
    Case("run-zip", _pack, bytes_of("run.zip"), ("run",), _packable),
    *(
        Case(f"eval-{kind}", partial(_scored, write), written, (kind,))
        for kind, write in WRITERS.items()
    ),
    *(
        Case(each, write, bytes_of(name), (name,), old_files(name))
        for each, (write, name) in SMALL.items()
    ),
    *LISTS,
    Case(
        "settings",
        _settings,
        lambda folder: json.loads(bytes_of("settings/settings.json")(folder)),
        (),
        silent=True,
    ),
    Case("error-log", _log, lambda folder: (folder / "errors.log").exists(), (), silent=True),
    Case("video", _video, lambda folder: _Film(folder / "v.mp4"), ("v.mp4",), old_files("v.mp4")),
    Case(
        "synthetic-clip",
        lambda folder: write_sequence(folder / "clip", 2, 5, (64, 64)),
        bytes_of("clip/visible.txt"),
        ("clip",),
    ),
    Case(
        "picture",
        lambda folder: write_image(folder / "p.png", np.zeros((64, 64, 3), np.uint8)),
        bytes_of("p.png"),
        ("p.png",),
        old_files("p.png"),
    ),
    Case(
        "training-state",
        lambda folder: write_state(folder / "last.pt", _state()),
        _read_state,
        ("last.pt",),
        lambda folder: write_state(folder / "last.pt", {"recipe": {}, "task": {}}),
    ),
    Case("checkpoint", _checkpoint, _read_checkpoint, ("w.safetensors",)),
    Case("curves", _first_row, bytes_of("curves.csv"), ("curves.csv",)),
    Case("curves-row", _next_row, bytes_of("curves.csv"), ("curves.csv",), _first_row),
    Case(
        "curves-picture",
        _draw_curves,
        lambda folder: (folder / "curves.png").exists(),
        ("curves",),
        _first_row,
    ),
    Case(
        "picture-cache",
        _assets,
        lambda folder: len(Assets.load(folder / "cache").photos),
        ("cache",),
        _photos,
    ),
    Case("video-index", _index, lambda folder: len(list(folder.rglob("*.npz"))), (), silent=True),
    *(_export_case(form) for form in exports.EXPORTS),
    *(_export_case(form) for form in forms.FORMS),
    *(_figure_case(number, kind) for number, kind in enumerate(KINDS)),
)
"""In the order in which they are tried."""
