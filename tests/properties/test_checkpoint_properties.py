"""Damaged checkpoints open equal or are refused in one sentence, whatever byte is wrong."""

from __future__ import annotations

import functools
import io
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from safe_files import INERT, PickleError, read_pickle
from tests.unit.tracker_core.checkpoints.files import (
    own,
    released,
    safetensors,
    small_model,
    torch_bytes,
)
from tracker_core.checkpoints.opening import load_checkpoint, weights_digest
from tracker_core.checkpoints.torch_file import TorchFile
from tracker_core.errors import CKDError
from tracker_core.training.run_files import read_state

MOST_MORE = 64 << 20
"""Bytes that a damaged file may take beyond what the sound ones took."""
IN_TMP_PATH = [HealthCheck.function_scoped_fixture]


@functools.cache
def sound(form: str) -> bytes:
    model = small_model()
    state = released(model.state_dict())
    content = {"net": state, "epoch": 3, "stats": {"loss": [0.5, 0.25]}, "settings": small_model}
    made: dict[str, Callable[[], bytes]] = {
        "zip": lambda: torch_bytes(content),
        "stream": lambda: torch_bytes(content, new=False),
        "half": lambda: torch_bytes({n: v.half() for n, v in state.items() if "num" not in n}),
        "released safetensors": lambda: safetensors(state),
        "own safetensors": lambda: own(model),
        "state": lambda: torch_bytes({"recipe": {"a": 1}, "task": state, "step": 5}),
    }
    return made[form]()


FORMS = ("zip", "stream", "half", "released safetensors", "own safetensors", "state")

# A byte changed, a bit turned, a piece left out, doubled, zeroed or moved elsewhere.
places = st.floats(0, 1)
lengths = st.integers(1, 64)
changes = st.one_of(
    st.tuples(st.just("set"), places, st.integers(0, 255)),
    st.tuples(st.just("flip"), places, st.integers(0, 7)),
    st.tuples(st.just("cut"), places, lengths),
    st.tuples(st.just("double"), places, lengths),
    st.tuples(st.just("zero"), places, lengths),
    st.tuples(st.just("ones"), places, st.integers(1, 9)),
    st.tuples(st.just("end"), places, st.just(0)),
)
# Most of a file is values; what describes them lies at its start and, in an archive, at its end.
spots = st.one_of(st.just("all"), st.just("start"), st.just("end"))


def mutated(data: bytes, change: tuple[str, float, int], spot: str) -> bytes:
    kind, share, value = change
    part = len(data) if spot == "all" else min(4096, len(data))
    place = int(share * (part - 1)) + (len(data) - part if spot == "end" else 0)
    whole = bytearray(data)
    if kind == "set":
        whole[place] = value
    elif kind == "flip":
        whole[place] ^= 1 << value
    elif kind == "cut":
        del whole[place : place + value]
    elif kind == "double":
        whole[place:place] = whole[place : place + value]
    elif kind == "zero":
        whole[place : place + value] = bytes(len(whole[place : place + value]))
    elif kind == "ones":
        whole[place : place + value] = b"\xff" * len(whole[place : place + value])
    else:
        del whole[place:]
    return bytes(whole)


def memory() -> int:
    """The most that this process has had so far, in bytes; 0 where that cannot be asked."""
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def outcome(read: Callable[[Path], object], path: Path) -> object:
    """What was read, or None for one printable sentence that names the file."""
    before = memory()
    try:
        found = read(path)
    except CKDError as error:
        said = str(error)
        assert path.name in said
        assert said.isprintable()
        assert len(said) < 800
        found = None
    assert memory() - before < MOST_MORE
    return found


@pytest.mark.parametrize("form", FORMS[:-1])
@settings(suppress_health_check=IN_TMP_PATH, max_examples=120)
@given(changed=st.lists(st.tuples(changes, spots), min_size=1, max_size=3))
def test_damaged_checkpoints(
    tmp_path: Path, form: str, changed: list[tuple[tuple[str, float, int], str]]
) -> None:
    path = tmp_path / "damaged.pth"
    if not path.exists():
        path.write_bytes(sound(form))
        assert outcome(load_checkpoint, path) is not None
    data = sound(form)
    for change, spot in changed:
        data = mutated(data, change, spot) or b"\0"
    path.write_bytes(data)
    found = outcome(load_checkpoint, path)
    # An archive knows its checksums; in the other forms a value may change without a trace.
    if found is not None and form in ("zip", "half"):
        path.write_bytes(sound(form))
        assert weights_digest(found) == weights_digest(load_checkpoint(path))  # type: ignore[arg-type]


@settings(suppress_health_check=IN_TMP_PATH, max_examples=120)
@given(changed=st.lists(st.tuples(changes, spots), min_size=1, max_size=3))
def test_damaged_states_of_a_run(
    tmp_path: Path, changed: list[tuple[tuple[str, float, int], str]]
) -> None:
    data = sound("state")
    for change, spot in changed:
        data = mutated(data, change, spot) or b"\0"
    path = tmp_path / "last.pt"
    path.write_bytes(data)
    outcome(read_state, path)


@settings(suppress_health_check=IN_TMP_PATH, max_examples=100)
@given(data=st.binary(max_size=400))
@example(data=b"PK\x05\x06" + bytes(18))
@example(data=b"PK\x03\x04" + bytes(400))
def test_anything_else(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "anything.pth"
    path.write_bytes(data)
    assert outcome(load_checkpoint, path) is None
    outcome(TorchFile.open, path)


# Codes with lengths that follow, and those that take from the stack, more often than chance has it.
codes = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [b"(", b")", b"}", b"]", b"N", b"t", b"u", b"s", b"a", b"e", b"R", b"b", b"Q", b"\x81",
         b"\x85", b"\x86", b"\x87", b"\x8f", b"\x90", b"\x91", b"\x92", b"\x93", b"\x94", b"0",
         b"1", b"2", b"h\x00", b"q\x00", b"K\x01", b"X\x01\x00\x00\x00a", b"U\x01\xff",
         b"ccollections\nOrderedDict\n", b"\x8a\x02ab", b"G" + b"\x7f" * 8, b"\x96" + b"\xff" * 8]
    ),
)  # fmt: skip


@settings(max_examples=400)
@given(parts=st.lists(codes, max_size=60))
def test_any_codes_give_a_value_or_one_error(parts: list[bytes]) -> None:
    data = b"\x80\x04" + b"".join(parts) + b"."
    try:
        read_pickle(io.BytesIO(data), len(data), {})
    except PickleError as error:
        said = str(error)
    else:
        return
    assert said.isprintable()


plain = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(1 << 63), 1 << 63), st.floats(allow_nan=False),
        st.text(st.characters(codec="utf-8")), st.binary(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
    ),
    max_leaves=30,
)  # fmt: skip


@given(value=plain, protocol=st.integers(3, 5))
def test_what_python_pickles_comes_back(value: Any, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    assert read_pickle(io.BytesIO(data), len(data), {}) == value
    assert read_pickle(io.BytesIO(pickle.dumps(INERT.__class__, 4)), 200, {}) is INERT


@settings(suppress_health_check=IN_TMP_PATH, max_examples=60)
@given(data=st.data())
def test_views_of_a_storage_are_what_torch_says(tmp_path: Path, data: st.DataObject) -> None:
    """Slices, transposes and shared values of one storage, against torch's own reader."""
    base = torch.arange(24.0).reshape(2, 3, 4)
    order = data.draw(st.permutations([0, 1, 2]))
    start = data.draw(st.integers(0, 1))
    view = base.permute(*order)[start:]
    content = {"net": {"a": view, "b": base, "c": base[1:, ::2], "empty": base[:0]}}
    path = tmp_path / "views.pth"
    path.write_bytes(torch_bytes(content, new=data.draw(st.booleans())))
    file = TorchFile.open(path)
    assert isinstance(file.content, dict)
    read = file.read(file.content["net"])
    for name, value in torch.load(path, weights_only=True)["net"].items():
        assert torch.equal(read[name], value), name
