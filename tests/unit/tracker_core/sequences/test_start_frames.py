"""VTUAV's list of first frames: text keys and whole numbers, whatever else the pickle says."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.sequences.start_frames import LARGEST, read_start_frames

KNOWN = {"bus_001": 7, "car": 0, "Straße 2": 123456}


def array_of(content: object, shape: tuple[int, ...] = ()) -> Any:
    array = np.empty(shape, object)
    array[(0,) * len(shape)] = content
    return array


def header(shape: str = "()", version: bytes = b"\x01\x00") -> bytes:
    text = f"{{'descr': '|O', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    length = len(text).to_bytes(2 if version[:1] == b"\x01" else 4, "little")
    return b"\x93NUMPY" + version + length + text.encode()


def listed(path: Path, data: bytes) -> dict[str, int]:
    path.write_bytes(data)
    return read_start_frames(path)


@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize(
    "kind", [int, np.int64, np.int32, np.uint8, np.uint16, np.dtype(">i4").type]
)
def test_numbers_of_any_kind(tmp_path: Path, shape: tuple[int, ...], kind: Any) -> None:
    path = tmp_path / "init_frame.npy"
    np.save(path, array_of({name: kind(frame % 200) for name, frame in KNOWN.items()}, shape))
    assert read_start_frames(path) == {name: frame % 200 for name, frame in KNOWN.items()}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("version", [b"\x01\x00", b"\x02\x00", b"\x03\x00"])
def test_pickles_of_any_time(tmp_path: Path, protocol: int, version: bytes) -> None:
    values = {name: np.int64(frame) for name, frame in KNOWN.items()}
    data = pickle.dumps(array_of(values), protocol)
    assert listed(tmp_path / "a.npy", header(version=version) + data) == KNOWN


def test_numbers_of_the_other_byte_order(tmp_path: Path) -> None:
    # numpy never makes such a scalar by itself; its pickle of one looks like this.
    other = (
        b"\x80\x02}U\x03carcnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\nU\x02i4K\x00K\x01\x87R"
        b"(K\x03U\x01>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbU\x04\x00\x00\x01\x02tRs."
    )
    assert listed(tmp_path / "a.npy", header() + other) == {"car": 258}


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a pickle was executed')",)


START = b"\x80\x03"
TYPE = b"cnumpy\ndtype\n(X\x02\x00\x00\x00i8K\x00K\x01tR"
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no file of numpy"),
    "magic alone": (b"\x93NUMPY", "no file of numpy"),
    "a pickle alone": (pickle.dumps({"car": 3}), "no file of numpy"),
    "an unknown version": (header(version=b"\x09\x00") + b"N.", "no file of numpy"),
    "numbers": (b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<i8', 'fortran_order': False, "
                b"'shape': (3,), }".ljust(117) + b"\n" + bytes(24), "numbers without names"),
    "a header of 4 GiB": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", "numbers without names"),
    "a deep header": (b"\x93NUMPY\x02\x00" + (900).to_bytes(4, "little") + b"(" * 899 + b"\n",
                      "numbers without names"),
    "a header that adds up": (header("(1+1,)") + START + b"}.", "numbers without names"),
    "a pointer": (header() + START + b"cnumpy\nndarray\n(K\x01\x85cnumpy\ndtype\n"
                  b"(X\x01\x00\x00\x00OtRC\x08AAAAAAAAtR.", "calls what is no function"),
    "a pointer as a scalar": (header() + START + b"cnumpy.core.multiarray\nscalar\n"
                              b"cnumpy\ndtype\nX\x01\x00\x00\x00O\x85RC\x08AAAAAAAA\x86R.",
                              "something else than whole numbers"),
    "a record": (header() + START + b"cnumpy\ndtype\nX\x05\x00\x00\x00i4,f4\x85R.",
                 "something else than whole numbers"),
    "an array within": (header() + pickle.dumps({"car": np.arange(3)}, 4), "numbers without names"),
    "a number cut short": (header() + START + b"cnumpy.core.multiarray\nscalar\n" + TYPE
                           + b"C\x02ab\x86R.", "cut short"),
    "keys of tuples": (header() + b"\x80\x02})" + b"\x85" * 300_000 + b"K\x00s.", "neither text"),
    "a call": (header() + pickle.dumps(Trap(), 4), "refers to builtins.exec"),
    "a call within": (header() + pickle.dumps({"car": Trap()}, 4), "refers to builtins.exec"),
    "a float": (header() + pickle.dumps({"car": 3.0}, 4), "first frame of 'car'"),
    "true": (header() + pickle.dumps({"car": True}, 4), "first frame of 'car'"),
    "below 0": (header() + pickle.dumps({"car": -1}, 4), "first frame of 'car'"),
    "beyond all frames": (header() + pickle.dumps({"car": 10**12}, 4), "first frame of 'car'"),
    "a huge number": (header() + b"\x80\x02}X\x01\0\0\0a\x8b\x50\xc3\0\0" + b"\7" * 50000 + b"s.",
                      "whole number of 50000 bytes"),
    "a name twice": (header() + b"\x80\x02}(X\x01\0\0\0aK\1X\x01\0\0\0aK\2u.", "'a' twice"),
    "number keys": (header() + pickle.dumps({3: 3, "a": 1, None: 2}, 4), "neither text"),
    "nothing": (header() + b"\x80\x02N.", "no names"),
    "a list": (header() + pickle.dumps([("car", 3)], 4), "no names"),
    "a long name": (header() + pickle.dumps({"\x1b[2J" * 9999: None}, 4), "no whole number"),
    "too large": (bytes(LARGEST + 1), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_everything_else_is_refused(tmp_path: Path, name: str) -> None:
    data, words = HOSTILE[name]
    with pytest.raises(CKDError) as error:
        listed(tmp_path / "init_frame.npy", data)
    said = str(error.value)
    assert words in said
    assert "init_frame.npy" in said
    assert said.isprintable()
    assert len(said) < 500


CHILD = """
import resource, sys
from pathlib import Path
from tracker_core.errors import CKDError
from tracker_core.sequences.start_frames import read_start_frames
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + (64 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        read_start_frames(path)
    except CKDError:
        print("refused")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux only")
def test_all_of_them_in_bounded_memory(tmp_path: Path) -> None:
    for index, (data, _) in enumerate(HOSTILE.values()):
        (tmp_path / f"{index:02d}.npy").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["refused"] * len(HOSTILE)


def test_numpy_itself_reads_what_we_take_for_sound(tmp_path: Path) -> None:
    """The reader is ours, the format is not."""
    path = tmp_path / "init_frame.npy"
    np.save(path, array_of(KNOWN))
    assert np.load(io.BytesIO(path.read_bytes()), allow_pickle=True).item() == KNOWN
    assert read_start_frames(path) == KNOWN
