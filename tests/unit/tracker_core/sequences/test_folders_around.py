"""What lies around sequences: system folders, links, splits, labels in JSON."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import heat, write_folder, write_lasher, write_video
from tracker_core.errors import CKDError
from tracker_core.sequences import Layout, open_dataset, open_sequence
from tracker_core.sequences.linter import lint


def codes(path: Path) -> set[str]:
    report = lint(path)
    sequences = (finding for each in report.sequences for finding in each.findings)
    return {finding.code for finding in (*report.findings, *sequences)}


@pytest.mark.parametrize(
    "name", ["__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", ".thumbnails"]
)
def test_folders_of_the_system_are_no_sequences(tmp_path: Path, name: str) -> None:
    write_lasher(tmp_path / "walk")
    write_lasher(tmp_path / "run")
    shutil.copytree(tmp_path / "walk", tmp_path / name / "walk")
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("run", "walk")
    assert len(dataset.sequence("walk")) == 5
    # Hidden ones are everywhere, and no news.
    assert ("system-folder" in codes(tmp_path)) == (not name.startswith("."))


def test_system_folders_inside_a_sequence_are_said(lasher: Path) -> None:
    (lasher / "@eaDir").mkdir()
    assert "@eaDir" in " ".join(open_sequence(lasher).notes)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_back_are_not_followed(tmp_path: Path) -> None:
    write_lasher(tmp_path / "set" / "walk")
    write_lasher(tmp_path / "set" / "run")
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set", target_is_directory=True)
    (tmp_path / "set" / "up").symlink_to(tmp_path, target_is_directory=True)
    elsewhere = write_lasher(tmp_path / "other" / "jump")
    (tmp_path / "set" / "jump").symlink_to(elsewhere, target_is_directory=True)
    dataset = open_dataset(tmp_path / "set")
    assert {name for name in dataset.names if "/" not in name} >= {"jump", "run", "walk"}
    assert not any(name.startswith("again") for name in dataset.names)
    assert "looping-link" in codes(tmp_path / "set")


def test_folders_named_like_pictures_are_left_out_and_said(lasher: Path) -> None:
    (lasher / "visible" / "v005.png").mkdir()
    (lasher / "cover.jpg").mkdir()
    sequence = open_sequence(lasher)
    assert len(sequence) == 5
    assert "v005.png" in " ".join(sequence.notes)
    assert {"picture-folders", "system-folder"} <= codes(lasher)


def test_a_dataset_split_below_its_modalities(tmp_path: Path) -> None:
    for part in ("train", "test"):
        names = [f"{part[0]}{k:05d}.jpg" for k in range(4)]
        write_folder(tmp_path / "visible" / part, names)
        write_folder(tmp_path / "infrared" / part, names[1:], heat)
    (tmp_path / "Annotations").mkdir()
    with pytest.raises(CKDError, match=r"several sequences; .*visible.*test"):
        open_sequence(tmp_path)
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("test", "train")
    assert dataset.layout is Layout.LLVIP
    sequence = dataset.sequence("train")
    assert sequence.gaps == {0}
    assert sequence.tir_paths[0].parts[-3:-1] == ("infrared", "train")
    assert open_sequence(tmp_path / "infrared" / "test").rgb_paths[0].parts[-3] == "visible"
    assert "stills" in {remark.code for remark in sequence.remarks}


@pytest.fixture
def uav(tmp_path: Path) -> Path:
    root = tmp_path / "uav"
    root.mkdir()
    for name in ("RGB", "IR"):
        write_video(root / f"{name}.mp4", 4)
        labels = {"exist": [1, 1, 0, 1], "gt_rect": [[1, 2, 5, 6], [2, 2, 5, 6], [], [4, 2, 5, 6]]}
        (root / f"{name}_label.json").write_text(json.dumps(labels))
    return root


def test_anti_uav_has_boxes_and_absence(uav: Path) -> None:
    sequence = open_sequence(uav)
    assert sequence.layout is Layout.ANTI_UAV
    truth = sequence.ground_truth
    assert truth is not None
    assert truth.absent.tolist() == [False, False, True, False]
    np.testing.assert_array_equal(truth.rgb[[0, 3]], [[1, 2, 5, 6], [4, 2, 5, 6]])


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ("[]", "no list `gt_rect`"),
        ('{"gt_rect": [[1, 2]]}', "entry 0: a box has 4 numbers"),
        ('{"gt_rect": [[1, 2, 3, true]]}', "a box has 4 numbers"),
        ('{"exist": [1], "gt_rect": []}', "not as many"),
        ('{"exist": [7], "gt_rect": [[1, 2, 3, 4]]}', "not 0 or 1"),
        ('{"gt_rect": [[1, 2, 3, 1e99]]}', "too large"),
        ('{"gt_rect": [[1, 2, 3, NaN]]}', "too large"),
        ("{", "is not JSON"),
    ],
)
def test_labels_that_cannot_be_read_are_said(uav: Path, labels: str, why: str) -> None:
    (uav / "IR_label.json").write_text(labels)
    sequence = open_sequence(uav)
    assert sequence.ground_truth is None
    assert why in " ".join(sequence.notes)
