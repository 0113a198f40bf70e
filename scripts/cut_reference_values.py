"""Cut the reference values that ship with the tests from the whole ones: numbers only, 5 MB in all.

    python -m scripts.cut_reference_values SOURCE [OUT]

SOURCE holds the whole archives (`forward_mce.npz`, `closed_loop.npz`, ...). Small ones go over as
they are; of `forward_mce`, too large with its crops and twelve blocks, the last three blocks and
the head stay, with the tokens that go in. The same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from safe_files import write_bytes, write_text

Arrays = dict[str, NDArray[Any]]

OUT = Path(__file__).resolve().parent.parent / "tests" / "parity" / "data"
LIMIT = 5_000_000
"""Bytes of all files together: a clone should stay small."""

SHAPES = "ckd_base_state_shapes.json"
TAIL_BLOCKS = (9, 10, 11)
"""Blocks of `forward_mce` that stay: one that eliminates, two that do not."""
UNUSED = ("cls_token", ".pos_embed")
"""Endings of released weights that no part of CKD reads."""

# Four bytes make a float32, and each of them has its own statistics: with position bits (lp = 2)
# LZMA keeps them apart and saves 9 % of weights.
FLOATS: list[dict[str, Any]] = [
    {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 2, "pb": 2}
]
# Pixels of three channels: the difference to the pixel before halves what a crop takes.
PIXELS: list[dict[str, Any]] = [
    {"id": lzma.FILTER_DELTA, "dist": 3},
    {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 3, "lp": 0, "pb": 0},
]


def read(source: Path, name: str) -> Arrays:
    """Every array of one whole archive."""
    path = source / f"{name}.npz"
    if not path.is_file():
        sys.exit(f"There is no {path}; name the folder that holds the whole reference values.")
    with np.load(path) as archive:
        return {key: archive[key] for key in archive.files}


def read_by_ckd(arrays: Arrays) -> Arrays:
    """The same without weights that no part of CKD reads."""
    return {key: array for key, array in arrays.items() if not key.endswith(UNUSED)}


def tail(arrays: Arrays) -> Arrays:
    """The last blocks and the head of `forward_mce`: weights, tokens in and out, eliminations."""
    before = TAIL_BLOCKS[0] - 1  # its tokens go into the first block that stays
    blocks = [f"{branch}_branch.blocks.{i}." for branch in ("rgb", "tir") for i in TAIL_BLOCKS]
    tokens = [f"block/{branch}/{i}" for branch in ("rgb", "tir") for i in (before, *TAIL_BLOCKS)]
    weights = ("rgb_branch.norm.", "tir_branch.norm.", "box_head.", *blocks)
    kept = (*(f"state/{name}" for name in weights), "out/", *tokens, "meta")
    return {key: array for key, array in arrays.items() if key.startswith(kept)}


def write(path: Path, arrays: Arrays, filters: list[dict[str, Any]]) -> None:
    """Write arrays as xz-compressed safetensors; text becomes its bytes."""
    plain = {
        key: np.frombuffer(str(array).encode(), np.uint8)
        # safetensors has no text.
        if array.dtype.kind == "U"
        else np.ascontiguousarray(array).reshape(array.shape)
        for key, array in arrays.items()
    }
    data = lzma.compress(save(plain), lzma.FORMAT_XZ, filters=filters)
    write_bytes(path, data, parents=True)


def main() -> None:
    """Cut every case, and say how large they are."""
    parser = argparse.ArgumentParser(description="Cut the reference values that ship with tests.")
    parser.add_argument("source", type=Path, help="folder of the whole reference values")
    parser.add_argument("out", type=Path, nargs="?", default=OUT, help="where the cuts go")
    arguments = parser.parse_args()
    source, out = arguments.source, arguments.out
    cuts = {
        "closed_loop": (read_by_ckd(read(source, "closed_loop")), FLOATS),
        "crops": (read(source, "crops"), PIXELS),
        "forward_mce_tail": (tail(read(source, "forward_mce")), FLOATS),
        "losses": (read(source, "losses"), FLOATS),
        "losses_all_blocks": (read(source, "losses_all_blocks"), FLOATS),
    }
    for name, (arrays, filters) in cuts.items():
        write(out / f"{name}.safetensors.xz", arrays, filters)
    shapes = json.loads((source / SHAPES).read_text(encoding="utf-8"))
    # Sorted and without spaces: the same bytes every time, and fewer.
    text = json.dumps(shapes, separators=(",", ":"), sort_keys=True)
    write_text(out / SHAPES, text + "\n")
    total = sum(path.stat().st_size for path in out.iterdir())
    sys.stdout.write(f"{total:,} bytes in {out}\n")
    if total > LIMIT:
        sys.exit(f"That is more than {LIMIT:,} bytes; cut more.")


if __name__ == "__main__":
    main()
