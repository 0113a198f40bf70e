"""The table of layouts: nothing is forgotten, and what is added is found by every reader."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.media import numbered, write_streams
from tests.recordings import heat, write_boxes, write_folder, write_lasher, write_video
from tracker_core.sequences import Layout, layouts, open_dataset, open_sequence, read_ground_truth
from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts import table
from tracker_core.sequences.layouts.base import (
    Channel,
    Declaration,
    LayoutReader,
    SequencePlace,
    TruthFiles,
)
from tracker_core.sequences.layouts.plain import pair_pictures
from tracker_core.sequences.linter import lint
from tracker_core.sequences.remarks import Severity

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")


def pictures(root: Path, rgb: str, tir: str, rgb_name: str, tir_name: str) -> Path:
    write_folder(root / rgb, (rgb_name.format(k) for k in range(4)))
    write_folder(root / tir, (tir_name.format(k) for k in range(4)), heat)
    return root


def texts(root: Path, *names: str, rows: int = 4) -> Path:
    for name in names:
        write_boxes(root / name, rows)
    return root


def two_videos(root: Path) -> Path:
    root.mkdir()
    for name in ("rgb.mp4", "thermal.mp4"):
        write_video(root / name, 3)
    return root


def side_by_side(root: Path) -> Path:
    root.mkdir()
    return write_video(root / "both.mp4", 3)


def two_streams(root: Path) -> Path:
    root.mkdir()
    return write_streams(root / "both.mkv", 3, numbered, numbered)


def annotated(root: Path) -> Path:
    (root / "Annotation").mkdir()
    return root


def anti_uav(root: Path) -> Path:
    root.mkdir()
    for name in ("visible", "infrared"):
        write_video(root / f"{name}.mp4", 3)
        labels = {"exist": [1, 0, 1], "gt_rect": [[1, 2, 5, 6], [], [3, 2.5, 5, 6]]}
        (root / f"{name}.json").write_text(json.dumps(labels))
    return root


FLIR = "video-FP3PuwDiY5hpzq942-frame-{:06d}-BXKjrqa2NrmDzWCVA.png"
VISIBLE = ("visible", "infrared", "{:05d}v.png", "{:05d}i.png")
SAMPLES: dict[Layout, Callable[[Path], Path]] = {
    Layout.GTOT: lambda root: texts(
        pictures(root, "v", "i", "{:05d}v.png", "{:05d}i.png"), "groundTruth_v.txt"
    ),
    Layout.LASHER: write_lasher,
    Layout.RGBT234: lambda root: texts(pictures(root, *VISIBLE), "visible.txt", "infrared.txt"),
    Layout.RGBT210: lambda root: texts(pictures(root, *VISIBLE), "init.txt"),
    Layout.VTUAV: lambda root: texts(
        pictures(root, "rgb", "ir", "{:06d}.png", "{:06d}.png"), "rgb.txt", rows=1
    ),
    Layout.VOT_RGBT: lambda root: texts(
        pictures(root, "color", "ir", "{:08d}.png", "{:08d}.png"), "groundtruth.txt"
    ),
    Layout.M3FD: lambda root: annotated(pictures(root, "Vis", "Ir", "{:05d}.png", "{:05d}.png")),
    Layout.LLVIP: lambda root: pictures(
        root, "visible/train", "infrared/train", "{:06d}.png", "{:06d}.png"
    ),
    Layout.FLIR_ADAS: lambda root: pictures(
        root, "images_rgb_val/data", "images_thermal_val/data", FLIR, FLIR
    ),
    Layout.ANTI_UAV: anti_uav,
    Layout.TWO_FOLDERS: lambda root: pictures(root, "rgb", "thermal", "{}.png", "{}.png"),
    Layout.TWO_VIDEOS: two_videos,
    Layout.TWO_STREAMS: two_streams,
    Layout.SIDE_BY_SIDE: side_by_side,
}
"""A sample of each layout: add one beside the line in the table."""


@pytest.mark.parametrize("layout", Layout)
def test_every_layout_has_one_line_and_a_row_of_the_page(layout: Layout) -> None:
    assert [each.layout for each in table.LAYOUTS].count(layout) == 1
    assert table.reader_of(layout).layout is layout
    assert layout.label
    assert f"\n| {layout.label} |" in PAGE


def test_every_file_of_a_layout_is_in_the_table() -> None:
    readers = [
        value
        for module in pkgutil.iter_modules(layouts.__path__, f"{layouts.__name__}.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, LayoutReader)
    ]
    assert {each.layout for each in readers} == {each.layout for each in table.LAYOUTS}
    assert all(each in table.LAYOUTS for each in readers)


def test_sessions_keep_these_words_so_they_never_change() -> None:
    words = "gtot rgbt210 rgbt234 lasher vtuav vot-rgbt two-folders two-videos side-by-side"
    assert {layout.value for layout in Layout} >= set(words.split())
    assert Layout("two-videos") is Layout.TWO_VIDEOS
    assert {layout for layout in Layout if layout.is_video} >= {
        Layout.TWO_VIDEOS,
        Layout.SIDE_BY_SIDE,
    }


@pytest.mark.parametrize("layout", Layout)
def test_every_layout_is_recognised_by_its_sample(layout: Layout, tmp_path: Path) -> None:
    path = SAMPLES[layout](tmp_path / "walk")
    with open_sequence(path) as sequence:
        assert sequence.layout is layout
        assert len(sequence) >= 3
        assert "left-over-file" not in {remark.code for remark in sequence.remarks}
    if path.is_dir():
        assert open_dataset(path).layout is layout
    (report,) = lint(path).sequences
    assert report.layout is layout
    assert "left-over-file" not in {finding.code for finding in report.findings}


def test_the_page_lists_what_the_linter_says() -> None:
    """Every remark that the code can make is in the table of the linter, and no other."""
    listed = {
        (row[0], code)
        for row in re.findall(r"^\| (error|warning|info) \| (.*?) \|", PAGE, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", row[1])
    }
    nodes = [
        node
        for path in (ROOT / "tracker_core" / "sequences").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    severities = {each.value for each in Severity}
    made = {
        (node.func.id, node.args[0].value)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in severities
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(made) > 30
    assert made <= listed
    written = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert {code for _, code in listed} <= written


def test_the_page_on_extending_names_what_is_there() -> None:
    section = EXTENDING.split("\n## A dataset layout\n")[1].split("\n## ")[0]
    files = re.findall(r"`((?:tracker_core|tests)/[\w/]+(?:\.py|/))`", section)
    assert len(files) >= 4
    assert all((ROOT / file).exists() for file in files)
    cells = re.findall(r"^ *\| (`.*?) \|", section, re.MULTILINE)
    fields = re.findall(r"`(\w+)(?:\([^)]*\))?`", " ".join(cells))
    assert {"matches", "pairs", "truth"} <= set(fields)
    assert set(fields) <= set(LayoutReader.__dataclass_fields__)


def made_up() -> LayoutReader:
    """A layout that nobody has: two cameras named in a file, boxes as corners, tags beside."""
    layout = object.__new__(Layout)
    layout._name_, layout._value_ = "MADE_UP", "made-up"
    layout.label, layout.is_video = "Made up", False

    def declares(entries: FolderEntries) -> Declaration | None:
        if entries.text("cameras.cfg") is None:
            return None
        root = entries.root
        return Declaration({"rgb": Channel(root / "cam0"), "tir": Channel(root / "cam1")}, 12.5)

    def truth(entries: FolderEntries, _rgb: str, _tir: str) -> TruthFiles:
        return TruthFiles(entries.text("corners.dat"), None, None, BoxForm.CORNERS, every=2)

    def matches(place: SequencePlace, truth: Layout | None) -> bool:
        return truth is layout and place.folder_names == {"cam0", "cam1"}

    return LayoutReader(
        layout,
        matches=matches,
        pairs=pair_pictures,
        truth=truth,
        owns_truth=lambda entries: entries.text("corners.dat") is not None,
        declares=declares,
        first_row=lambda _root: 1,
        tags=lambda entries: ("rain",) if entries.text("rain.flag") else (),
        texts=("cameras.cfg", "corners.dat", "*.flag"),
    )


@pytest.fixture
def new_layout(monkeypatch: pytest.MonkeyPatch) -> Layout:
    reader = made_up()
    monkeypatch.setattr(table, "LAYOUTS", (reader, *table.LAYOUTS))
    return reader.layout


def made_up_sequence(root: Path) -> Path:
    write_folder(root / "cam0", (f"{k}.png" for k in range(9)))
    write_folder(root / "cam1", (f"{k}.png" for k in range(9)), heat)
    (root / "corners.dat").write_text("".join(f"{k} 2 {k + 5} 8\n" for k in range(4)))
    (root / "cameras.cfg").write_text("two\n")
    (root / "rain.flag").write_text("\n")
    return root


def test_a_new_line_of_the_table_is_all_that_opening_needs(
    new_layout: Layout, tmp_path: Path
) -> None:
    path = made_up_sequence(tmp_path / "data" / "one")
    with open_sequence(path) as sequence:
        assert sequence.layout is new_layout
        assert sequence.description.startswith("Made up: one, 9 frames")
        assert sequence.frame_rate == 12.5
        assert sequence.attributes == ("rain",)
        truth = sequence.ground_truth
        assert truth is not None
        assert np.flatnonzero(truth.annotated).tolist() == [1, 3, 5, 7]
        assert truth.rgb[3].tolist() == [1, 2, 5, 6]


def test_datasets_and_the_linter_read_it_too(new_layout: Layout, tmp_path: Path) -> None:
    path = made_up_sequence(tmp_path / "data" / "one")
    made_up_sequence(tmp_path / "data" / "two")
    dataset = open_dataset(tmp_path / "data")
    assert dataset.names == ("one", "two")
    assert dataset.layout is new_layout
    assert dataset.attributes("two") == ("rain",)
    alone = read_ground_truth(path)
    assert alone is not None
    assert alone.rgb[2].tolist() == [1, 2, 5, 6]
    report = lint(tmp_path / "data")
    assert report.to_json()["layout"] == "made-up"
    codes = {finding.code for each in report.sequences for finding in each.findings}
    assert "left-over-file" not in codes
    assert not report.has_errors


def test_without_its_line_it_is_not_known(tmp_path: Path) -> None:
    path = made_up_sequence(tmp_path / "one")
    (report,) = lint(path).sequences
    assert report.layout is None


def test_a_missing_folder_of_one_sequence_does_not_stop_the_linter(tmp_path: Path) -> None:
    """The layout of a dataset is told by names, so that a lost folder is a finding, not an end."""
    root = tmp_path / "data" / "one"
    root.mkdir(parents=True)
    (root / "sequence").write_text("channels.color=color/%08d.png\nchannels.ir=ir/%08d.png\n")
    report = lint(tmp_path / "data")
    assert report.layout is Layout.VOT_RGBT
    assert [finding.code for finding in report.sequences[0].findings] == ["cannot-open"]
