"""Weights that still lie in a file: what is known of them before any memory is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from safe_files import printable
from tracker_core.errors import CKDError

_MOST_DIMENSIONS = 16
_MOST_VALUES = 1 << 40
"""Of one tensor; torch itself miscounts beyond its 64 bits."""
# One file may hold a tensor under two names, for two branches or for an average, and halves are
# used as float32. What asks for more than both together repeats its values on purpose.
_MEMORY_PER_BYTE = 4
_MEMORY_AT_LEAST = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as its file describes it."""

    key: str
    """Where in the file its values are."""
    dtype: torch.dtype
    shape: tuple[int, ...]
    offset: int = 0
    """Values before its first one."""
    stride: tuple[int, ...] = ()
    """Steps between values along each dimension; as long as the shape where the file says it."""

    def outline(self) -> Tensor:
        """The tensor without values, which takes no memory."""
        return torch.empty(self.shape, dtype=self.dtype, device="meta")


class WeightsFile(Protocol):
    """A file whose tensors are read when they are wanted."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def size(self) -> int:
        """Its bytes."""

    def read(self, state: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
        """Read the tensors; CKDError names the file when they are not as described."""


def possible_shape(shape: object) -> bool:
    """Whether a file's shape is one that torch can have."""
    if not isinstance(shape, (tuple, list)) or len(shape) > _MOST_DIMENSIONS:
        return False
    values = 1
    for side in shape:
        # Not isinstance: to Python a bool is an int.
        if type(side) is not int or side < 0:
            return False
        # A side of 0 counts as 1: torch multiplies the others all the same.
        values *= max(side, 1)
        if values > _MOST_VALUES:
            return False
    return True


def check_proportion(state: Mapping[str, StoredTensor], file_size: int) -> None:
    """Refuse tensors that take far more memory than their file has bytes."""
    wanted = 4 * sum(tensor.outline().numel() for tensor in state.values())
    if wanted > _MEMORY_AT_LEAST + _MEMORY_PER_BYTE * file_size:
        raise CKDError(
            f"its tensors would take {wanted >> 20} MiB, far more than the {file_size >> 10} KiB "
            "of the file."
        )


def quoted(name: object) -> str:
    """A name out of a file as a sentence may show it."""
    return repr(printable(str(name), 120))
