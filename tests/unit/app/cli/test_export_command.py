"""`ckd-studio export` and `import` as they are typed, and the tables that they read."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import signal
import threading
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from app import export
from app.cli import entry as cli
from app.export import film, forms
from app.export.base import DrawnForm, Progress, Subject
from sessions import (
    AddTarget,
    AnnotationSession,
    ExportForm,
    ImportForm,
    SequenceInfo,
    Source,
    import_boxes,
    load,
    read_boxes,
    save,
)
from sessions.exports import table as exports
from sessions.exports.holds import Holds
from sessions.imports import table as imports
from sessions.imports.tracks import Rows, Track
from tests.recordings import write_boxes, write_lasher
from tests.unit.sessions.building import full
from tracker_core.sequences import Sequence

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
EXCHANGE = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
FRAMES = 5


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_lasher(tmp_path / "walk", FRAMES)


@pytest.fixture
def session(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A session of the clip with one target, imported from its own ground truth."""
    out = tmp_path / "walk.h5"
    assert run("import", clip, clip / "visible.txt", "--form", "boxes", "--out", out) == 0
    assert capsys.readouterr().out == f"{out}: session with 5 frames from visible.txt\n"
    return out


def run(*typed: object) -> int:
    return cli.run([str(word) for word in typed])


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def all_forms() -> list[ExportForm | DrawnForm]:
    return [*exports.EXPORTS, *forms.FORMS]


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.id)
def test_every_form_writes_something(
    form: ExportForm | DrawnForm, session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = session.parent / f"new/out{form.ending}"
    assert run("export", session, "--form", form.id, "--out", out) == 0
    files = [out] if form.ending else list(out.iterdir())
    assert files
    assert all(file.stat().st_size for file in files)
    capsys.readouterr()
    assert run("export", session, "--form", form.id, "--out", out) == 2
    refusal = capsys.readouterr().err
    assert refusal.startswith(f"ckd-studio: {files[0].parent}")
    assert refusal.endswith("choose another name, or replace it with --overwrite.\n")
    assert run("export", session, "--form", form.id, "--out", out, "--overwrite") == 0


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.id)
def test_the_page_says_of_each_form_what_it_can_and_cannot_hold(
    form: ExportForm | DrawnForm,
) -> None:
    row = f"| `{form.id}` | {form.ending or 'a folder'} | {form.holds} | {form.lacks} |"
    assert row in section(PAGE, "export").splitlines()


@pytest.mark.parametrize("form", imports.IMPORTS, ids=lambda form: form.id)
def test_the_page_says_what_can_be_imported(form: ImportForm) -> None:
    assert f"| `{form.id}` | {form.holds} | {form.lacks} |" in section(PAGE, "import").splitlines()


def test_the_page_has_no_form_that_is_not_there() -> None:
    for title, known in (("export", all_forms()), ("import", imports.IMPORTS)):
        listed = re.findall(r"^\| `([\w-]+)` \|", section(PAGE, title), re.MULTILINE)
        assert listed == [form.id for form in known]


def test_every_file_of_a_drawn_form_is_in_the_table() -> None:
    found = [
        each
        for module in pkgutil.iter_modules(export.__path__, f"{export.__name__}.")
        for value in vars(importlib.import_module(module.name)).values()
        for each in (value if isinstance(value, tuple) else (value,))
        if isinstance(each, DrawnForm)
    ]
    assert found
    assert all(each in forms.FORMS for each in found)


def test_the_page_on_extending_names_what_is_there() -> None:
    named = re.findall(
        r"`((?:app|sessions|tests)/[\w/]+(?:\.py|/))`", section(EXTENDING, "An export")
    )
    assert len(named) >= 6
    assert all((ROOT / file).exists() for file in named)


def test_ground_truth_goes_out_as_it_came_in(session: Path, clip: Path) -> None:
    out = session.parent / "truth"
    assert run("export", session, "--form", "lasher", "--out", out) == 0
    for name in ("visible.txt", "infrared.txt"):
        written = np.loadtxt(out / name, delimiter=",")
        assert np.array_equal(written, np.loadtxt(clip / name, delimiter=","))
    assert run("export", session, "--form", "gtot", "--out", out) == 2  # init.txt is there
    assert not (out / "groundTruth_v.txt").exists()


def test_what_gtot_wrote_is_imported_as_corners(session: Path, clip: Path) -> None:
    out = session.parent / "truth"
    assert run("export", session, "--form", "gtot", "--out", out) == 0
    again = session.parent / "again.h5"
    boxes, thermal = out / "groundTruth_v.txt", out / "groundTruth_i.txt"
    options = ("--form", "corners", "--tir-boxes", thermal, "--target", "walker", "--out", again)
    assert run("import", clip, boxes, *options) == 0
    (before,), (after,) = (load(each).targets.values() for each in (session, again))
    assert after.name == "walker"
    assert np.array_equal(after.boxes, before.boxes)
    assert set(after.source) == {Source.IMPORTED}


def test_boxes_may_begin_later(clip: Path, tmp_path: Path) -> None:
    boxes = write_boxes(tmp_path / "late.txt", 2)
    out = tmp_path / "late.h5"
    assert run("import", clip, boxes, "--form", "boxes", "--start", "3", "--out", out) == 0
    (target,) = load(out).targets.values()
    assert target.name == "late"
    assert np.flatnonzero(target.source).tolist() == [3, 4]
    assert run("import", clip, boxes, "--form", "boxes", "--start", "4", "--out", out) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--form", "bmp", "--out", "x.bmp"), "There is no form bmp; choose one of result, lasher"),
        (("--form", "csv", "--out", "x.txt"), "x.txt must end in .csv, as this form does."),
        (("--form", "video", "--out", "x.avi"), "x.avi must end in .mp4, as this form does."),
        (("--form", "result", "--out", "x.txt"), "Say which target is meant; the session has walk"),
        (("--form", "film", "--out", "x.mp4"), "Say which target is meant"),
        (("--form", "coco", "--out", "x.json", "--target", "walker"), "coco holds all targets;"),
        (("--form", "csv", "--out", "x.csv", "--modality", "rgb"), "csv is not of one modality;"),
        (("--form", "mot", "--out", "x.txt", "--modality", "ir"), "There is no modality ir;"),
        (
            ("--form", "film", "--out", "x.mp4", "--target", "walker"),
            "The images of the session full.h5 are not at /data/walk any more;",
        ),
        (
            ("--form", "curves-csv", "--out", "x.csv", "--target", "car-2"),
            "Wagen — blau has no curves",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    typed: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    save(full(), tmp_path / "full.h5")
    assert run("export", "full.h5", *typed) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"ckd-studio: {said}")
    assert shown.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["full.h5"]


def test_the_word_of_before_still_makes_a_video(session: Path) -> None:
    assert run("export", session, "--form", "film", "--out", session.parent / "x.mp4") == 0
    assert (session.parent / "x.mp4").stat().st_size


def test_ctrl_c_ends_a_video_and_leaves_nothing(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read, before = film.annotated, sorted(session.parent.iterdir())

    def press(held: AnnotationSession, sequence: Sequence, index: int, *given: str) -> object:
        if index == 3:
            # While one thread reads, another draws and the command writes.
            os.kill(os.getpid(), signal.SIGINT)
        return read(held, sequence, index, *given)

    monkeypatch.setattr(film, "annotated", press)
    # In a job in the background it is ignored from the start.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run("export", session, "--form", "video", "--out", session.parent / "x.mp4") == 130
    finally:
        signal.signal(signal.SIGINT, ours)
    assert capsys.readouterr().err == "ckd-studio: interrupted.\n"
    assert sorted(session.parent.iterdir()) == before
    assert not [each for each in threading.enumerate() if each.name.startswith("film")]


def test_what_a_form_does_not_hold_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(full(), tmp_path / "full.h5")
    out = tmp_path / "out.txt"
    assert run("export", tmp_path / "full.h5", "--form", "mot", "--out", out) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{out}: MOTChallenge of walk\n"
    assert shown.err == (
        "MOTChallenge does not hold the names of targets; attributes of targets; occlusion on 2 "
        "frames; where boxes come from; tokens, score maps and models of the tracker.\n"
    )
    out = tmp_path / "out.csv"
    assert run("export", tmp_path / "full.h5", "--form", "csv", "--out", out) == 0
    assert capsys.readouterr().err == (
        "CSV table does not hold tokens, score maps and models of the tracker.\n"
    )


def test_each_target_has_a_folder_and_comes_back(clip: Path, tmp_path: Path) -> None:
    boxes = write_boxes(tmp_path / "later.txt", 2)
    held = tmp_path / "two.h5"
    assert run("import", clip, clip / "visible.txt", "--form", "boxes", "--out", held) == 0
    loaded = load(held)
    (first,) = loaded.targets.values()
    AddTarget("2", "../..\\CON").apply(loaded)
    AddTarget("3", "Visible").apply(loaded)
    AddTarget("4", "never seen").apply(loaded)
    for other in ("2", "3"):
        import_boxes(loaded, other, read_boxes(boxes)).apply(loaded)
    save(loaded, held)
    out = tmp_path / "truth"
    assert run("export", held, "--form", "lasher", "--out", out) == 0
    assert sorted(each.name for each in out.iterdir()) == ["Visible (2)", "_._.._CON", "visible"]
    assert not list(tmp_path.glob("*CON"))
    again = tmp_path / "again.h5"
    assert run("import", clip, out, "--form", "lasher", "--out", again) == 0
    targets = load(again).targets.values()
    assert [each.name for each in targets] == ["Visible (2)", "_._.._CON", "visible"]
    (same,) = (each for each in targets if each.name == "visible")
    assert np.array_equal(same.boxes, first.boxes)
    assert run("export", held, "--form", "lasher", "--out", out, "--target", "Visible") == 0
    assert (out / "visible.txt").exists()


def test_a_film_of_other_images_is_refused(
    session: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("visible", "infrared"):
        last = max((clip / folder).iterdir())
        last.unlink()
    assert run("export", session, "--form", "film", "--out", session.parent / "x.mp4") == 2
    assert "has 4 frames but the session walk.h5 has 5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("visible.txt", "--form", "xml", "--out", "x.h5"), "There is no form xml; choose one of"),
        (("none.txt", "--form", "boxes", "--out", "x.h5"), "none.txt could not be read"),
        (("visible.txt", "--form", "boxes", "--out", "x.txt"), "x.txt must end in .h5 or .hdf5"),
        (("visible.txt", "--form", "boxes", "--out", "old.h5"), "old.h5 exists"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(
    typed: tuple[str, ...],
    said: str,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(clip)
    (clip / "old.h5").write_text("precious")
    assert run("import", clip, *typed) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"ckd-studio: {said}")
    assert shown.err.count("\n") == 1
    assert (clip / "old.h5").read_text() == "precious"
    assert not (clip / "x.h5").exists()


def test_a_new_line_of_a_table_is_all_that_the_command_needs(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = replace(exports.EXPORTS[0], id="names", ending=".names", of_target=False)
    text = replace(
        text, write=lambda held, _: {"": " ".join(t.name for t in held.targets.values())}
    )

    def draw(subject: Subject, path: Path, _progress: Progress) -> None:
        path.write_text(f"drawn {subject.target_id}")

    drawn = replace(forms.FORMS[0], id="sketch", ending=".sketch", write=draw)
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, text))
    monkeypatch.setattr(forms, "FORMS", (*forms.FORMS, drawn))
    for form, written in ((text, "visible"), (drawn, "drawn 1")):
        out = session.parent / f"out{form.ending}"
        assert run("export", session, "--form", form.id, "--out", out) == 0
        assert out.read_text() == written
    assert run("export", session, "--form", "none", "--out", "x") == 2
    assert "names" in capsys.readouterr().err


def test_a_new_line_of_imports_is_found(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_place: Path, _info: SequenceInfo) -> tuple[Track, ...]:
        rows = Rows()
        for frame in (0, 1):
            rows.add(frame, (7, 7, 7, 7))
        return (rows.track("", "dots", alone=True),)

    (tmp_path / "any").touch()
    dots = replace(imports.IMPORTS[0], id="dots", read=read)
    monkeypatch.setattr(imports, "IMPORTS", (*imports.IMPORTS, dots))
    out = tmp_path / "dots.h5"
    assert run("import", clip, tmp_path / "any", "--form", "dots", "--out", out) == 0
    (target,) = load(out).targets.values()
    assert target.boxes[0, 0].tolist() == [7, 7, 7, 7]


def test_the_page_says_what_of_a_session_each_form_holds() -> None:
    assert table_of_forms() in EXCHANGE


def table_of_forms() -> str:
    """The table of the page, made of the rows in the code."""
    heads = {
        "absence": "absence", "gaps": "no box", "occlusion": "occlusion",
        "truncation": "truncation", "reviewed": "reviewed", "classes": "classes",
        "names": "names", "attributes": "attributes", "spans": "of frames",
        "keyframes": "keyframes",
        "sources": "sources", "scores": "scores", "modalities": "both", "targets": "several",
    }  # fmt: skip
    # A fact without a column would be one that nobody can read.
    assert [field.name for field in fields(Holds)] == [*heads, "every", "exact"]
    lines = [
        f"| form | {' | '.join(heads.values())} | frames | digits |",
        f"|{'---|' * (len(heads) + 3)}",
    ]
    for form in exports.EXPORTS:
        held = ["yes" if getattr(form.carries, name) else "–" for name in heads]
        frames = "all" if form.carries.every == 1 else f"every {form.carries.every}th"
        digits = "all" if form.carries.exact else "4 decimals"
        lines.append(f"| `{form.id}` | {' | '.join(held)} | {frames} | {digits} |")
    return "\n".join(lines) + "\n"
