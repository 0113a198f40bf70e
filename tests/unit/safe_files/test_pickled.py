"""Pickles are read by a machine that builds plain values, whatever the pickle says."""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict, defaultdict
from typing import Any

import pytest

from safe_files import INERT, Maker, PickleError, Settable, make_dict, read_pickle
from safe_files.pickled import LARGEST_PICKLE

DICTS = {
    ("collections", "OrderedDict"): Maker(make_dict),
    ("collections", "defaultdict"): Maker(make_dict),
}
START, STOP = b"\x80\x02", b"."


def read(data: bytes, known: Any = DICTS, **more: Any) -> object:
    return read_pickle(io.BytesIO(data), len(data), known, **more)


PLAIN = {
    "numbers": [0, 1, 255, 256, 65536, -1, 1 << 40, -(1 << 62), 0.5, float("inf")],
    "texts": ["", "a", "ä" * 300, "\U0001f600", "x" * 70000],
    "bytes": [b"", b"\xff" * 3, b"y" * 300],
    "nothing": [None, True, False, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}],
    "deep": {"a": {"b": {"c": [({"d": (None,)},)]}}},
}


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_plain_values_come_back(protocol: int) -> None:
    assert read(pickle.dumps(PLAIN, protocol)) == PLAIN


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_dictionaries_of_other_classes_are_dictionaries(protocol: int) -> None:
    values = {
        "ordered": OrderedDict(a=1, b=[2]),
        "default": defaultdict(list, {"x": [1], "y": []}),
    }
    assert read(pickle.dumps(values, protocol)) == {
        "ordered": {"a": 1, "b": [2]},
        "default": {"x": [1], "y": []},
    }


def test_what_is_named_twice_is_one_value() -> None:
    inner = [1]
    value = read(pickle.dumps({"a": inner, "b": inner}, 4))
    assert isinstance(value, dict)
    assert value["a"] is value["b"]


def test_a_value_within_itself_is_read() -> None:
    circle: list[Any] = []
    circle.append(circle)
    value = read(pickle.dumps(circle, 2))
    assert isinstance(value, list)
    assert value[0] is value


class Foreign:
    def __init__(self) -> None:
        self.x = 1


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('a pickle was executed')",))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_objects_of_any_class_are_inert(protocol: int) -> None:
    values = [Foreign(), Runs(), {1, 2}, frozenset({3}), Foreign, complex(1, 2), range(3)]
    assert read(pickle.dumps(values, protocol)) == [INERT] * len(values)
    assert read(pickle.dumps({"a": Foreign(), "b": 1}, protocol)) == {"a": INERT, "b": 1}


def test_in_strict_reading_no_name_is_unknown() -> None:
    with pytest.raises(PickleError, match=r"it refers to builtins\.exec"):
        read(pickle.dumps(Runs(), 4), strict=True)
    with pytest.raises(PickleError, match="neither text nor a number"):
        read(pickle.dumps({None: 1}), strict=True)
    with pytest.raises(PickleError, match="neither text nor a number"):
        read(pickle.dumps({1 << 61: 1}), strict=True)


def test_only_text_keys_are_kept() -> None:
    assert read(pickle.dumps({1: "a", None: 2, (1, 2): 3, b"x": 4, "k": 5})) == {"k": 5}


def test_a_value_takes_its_state_only_where_it_may() -> None:
    class Box(Settable):
        state: object = None

        def set_state(self, state: object) -> None:
            self.state = state

    known = {("m", "Box"): Maker(lambda _: Box()), ("m", "two"): 2}
    box = read(START + b"cm\nBox\n)RK\x05b.", known)
    assert isinstance(box, Box)
    assert box.state == 5
    with pytest.raises(PickleError, match="changes a value"):
        read(START + b"cm\ntwo\nK\x05b.", known)


def nested(opening: bytes, count: int) -> bytes:
    return START + b")" + opening * count + STOP


# Each of a few bytes, and each asking for something out of proportion.
HOSTILE: dict[str, bytes] = {
    "text of 4 GiB": START + b"X\xff\xff\xff\xff" + STOP,
    "bytes of 2**62": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + STOP,
    "text of 2**63": b"\x80\x04\x8d" + struct.pack("<Q", (1 << 64) - 1) + STOP,
    "text of negative length": START + b"T\xff\xff\xff\xff" + STOP,
    "number of 2 GiB": START + b"\x8b\xff\xff\xff\x7f" + STOP,
    "number of 300 bytes": START + b"\x8b\x2c\x01\0\0" + b"\x01" * 300 + STOP,
    "memo of 4 GiB": START + b"Nr\xf0\xff\xff\xff" + STOP,
    "memo that is not there": START + b"h\x05" + STOP,
    "key of tuples": START + b"}" + b")" + b"\x85" * 100_000 + b"Ns" + STOP,
    "key of many tuples": START + b"}(" + b")" * 2000 + b"t" + b"\x85Ns" + STOP,
    "marks without end": START + b"(" * 2000 + STOP,
    "lists without end": START + b"]" * 1_000_000 + STOP,
    "memos without end": b"\x80\x04N" + b"\x94" * 1_000_000 + STOP,
    "no end": START + b"N",
    "two values": START + b"NN" + STOP,
    "an open mark": START + b"(N" + STOP,
    "no value": START + STOP,
    "stack runs out": START + b"\x87" + STOP,
    "stack runs into a mark": START + b"N(\x85" + STOP,
    "mark that is not there": START + b"t" + STOP,
    "items of nothing": START + b"N(NNu" + STOP,
    "odd items": START + b"}(Nu" + STOP,
    "append to a text": START + b"X\x01\0\0\0aNa" + STOP,
    "same key twice": START + b"}(X\x01\0\0\0aNX\x01\0\0\0aNu" + STOP,
    "call of a number": START + b"K\x01)R" + STOP,
    "call with a list": START + b"ccollections\nOrderedDict\n]R" + STOP,
    "keywords": b"\x80\x04ccollections\nOrderedDict\n)}\x92" + STOP,
    "state of a number": START + b"K\x01Nb" + STOP,
    "name without end": START + b"c" + b"a" * 5000 + STOP,
    "name that is no text": b"\x80\x04NN\x93" + STOP,
    "class by number": START + b"\x82\x01" + STOP,
    "old instance": START + b"(icollections\nOrderedDict\n" + STOP,
    "outside": START + b"NQ" + STOP,
    "unknown code": START + b"\xff" + STOP,
    "unknown protocol": b"\x80\x09N" + STOP,
    "too long": START + b"B" + struct.pack("<I", LARGEST_PICKLE) + b"\0" * LARGEST_PICKLE + STOP,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_out_of_proportion_is_refused(name: str) -> None:
    with pytest.raises(PickleError) as error:
        read(HOSTILE[name])
    assert "\n" not in str(error.value)


def test_depth_alone_hurts_nobody() -> None:
    assert isinstance(read(nested(b"\x85", 100_000)), tuple)


def test_a_hundred_references_are_not_a_hundred_copies() -> None:
    """Lists of ten times the list before: 10 ** 40 items to whoever walks them."""
    data = b"\x80\x04]\x94"
    for index in range(40):
        data += b"0](" + (b"h" + bytes([index])) * 10 + b"e\x94"
    value = read(data + STOP)
    assert isinstance(value, list)
    assert len(value) == 10


def test_reading_ends_where_the_pickle_ends() -> None:
    file = io.BytesIO(pickle.dumps([1], 2) + b"more")
    assert read_pickle(file, 100, {}) == [1]
    assert file.read() == b"more"
