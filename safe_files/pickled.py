"""Reading what Python pickled without Python's unpickler: a small machine that builds plain values.

Nothing that a file names is looked up, imported or called. Whoever reads says which few names mean
something, and what; all others become `INERT`, which takes everything and keeps nothing.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from safe_files.errors import printable

LARGEST_PICKLE = 8 << 20
"""Bytes of one pickle; those of checkpoints hold names and shapes, and take less than one MiB."""
# What values take in memory, by our own count: up to 34 bytes per byte in checkpoints that torch
# wrote, with optimiser and all. Lists of tiny numbers are denser, for which there is the constant.
_MEMORY_PER_BYTE = 40
_MEMORY_AT_LEAST = 16 << 20
_MOST_MARKS = 1000
"""Containers open within each other; Python's own pickler stops there as well."""
_MOST_NUMBER_BYTES = 64
"""A seed has 16 and torch's magic number 10; Python refuses to print what has 1800."""
_LONGEST_NAME = 1000
_DEEPEST_KEY, _MOST_IN_KEY = 4, 1000
# In bytes, as CPython has it; a growing dictionary is copied, so its items count more than once.
_SLOT, _ITEM, _EMPTY = 8, 104, 64


class PickleError(ValueError):
    """What is wrong with a pickle, in words that fit after "it cannot be read: "."""


class Inert:
    """Stands in for an object of a class that is never looked up; there is one."""

    __slots__ = ()


INERT: Final = Inert()


@dataclass(frozen=True, slots=True, eq=False)
class Maker:
    """What a name in a pickle means: a function of ours that is called with its arguments."""

    make: Callable[[tuple[object, ...]], object]


class Settable:
    """A value that takes the state which a pickle gives it after making it."""

    __slots__ = ()

    def set_state(self, state: object) -> None:
        """Take the state, or raise PickleError."""
        raise NotImplementedError


Known = Mapping[tuple[str, str], object]
"""Module and name to a Maker, or to the value that the name stands for."""


def make_dict(arguments: tuple[object, ...]) -> dict[str, object]:
    """Make what an OrderedDict or another dictionary is to us: text keys only, others dropped."""
    made: dict[str, object] = {}
    # Python 2 gives an OrderedDict its items as a list of pairs; defaultdict gets its factory.
    for pairs in arguments:
        for pair in pairs if isinstance(pairs, list) else ():
            if isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], str):
                made[pair[0]] = pair[1]
    return made


def read_pickle(
    file: BinaryIO,
    size: int,
    known: Known,
    reference: Callable[[object], object] | None = None,
    *,
    strict: bool = False,
) -> object:
    """Read one pickle of protocol 2 or later from where `file` stands, in at most `size` bytes.

    Gives None, bool, int, float, str, bytes, tuples, lists, dictionaries with text keys, what
    `known` and `reference` make (the latter of persistent ids), and `INERT`. With `strict`
    unknown names and odd keys are refused instead. Time and memory are bounded by the pickle's own
    length; PickleError for what is damaged or takes more.
    """
    return _Machine(file, size, known, reference, strict).run()


# Neither shown nor compared: that would walk values which may refer to each other without end.
@dataclass(slots=True, repr=False, eq=False)
class _Machine:
    file: BinaryIO
    size: int
    known: Known
    reference: Callable[[object], object] | None
    strict: bool
    stack: list[object] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    """Where in the stack each open container's items begin."""
    memo: dict[int, object] = field(default_factory=dict)
    taken: int = 0
    """Bytes read."""
    memory: int = 0
    """Bytes that all values took, also those that are gone again."""

    def run(self) -> object:
        while True:
            code = self.take(1)[0]
            if code == _STOP:
                value = self.pop()
                if self.stack or self.marks:
                    raise PickleError("its description ends in the middle")
                return value
            act = _ACTIONS.get(code)
            if act is None:
                raise PickleError(f"its description uses code {code}, which no such file does")
            act(self)

    def take(self, count: int) -> bytes:
        """Read so many bytes; a length that is only claimed takes no memory."""
        self.taken += count
        if self.taken > self.size:
            raise PickleError("its description is cut short")
        if self.taken > LARGEST_PICKLE:
            raise PickleError(f"its description is longer than {LARGEST_PICKLE >> 20} MiB")
        data = self.file.read(count)
        if len(data) != count:
            raise PickleError("its description is cut short")
        return data

    def number(self, form: str) -> int:
        value: int = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]
        if value < 0:
            raise PickleError("its description is damaged")
        return value

    def line(self) -> str:
        data = self.file.readline(min(_LONGEST_NAME, max(0, self.size - self.taken)))
        self.taken += len(data)
        if not data.endswith(b"\n"):
            raise PickleError("its description holds a name without an end")
        return data[:-1].decode("utf-8", "backslashreplace")

    def charge(self, count: int) -> None:
        self.memory += count
        # By what was read so far, and not by the file: a sound pickle never runs ahead of itself.
        if self.memory > _MEMORY_AT_LEAST + _MEMORY_PER_BYTE * self.taken:
            raise PickleError("its description takes far more memory than it is long")

    def push(self, value: object, cost: int | None = None) -> None:
        self.charge(_SLOT + (sys.getsizeof(value) if cost is None else cost))
        self.stack.append(value)

    def pop(self) -> object:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise PickleError("its description is damaged")
        return self.stack.pop()

    def top(self) -> object:
        value = self.pop()
        self.stack.append(value)
        return value

    def pop_mark(self) -> list[object]:
        if not self.marks:
            raise PickleError("its description is damaged")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items


def _mark(machine: _Machine) -> None:
    if len(machine.marks) >= _MOST_MARKS:
        raise PickleError(f"its description is nested more than {_MOST_MARKS} levels deep")
    machine.marks.append(len(machine.stack))


def _pop(machine: _Machine) -> None:
    if machine.marks and len(machine.stack) == machine.marks[-1]:
        machine.marks.pop()
    else:
        machine.pop()


def _protocol(machine: _Machine) -> None:
    if not 2 <= machine.take(1)[0] <= 5:
        raise PickleError("its description is of an unknown protocol")


def _whole_number(machine: _Machine, length: int) -> None:
    if length > _MOST_NUMBER_BYTES:
        raise PickleError(f"it holds a whole number of {length} bytes, and no sound file does")
    machine.push(int.from_bytes(machine.take(length), "little", signed=True))


def _text(machine: _Machine, length: int) -> None:
    # Names of files may hold what is no Unicode; shown like this it harms nobody.
    machine.push(machine.take(length).decode("utf-8", "backslashreplace"))


def _old_text(machine: _Machine, length: int) -> None:
    """Push a text of Python 2, which may as well have been bytes."""
    data = machine.take(length)
    try:
        machine.push(data.decode("utf-8"))
    except UnicodeDecodeError:
        machine.push(data)


def _bytes(machine: _Machine, length: int) -> None:
    machine.push(machine.take(length))


def _put(machine: _Machine, index: int) -> None:
    # Python's own reader makes a table as long as the largest number; whoever writes counts up.
    if index > machine.taken:
        raise PickleError("its description counts more parts than it has")
    machine.charge(_ITEM)
    machine.memo[index] = machine.top()


def _get(machine: _Machine, index: int) -> None:
    if index not in machine.memo:
        raise PickleError("its description refers to what it does not hold")
    machine.push(machine.memo[index], 0)


def _tuple(machine: _Machine, count: int) -> None:
    # In this order: the last item is on top.
    items = [machine.pop() for _ in range(count)]
    machine.push(tuple(reversed(items)))


def _append(machine: _Machine, items: list[object]) -> None:
    target = machine.top()
    if isinstance(target, list):
        machine.charge(2 * _SLOT * len(items))
        target.extend(items)
    elif not isinstance(target, Inert):
        raise PickleError("its description adds items to what is no list")


def _set_items(machine: _Machine, items: list[object]) -> None:
    target = machine.top()
    if len(items) % 2 or not isinstance(target, (dict, Inert)):
        raise PickleError("its description adds items to what is no dictionary")
    for key, value in zip(items[::2], items[1::2], strict=True):
        _check_key(machine, key)
        # No other key is ever asked for; and nothing but texts is hashed, because the hashes of
        # numbers can be made to collide, and those of tuples within tuples run out of stack.
        if isinstance(target, dict) and isinstance(key, str):
            if key in target:
                raise PickleError(f"it names {printable(key, 80)!r} twice")
            machine.charge(_ITEM)
            target[key] = value


def _check_key(machine: _Machine, key: object) -> None:
    """Refuse keys that no program has, which would end another reader's process."""
    if machine.strict and not isinstance(key, str) and not _is_small(key):
        raise PickleError("a dictionary in it has a key that is neither text nor a number")
    if not isinstance(key, tuple):
        return
    level, seen = [key], 0
    for _ in range(_DEEPEST_KEY):
        below = [item for each in level for item in each if isinstance(item, tuple)]
        seen += sum(map(len, level))
        machine.charge(_SLOT * seen)
        if not below:
            return
        if seen > _MOST_IN_KEY:
            break
        level = below
    raise PickleError("a dictionary in it has a key of tuples in tuples")


def _is_small(key: object) -> bool:
    # Hashes of large numbers can be made to collide, and whoever reads after us may hash them.
    return type(key) is int and abs(key) < 1 << 31


def _add_to_set(machine: _Machine) -> None:
    machine.pop_mark()
    machine.top()


def _frozen_set(machine: _Machine) -> None:
    machine.pop_mark()
    machine.push(INERT, 0)


def _name(machine: _Machine, module: object, name: object) -> None:
    if not isinstance(module, str) or not isinstance(name, str):
        raise PickleError("its description is damaged")
    value = machine.known.get((module, name), INERT)
    if machine.strict and value is INERT:
        raise PickleError(f"it refers to {printable(f'{module}.{name}', 80)}")
    machine.push(value, 0)


def _global(machine: _Machine) -> None:
    module = machine.line()
    _name(machine, module, machine.line())


def _stack_global(machine: _Machine) -> None:
    name = machine.pop()
    _name(machine, machine.pop(), name)


def _make(machine: _Machine, arguments: object, *, keywords: bool = False) -> None:
    maker = machine.pop()
    if isinstance(maker, Inert):
        machine.push(INERT, 0)
    elif isinstance(maker, Maker) and isinstance(arguments, tuple) and not keywords:
        # A dictionary made of pairs is the only thing that grows with its arguments.
        pairs = (each for each in arguments if isinstance(each, list))
        machine.charge(_EMPTY + _ITEM * sum(map(len, pairs)))
        machine.push(maker.make(arguments))
    else:
        raise PickleError("its description calls what is no function")


def _make_with_keywords(machine: _Machine) -> None:
    machine.pop()
    _make(machine, machine.pop(), keywords=True)


def _build(machine: _Machine) -> None:
    state = machine.pop()
    target = machine.top()
    if isinstance(target, Settable):
        target.set_state(state)
    # Of a dictionary it is attributes, such as the versions that torch notes of its modules.
    elif not isinstance(target, (Inert, dict)):
        raise PickleError("its description changes a value after making it")


def _refer(machine: _Machine) -> None:
    pid = machine.pop()
    if machine.reference is None:
        raise PickleError("it refers to something outside itself")
    machine.push(machine.reference(pid), _EMPTY)


def _float(machine: _Machine) -> None:
    machine.push(struct.unpack(">d", machine.take(8))[0])


def _signed(machine: _Machine) -> None:
    machine.push(struct.unpack("<i", machine.take(4))[0])


_STOP = ord(".")
_Action = Callable[[_Machine], object]
# The codes of Python's protocols 2 to 5. Left out are those of 0 and 1, which read whole lines of
# text, and EXT1 to EXT4, which stand for classes out of a table of the running program.
_ACTIONS: dict[int, _Action] = {
    0x80: _protocol,
    0x95: lambda m: m.take(8),  # FRAME: how much could be read ahead
    ord("("): _mark,
    ord("0"): _pop,
    ord("1"): lambda m: m.pop_mark(),
    ord("2"): lambda m: m.push(m.top(), 0),
    ord("N"): lambda m: m.push(None, 0),
    0x88: lambda m: m.push(True, 0),
    0x89: lambda m: m.push(False, 0),
    ord("J"): _signed,
    ord("K"): lambda m: m.push(m.number("B")),
    ord("M"): lambda m: m.push(m.number("H")),
    0x8A: lambda m: _whole_number(m, m.number("B")),
    0x8B: lambda m: _whole_number(m, m.number("i")),
    ord("G"): _float,
    ord("X"): lambda m: _text(m, m.number("I")),
    0x8C: lambda m: _text(m, m.number("B")),
    0x8D: lambda m: _text(m, m.number("Q")),
    ord("T"): lambda m: _old_text(m, m.number("i")),
    ord("U"): lambda m: _old_text(m, m.number("B")),
    ord("B"): lambda m: _bytes(m, m.number("I")),
    ord("C"): lambda m: _bytes(m, m.number("B")),
    0x8E: lambda m: _bytes(m, m.number("Q")),
    0x96: lambda m: _bytes(m, m.number("Q")),  # BYTEARRAY8
    ord("]"): lambda m: m.push([]),
    ord("a"): lambda m: _append(m, [m.pop()]),
    ord("e"): lambda m: _append(m, m.pop_mark()),
    ord(")"): lambda m: m.push((), 0),
    0x85: lambda m: _tuple(m, 1),
    0x86: lambda m: _tuple(m, 2),
    0x87: lambda m: _tuple(m, 3),
    ord("t"): lambda m: m.push(tuple(m.pop_mark())),
    ord("}"): lambda m: m.push({}),
    ord("s"): lambda m: _set_items(m, [m.pop(), m.pop()][::-1]),
    ord("u"): lambda m: _set_items(m, m.pop_mark()),
    0x8F: lambda m: m.push(INERT, 0),  # a set, whose elements nobody reads
    0x90: _add_to_set,
    0x91: _frozen_set,
    ord("c"): _global,
    0x93: _stack_global,
    ord("R"): lambda m: _make(m, m.pop()),
    0x81: lambda m: _make(m, m.pop()),
    0x92: _make_with_keywords,
    ord("b"): _build,
    ord("Q"): _refer,
    ord("q"): lambda m: _put(m, m.number("B")),
    ord("r"): lambda m: _put(m, m.number("I")),
    0x94: lambda m: _put(m, len(m.memo)),
    ord("h"): lambda m: _get(m, m.number("B")),
    ord("j"): lambda m: _get(m, m.number("I")),
}
