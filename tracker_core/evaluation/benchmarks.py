"""The RGBT benchmarks and the exact rules by which each scores a tracker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.layouts.lasher import LASHER_ATTRIBUTES

PIXELS = np.arange(51.0)
"""Centre error thresholds of every benchmark but GTOT, in pixels."""
OVERLAPS = np.arange(21) / 20
"""Overlap thresholds 0, 0.05 ... 1; each is the double nearest to its decimal."""


class Area(Enum):
    """How a success plot becomes one figure."""

    MEAN = "mean of the 21 heights"
    TRAPEZOID = "trapezoid rule"


# No comparison by value: arrays have none that is true or false.
@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """One precision measure: the share of frames whose centre error is small enough."""

    metric: str
    """Name of the figure, as printed in papers: PR, MPR or NPR."""
    thresholds: NDArray[np.float64]
    quoted: int
    """Index of the threshold whose share is the figure."""
    normalised: bool = False
    """Divide the offsets by the true width and height."""
    inclusive: bool = True
    """Whether an error equal to the threshold is a hit."""


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """One benchmark: where its ground truth is and how it turns boxes into figures."""

    key: str
    label: str
    truth_files: tuple[str, ...]
    """File of the RGB ground truth and, where both modalities count, of the thermal one."""
    fallback_files: tuple[str, ...] = ()
    """Tried instead when the first file is missing or holds only the first box."""
    form: BoxForm = BoxForm.XYWH
    flat_truth: bool = False
    """Whether the ground truth may also be one `<sequence>.txt` per sequence in one folder."""
    list_files: tuple[str, ...] = ("SequencesName.txt",)
    """Files beside the ground truth that list the sequences to evaluate."""
    precisions: tuple[Precision, ...] = ()
    success: str = "SR"
    area: Area = Area.MEAN
    over_frames: bool = False
    """Average over all frames; otherwise over sequences."""
    stride: int = 1
    """Every how many frames there is a ground truth row."""
    whole_pixels: bool = False
    """Round predicted boxes, as the benchmark's own toolkit does on reading them."""
    first_is_given: bool = False
    """Replace the first predicted box by the true one."""
    holds_invalid: bool = False
    """Replace unusable predictions by the one before, and cut results that are too long."""
    marks_invalid_truth: bool = False
    """Give frames whose ground truth has a value <= 0 error and overlap -1."""
    attributes: tuple[str, ...] = ()
    """Challenge attributes in the order in which papers plot them."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the figures, in the order of the papers' tables."""
        return (*(precision.metric for precision in self.precisions), self.success)


_RGBT_ATTRIBUTES = ("BC", "CM", "DEF", "FM", "HO", "LI", "LR", "MB", "NO", "TC", "PO", "SC")

ATTRIBUTE_NAMES = {
    "AIV": "Abrupt illumination variation",
    "ARC": "Aspect ratio change",
    "BC": "Background clutter",
    "CM": "Camera moving",
    "DEF": "Deformation",
    "EI": "Extreme illumination",
    "FL": "Frame lost",
    "FM": "Fast motion",
    "FO": "Full occlusion",
    "HI": "High illumination",
    "HO": "Heavy occlusion",
    "LI": "Low illumination",
    "LR": "Low resolution",
    "MB": "Motion blur",
    "NO": "No occlusion",
    "OV": "Out-of-view",
    "PO": "Partial occlusion",
    "SA": "Similar appearance",
    "SC": "Scale variation",
    "SV": "Scale variation",
    "TB": "Target blur",
    "TC": "Thermal crossover",
    "TO": "Total occlusion",
    "TVS": "Thermal-visible separation",
}
"""What most benchmarks mean by these letters."""
_OWN_NAMES = {("lasher", "HO"): "Hyaline occlusion"}
"""Where a benchmark has its own words for them."""


def attribute_label(benchmark: Benchmark, letters: str) -> str:
    """Return what a benchmark means by the letters of an attribute; empty where nobody knows."""
    usual = ATTRIBUTE_NAMES.get(letters, "")
    return _OWN_NAMES.get((benchmark.key, letters), usual)


LASHER = Benchmark(
    key="lasher",
    label="LasHeR",
    truth_files=("init.txt",),
    fallback_files=("visible.txt",),
    flat_truth=True,
    list_files=("lashertest.txt", "testingsetList.txt", "testingset.txt"),
    precisions=(
        Precision("PR", PIXELS, quoted=20),
        Precision("NPR", PIXELS / 100, quoted=20, normalised=True),  # 0 to 0.5, 0.2 quoted
    ),
    # The rules of its toolkit, by which the published figures were made.
    first_is_given=True,
    holds_invalid=True,
    marks_invalid_truth=True,
    attributes=LASHER_ATTRIBUTES,
)
RGBT234 = Benchmark(
    key="rgbt234",
    label="RGBT234",
    truth_files=("visible.txt", "infrared.txt"),
    # The better of both modalities counts in each frame: the M.
    precisions=(Precision("MPR", PIXELS, quoted=20),),
    success="MSR",
    whole_pixels=True,
    attributes=_RGBT_ATTRIBUTES,
)
RGBT210 = Benchmark(
    key="rgbt210",
    label="RGBT210",
    truth_files=("init.txt",),
    precisions=(Precision("PR", PIXELS, quoted=20),),
    whole_pixels=True,
    first_is_given=True,
    attributes=_RGBT_ATTRIBUTES,
)
GTOT = Benchmark(
    key="gtot",
    label="GTOT",
    truth_files=("groundTruth_v.txt", "groundTruth_i.txt"),
    form=BoxForm.CORNERS,
    # Small targets: thresholds to 25 pixels, 5 quoted, and its toolkit asks for less than that.
    precisions=(Precision("MPR", PIXELS / 2, quoted=10, inclusive=False),),
    success="MSR",
    area=Area.TRAPEZOID,
    over_frames=True,
    whole_pixels=True,
)
VTUAV = Benchmark(
    key="vtuav",
    label="VTUAV",
    truth_files=("rgb.txt", "ir.txt"),
    precisions=(Precision("MPR", PIXELS, quoted=20),),
    success="MSR",
    stride=10,  # one frame in ten is annotated
)

BENCHMARKS = {each.key: each for each in (LASHER, RGBT234, RGBT210, GTOT, VTUAV)}


def benchmark_named(key: str) -> Benchmark:
    """Return a benchmark by its key; raises CKDError that lists the keys."""
    found = BENCHMARKS.get(key.lower())  # people write LasHeR
    if found is None:
        raise CKDError(f"There is no benchmark {key!r}; use one of {', '.join(BENCHMARKS)}.")
    return found
