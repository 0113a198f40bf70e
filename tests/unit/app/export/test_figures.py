"""Figures for a paper: every kind in every form, what they refuse, and their names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.patches import Patch
from PIL import Image

from app.cli import entry as cli
from app.export.base import Subject
from app.export.figures.base import FigureKind, Wish, check_frames
from app.export.figures.sheet import sheet
from app.export.figures.table import KINDS
from app.export.figures.writing import drawn_figure, frames_named
from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    History,
    ModelInfo,
    SetBox,
    TrackedFrame,
    TrackingRows,
    save,
)
from tests.recordings import write_lasher
from tracker_core.drawn_figures import DOTS_PER_INCH, FORMATS, WIDTHS
from tracker_core.errors import CKDError

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
FRAMES = 5
PAGE_HEIGHT = 9.2
"""Inches of the height of a page's text."""
BOX = np.array([[4.0, 3.0, 10.0, 8.0]] * 2)
NAMES = ("walker", "$x_1$ & <b>", "مشاة", "行人" * 33, "_a/../b " + "long " * 38)


def make_session(clip: Path, name: str = "walker", *, tracked: bool = True) -> AnnotationSession:
    from app.bridge.values import sequence_info
    from tracker_core.sequences import open_sequence

    with open_sequence(clip) as opened:
        session = AnnotationSession(sequence_info(opened, [clip]))
    history = History(session)
    history.do(AddTarget("1", name))
    if not tracked:
        for frame in range(FRAMES):
            history.do(SetBox("1", frame, BOX))
        return session
    history.do(SetBox("1", 0, BOX))
    model = ModelInfo("tiny", "", "{}", 4, 4, (1, 2))
    gone = (np.array([0, 1]), np.array([5, 15]))
    # Beyond the frame on one side: there is padding.
    answer = TrackedFrame((-6.0, 2.0, 30.0), 0.5, np.full((4, 4), 0.5), gone, 1)
    rows = TrackingRows.from_frames(model, [answer] * (FRAMES - 1))
    frames = np.arange(1, FRAMES)
    history.do(AcceptRun("1", frames, np.tile(BOX[0], (FRAMES - 1, 1)), rows.scores, rows))
    return session


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_lasher(tmp_path / "walk", FRAMES)


@pytest.fixture
def session(clip: Path, tmp_path: Path) -> Path:
    path = tmp_path / "walk.h5"
    save(make_session(clip), path)
    return path


def run(*typed: object) -> int:
    return cli.run([str(word) for word in typed])


def wish_of(session: AnnotationSession, clip: Path, kind: FigureKind, width: str) -> Wish:
    frames = () if kind.id == "curves" else (2,) if kind.id == "stages" else (1, 2, 3)
    return Wish(Subject(session, clip.with_suffix(".h5"), "1"), frames, WIDTHS[width])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_is_as_wide_as_a_column(kind: FigureKind, width: str, clip: Path) -> None:
    made = make_session(clip, tracked=not kind.computes)
    content = drawn_figure(kind, wish_of(made, clip, kind, width), "png")
    path = clip.with_suffix(".png")
    path.write_bytes(content)
    with Image.open(path) as picture:
        assert picture.width == round(WIDTHS[width] * DOTS_PER_INCH)
        # Something is on it, and nothing is cut at its edges.
        pixels = np.asarray(picture.convert("L"))
    assert (pixels < 128).sum() > 500
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    assert all((edge > 250).all() for edge in edges)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("kind", "rows"), [("strip", 2), ("maps", 4)])
def test_as_many_frames_as_there_is_room_for_stand_on_one_page(
    kind: str, rows: int, width: str, clip: Path
) -> None:
    found = next(each for each in KINDS if each.id == kind)
    wish = wish_of(make_session(clip), clip, found, width)
    most = found.most[wish.wide]
    legend = [Patch(label=f"{k}") for k in range(6)]
    figure, columns = sheet(wish, [("frame 1", "score 0.5")] * most, ["RGB"] * rows, legend)
    assert len(columns) == most
    assert figure.get_figheight() < PAGE_HEIGHT
    with pytest.raises(CKDError, match=f"has room for {most} frames"):
        check_frames(found, tuple(range(most + 1)), 100, wish.width)
    check_frames(found, tuple(range(most)), 100, wish.width)


def test_the_box_lies_upon_tokens_and_tokens_upon_padding(clip: Path) -> None:
    kind = next(kind for kind in KINDS if kind.id == "strip")
    axes = kind.draw(wish_of(make_session(clip), clip, kind, "single")).axes[0]
    *_, box = [each for each in axes.patches if not each.get_fill()]
    padding = [each for each in axes.patches if each.get_hatch()]
    assert padding
    lines = [each for each in axes.collections if isinstance(each, LineCollection)]
    assert all(each.get_zorder() < box.get_zorder() for each in lines)
    assert all(each.get_zorder() <= axes.images[-1].get_zorder() for each in padding)
    # Of what has the same order, matplotlib draws first what came first.
    made = axes.get_children()
    assert all(made.index(each) < made.index(axes.images[-1]) for each in padding)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_and_length(name: str, ending: str, clip: Path) -> None:
    kind = next(kind for kind in KINDS if kind.id == "strip")
    wish = wish_of(make_session(clip, name), clip, kind, "single")
    first = drawn_figure(kind, wish, ending)
    assert first == drawn_figure(kind, wish, ending)
    if ending == "svg":
        (width,) = re.findall(rb'<svg[^>]* width="([\d.]+)pt"', first)
        assert float(width) == pytest.approx(WIDTHS["single"] * 72)
    if ending == "pdf" and name.isascii():
        assert b"/Type3" not in first


@pytest.mark.parametrize("ending", FORMATS)
def test_the_command_writes_a_figure(
    ending: str, session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = session.parent / "new" / f"strip.{ending}"
    typed = ("figure", session, "--kind", "strip", "--frames", "1-4:2", "--out", out)
    assert run(*typed) == 0
    assert capsys.readouterr().out == f"{out}: Token strip of walker\n"
    before = out.read_bytes()
    assert before[:4] in (b"\x89PNG", b"<?xm", b"%PDF")
    assert run(*typed) == 2
    assert "exists already; choose another name" in capsys.readouterr().err
    assert run(*typed, "--overwrite", "--width", "double") == 0
    assert out.read_bytes() != before
    assert [each.name for each in out.parent.iterdir()] == [out.name]


def test_a_letter_without_a_font_is_named(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = clip.parent / "walk.h5"
    save(make_session(clip, "wal\U00012ff1ker"), session)
    out = clip.parent / "gap.png"
    assert run("figure", session, "--kind", "strip", "--frames", "1", "--out", out) == 0
    lost = "Token strip does not hold letters that no font of this system has (\U00012ff1)."
    assert lost in capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"--kind": "strips"}, "There is no figure strips; choose one of strip, stages,"),
        ({"--width": "wide"}, "There is no width wide; choose one of single, double."),
        ({"--out": "a.jpg"}, "A figure cannot be saved as a.jpg; use .png, .svg or .pdf."),
        ({"--frames": "9"}, "There is no frame 9; the session has frames 0 to 4."),
        ({"--frames": "-1"}, "-1 is no frame; write frames like 3,9,40-80:10."),
        ({"--frames": "3-1"}, "3-1 is no range; write its first and last frame like 40-80:10."),
        ({"--frames": " , "}, "Token strip shows one or more frames; say which."),
        ({"--frames": "0"}, "walker was not tracked on frame 0; choose frames that were"),
        ({"--kind": "stages"}, "Elimination stages shows one frame, and 2 were named; choose one."),
        ({"--kind": "gap", "--frames": "0"}, "CKD cannot look at frame 0 again: no box of walker"),
        ({"--target": "nobody"}, "There is no target named nobody; the session has walker."),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    options: dict[str, str], said: str, session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = session.parent / "new" / "out.png"
    typed = {"--kind": "strip", "--frames": "1,2", "--out": str(out), **options}
    assert run("figure", session, *(word for pair in typed.items() for word in pair)) == 2
    refusal = capsys.readouterr().err
    assert refusal.startswith(f"ckd-studio: {said}")
    assert refusal.count("\n") == 1
    assert not out.parent.exists()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_images_that_moved_away_are_named(
    kind: FigureKind, session: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip.rename(clip.with_name("elsewhere"))
    out = session.parent / "out.pdf"
    code = run("figure", session, "--kind", kind.id, "--frames", "2", "--out", out)
    # Curves are of numbers alone.
    assert (code, out.exists()) == ((0, True) if kind.id == "curves" else (2, False))
    assert ("are not at" in capsys.readouterr().err) == (kind.id != "curves")


def test_a_block_that_the_network_lacks_is_refused(clip: Path) -> None:
    kind = next(kind for kind in KINDS if kind.id == "gap")
    wish = wish_of(make_session(clip, tracked=False), clip, kind, "single")
    with pytest.raises(CKDError, match="There is no block 99; the network has blocks 0 to"):
        drawn_figure(kind, Wish(wish.subject, (1,), 3.3, block=99), "svg")


@pytest.mark.parametrize(
    ("text", "frames"),
    [("3", (3,)), ("9, 3,3;4", (3, 4, 9)), ("0-9:4", (0, 4, 8)), ("2-3,3-5", (2, 3, 4, 5))],
)
def test_frames_are_read(text: str, frames: tuple[int, ...]) -> None:
    assert frames_named(text, 10) == frames


@pytest.mark.parametrize("text", ["a", "1-", "-", "1:2", "1-5:0", "٣", "1e3", "9" * 5000, "1-2-3"])
def test_what_are_no_frames_is_refused(text: str) -> None:
    with pytest.raises(CKDError, match=r"is no (frame|range)"):
        frames_named(text, 10)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_the_page_says_of_each_kind_what_it_shows(kind: FigureKind) -> None:
    section = PAGE.split("\n## figure\n")[1].split("\n## ", maxsplit=1)[0]
    assert f"| `{kind.id}` | {kind.frames.value} | {kind.holds} | {kind.lacks} |" in section
    assert len(re.findall(r"^\| `", section, re.MULTILINE)) == len(KINDS)
