"""The files in a run's folder: written whole or not at all, and read without executing them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from safe_files import FileError, reason, replacing
from tracker_core.checkpoints.torch_file import TorchFile
from tracker_core.errors import CKDError

LAST = "last.pt"
"""The last state: all that is needed to go on."""
BEST = "best.safetensors"
"""The averaged weights, in float32, that did best in validation."""
WEIGHTS = "weights.safetensors"
"""The averaged weights at the end of the run, in float16."""


def epoch_file(epoch: int) -> str:
    """The name under which the averaged weights of an epoch are kept, in float32."""
    return f"epoch-{epoch:04d}.safetensors"


def plain(values: Any) -> Any:  # noqa: ANN401 - walks any nesting of plain values
    """Tuples as lists, so that what was saved compares with what is."""
    if isinstance(values, dict):
        return {key: plain(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [plain(value) for value in values]
    return values


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state beside the one before and put it in its place; CKDError when there is no room.

    Whatever goes wrong, the one before stays whole.
    """
    write_whole(path, lambda beside: _save(state, beside))


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside `path` and put it in its place; CKDError when it cannot."""
    try:
        with replacing(path, parents=True) as beside:
            write(beside)
    except (OSError, FileError, RuntimeError) as error:  # RuntimeError: torch on a full disk
        raise CKDError(
            f"{path} cannot be written ({_reason(error)}); what was there before is untouched. "
            "Check the folder and free space, then resume."
        ) from error


def _save(state: Mapping[str, Any], path: Path) -> None:
    # Opened here: given a path, torch wraps a full disk in an error of its own that hides the
    # cause.
    with path.open("wb") as file:
        torch.save(dict(state), file)


def _reason(error: Exception) -> str:
    if isinstance(error, FileError):
        return error.reason
    if isinstance(error, OSError):
        return reason(error)
    cause = error.__context__  # what torch caught before it raised its own
    # The first line: below it torch prints where in C++ it happened.
    return _reason(cause) if isinstance(cause, OSError) else str(error).split("\n")[0]


@contextmanager
def whole_state(path: Path) -> Iterator[None]:
    """Turn what the body does not find in the state of `path` into one CKDError."""
    try:
        yield
    # Neither is the file's fault; a CKDError has a sentence already.
    except (CKDError, torch.OutOfMemoryError):
        raise
    # RuntimeError: what torch says of weights that are not there or of another shape.
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise CKDError(
            f"{path} lacks parts of a training run's state, or has others than this version "
            f"({str(error).splitlines()[0] if str(error) else 'damaged'}); "
            "start again in another folder, or from its weights."
        ) from error


def read_state(path: Path) -> dict[str, Any]:
    """Read a state onto the CPU, whatever device it was written from; CKDError when damaged."""
    try:
        # First: torch's own reader has no bounds, and a key of tuples in tuples ends the process.
        TorchFile.open(path, strict=True)
    except CKDError as error:
        raise CKDError(
            f"{path} cannot be read ({error.__cause__}); "
            "start again in another folder, or from its weights."
        ) from error
    try:
        # weights_only: a state may come from anybody, and a pickle can run anything.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise CKDError(
            f"{path} cannot be read ({str(error).splitlines()[0] if str(error) else 'damaged'}); "
            "start again in another folder, or from its weights."
        ) from error
    if not isinstance(state, dict) or "recipe" not in state:
        raise CKDError(f"{path} is not the state of a training run; name another folder.")
    return state
