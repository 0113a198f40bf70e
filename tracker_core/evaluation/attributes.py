"""Which sequences of a benchmark have which challenge attribute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.evaluation.truth import BenchmarkTruth
from tracker_core.sequences.attributes import find_attributes


def load_attributes(truth: BenchmarkTruth) -> dict[str, NDArray[np.bool_]]:
    """Return for each attribute which sequences have it, (sequences,), in the benchmark's order.

    The lists are looked for in the ground truth folder and above it. Raises CKDError when there are
    none, when they are malformed, or when they know none of the sequences.
    """
    table = find_attributes(truth.folder.absolute())  # absolute: "." has no folder above it
    if table is None:
        raise CKDError(
            f"There are no attribute lists in or beside {truth.folder}; expected a folder "
            "AttriSeqsTxt (LasHeR) or attr_txt (RGBT210, RGBT234)."
        )
    held = [frozenset(table.of(name)) for name in truth.names]
    if not any(held):
        raise CKDError(f"The attribute lists beside {truth.folder} name none of its sequences.")
    # The order in which papers plot them; names that the benchmark does not know come after.
    order = {name: index for index, name in enumerate(truth.benchmark.attributes)}
    names = sorted(table.names, key=lambda name: (order.get(name, len(order)), name))
    return {name: np.array([name in each for each in held]) for name in names}
