"""Files that were made to hurt: refused in one sentence, in memory that their size bounds.

All of them are opened in one process of its own, which may take 256 MiB more than it has when torch
is loaded: what follows a pointer or fills the memory ends that process and not the tests.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.unit.tracker_core.checkpoints.files import (
    Rebuilt,
    Storage,
    archive,
    own,
    pickled,
    released,
    safetensors,
    small_model,
    torch_bytes,
)

LEGACY = (
    torch_bytes(0, new=False)[:0] + b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
)


def net(value: object) -> dict[str, object]:
    return {"net": {"rgb_branch.norm.weight": value}}


def tensor(shape: tuple[int, ...], stride: tuple[int, ...], count: int = 4, **more: Any) -> bytes:
    offset = more.pop("offset", 0)
    return archive(pickled(net(Rebuilt(Storage(count, **more), offset, shape, stride))))


def built(data: bytes) -> bytes:
    """An archive whose pickle has `data` where the network should be."""
    return archive(b"\x80\x02}X\x03\x00\x00\x00net" + data + b"s.")


def shared_a_thousandfold() -> bytes:
    """A small storage under so many names that the network would take a thousand times the file."""
    one = Rebuilt(Storage(1 << 18), 0, (1 << 18,), (1,))
    names = {f"rgb_branch.blocks.{k}.norm1.weight": one for k in range(1000)}
    return archive(pickled({"net": names}), {"data/0": bytes(1 << 20)})


def quadratic() -> bytes:
    """Two thousand names for one dictionary of two thousand names."""
    inner = {f"i{k}": k for k in range(2000)}
    return archive(pickled({f"k{k}": inner for k in range(2000)}))


def changed(data: bytes, old: bytes, new: bytes, count: int = -1) -> bytes:
    assert old in data
    assert len(old) == len(new)
    return data.replace(old, new, count)


def deep_json(depth: int) -> str:
    return "[" * depth + "]" * depth


def with_header(header: bytes, values: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + values


def entry(name: str = "a", **more: object) -> bytes:
    described = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | more
    return json.dumps({name: described}).encode()


def long_directory() -> bytes:
    """An archive of a hundred thousand names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for index in range(60_000):
            made.writestr(zipfile.ZipInfo(f"archive/data/{index:060d}"), b"")
    return buffer.getvalue()


def doubled() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            made.writestr("archive/data.pkl", pickled(net(1)))
    return buffer.getvalue()


def overlapping() -> bytes:
    """All entries of the directory point at the first one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("archive/data.pkl", pickled(net(1)))
        for index in range(20):
            made.writestr(f"archive/data/{index}", b"\0" * 1000)
        for info in made.filelist[1:]:
            info.header_offset = made.filelist[1].header_offset
    return buffer.getvalue()


def zip_entry(**fields: int) -> bytes:
    """An archive whose directory claims something of its storage that is not so."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("archive/data.pkl", tensor_pickle(1 << 28))
        made.writestr("archive/data/0", b"\0" * 16)
        for name, value in fields.items():
            setattr(made.filelist[1], name, value)
    return buffer.getvalue()


def tensor_pickle(count: int) -> bytes:
    return pickled(net(Rebuilt(Storage(count), 0, (count,), (1,))))


def squeezed(pickle_bytes: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("archive/data.pkl", pickle_bytes)
        made.writestr("archive/data/0", bytes(64 << 20))
    return buffer.getvalue()


class SystemCall:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a pickle was executed')",)


def config(**fields: object) -> bytes:
    model = small_model()
    return own(model, config=json.dumps(json.loads(model.config.to_json()) | fields))


def legacy(storage_count: int, claimed: int) -> bytes:
    content = pickled(net(Rebuilt(Storage(storage_count), 0, (storage_count,), (1,))))
    keys = pickle.dumps(["0"], 2)
    return LEGACY + b"\x80\x02}." + content + keys + struct.pack("<q", claimed) + b"\0" * 16


FLOAT = b"ctorch\nFloatStorage\n"
HOSTILE: dict[str, Callable[[], bytes]] = {
    # pickles
    "keys of tuples": lambda: archive(b"\x80\x02})" + b"\x85" * 300_000 + b"K\x00s."),
    "quadratic dictionaries": quadratic,
    "state of a tensor": lambda: archive(
        pickled(net(Rebuilt(Storage(4), 0, (2,), (1,))))[:-3]
        + b"}X\x04\x00\x00\x00size(J\xd8Y\x00\x00J\xd8Y\x00\x00tsbss."
    ),
    "a number of 50 000 bytes": lambda: built(b"\x8b\x50\xc3\x00\x00" + b"\x07" * 50_000),
    "a text of 4 GiB": lambda: built(b"X\xff\xff\xff\xff"),
    "bytes of 2**62": lambda: built(b"\x8e" + struct.pack("<Q", 1 << 62)),
    "a memo of 4 GiB": lambda: built(b"r\xf0\xff\xff\xff"),
    "a million lists": lambda: built(b"]" * 1_000_000),
    "a million sets": lambda: built(b"(" + b"\x8f" * 1_000_000 + b"t"),
    "a million memos": lambda: archive(b"\x80\x04N" + b"\x94" * 1_000_000 + b"."),
    "9 MiB of pickle": lambda: built(b"C\x01a0" * (9 << 18)),
    "sets of sets": lambda: built(b"(" + b"(\x91" * 100_000 + b"t"),
    "numpy's scalar": lambda: built(b"cnumpy\ndtype\n(X\x01\x00\x00\x00OtRC\x08AAAAAAAAtR"),
    "a call": lambda: archive(pickle.dumps({"net": SystemCall()}, 2)),
    "a call for a state": lambda: archive(pickle.dumps({"net": [SystemCall()]}, 4)),
    # tensors
    "stride 0": lambda: tensor((1 << 40,), (0,)),
    "more values than there are": lambda: tensor((8,), (1,)),
    "offset beyond": lambda: tensor((2,), (1,), offset=3),
    "offset below": lambda: tensor((2,), (1,), offset=-1),
    "negative side": lambda: tensor((-1,), (1,)),
    "negative stride": lambda: tensor((2,), (-1,), offset=3),
    "side of 2**70": lambda: tensor((1 << 70,), (1,)),
    "sides that overflow": lambda: tensor((1 << 33, 1 << 33), (0, 0)),
    "no values of 2**62": lambda: tensor((0, 1 << 62, 1 << 62), (0, 0, 0)),
    "forty sides": lambda: tensor((1,) * 40, (1,) * 40),
    "a side that is true": lambda: tensor((True,), (1,)),
    "storage of 2**60": lambda: tensor((2,), (1,), 1 << 60),
    "storage below 0": lambda: tensor((2,), (1,), -4),
    "storage that is not there": lambda: tensor((2,), (1,), key="../../etc/passwd"),
    "storage in two kinds": lambda: archive(
        pickled(
            {
                "net": {
                    "rgb_branch.a": Rebuilt(Storage(4), 0, (2,), (1,)),
                    "rgb_branch.b": Rebuilt(Storage(1, kind=torch.DoubleStorage), 0, (1,), (1,)),
                }
            }
        )
    ),
    "a thousand names for one storage": shared_a_thousandfold,
    "a storage that is text": lambda: archive(pickled(net(Rebuilt("0", 0, (2,), (1,))))),
    # archives
    "a million entries": long_directory,
    "two entries of a name": doubled,
    "entries that overlap": overlapping,
    "an entry of 1 GiB": lambda: zip_entry(file_size=1 << 30, compress_size=1 << 30),
    "an entry whose sizes differ": lambda: zip_entry(file_size=1 << 30),
    "an encrypted entry": lambda: zip_entry(flag_bits=1),
    "an entry far behind": lambda: zip_entry(header_offset=1 << 40),
    "a checksum that is wrong": lambda: zip_entry(CRC=1),
    "a bomb": lambda: squeezed(pickled(net(1))),
    "a bomb in the pickle": lambda: squeezed(bytes(200 << 20)),
    # the older form
    "a text of 1 GiB in 379 bytes": lambda: LEGACY + b"\x80\x02X\x00\x00\x00\x40" + b"a" * 340,
    "values of 8 GiB": lambda: legacy(1 << 31, 1 << 31),
    "fewer values than described": lambda: legacy(4, 1 << 40),
    "values below 0": lambda: legacy(4, -(1 << 62)),
    # safetensors
    "header of 2**63": lambda: struct.pack("<Q", 1 << 63) + b"{}",
    "header of 5 MiB": lambda: with_header(b"{" + b" " * (5 << 20) + b"}"),
    "header without end": lambda: with_header(b"{" + b" " * 50)[:-3],
    "header that is a list": lambda: with_header(b"{", b"}"),
    "deep header": lambda: with_header(b'{"a":' + deep_json(100_000).encode() + b"}"),
    "deep metadata": lambda: with_header(
        b'{"__metadata__":{"a":' + deep_json(50_000).encode() + b"}}"
    ),
    "name twice": lambda: with_header(entry()[:-1] + b"," + entry()[1:], b"\0" * 4),
    "offsets beyond": lambda: with_header(entry(data_offsets=[0, 1 << 40]), b"\0" * 4),
    "offsets turned": lambda: with_header(entry(data_offsets=[4, 0]), b"\0" * 4),
    "offsets that overlap": lambda: with_header(entry()[:-1] + b"," + entry("b")[1:], b"\0" * 4),
    "shape of 2**70": lambda: with_header(entry(shape=[1 << 70]), b"\0" * 4),
    "shape with 5 000 digits": lambda: with_header(
        entry(shape=[12345]).replace(b"12345", b"9" * 5000), b"\0" * 4
    ),
    "shape below 0": lambda: with_header(entry(shape=[-1]), b"\0" * 4),
    "shape that is text": lambda: with_header(entry(shape="1"), b"\0" * 4),
    "unknown type": lambda: with_header(entry(dtype="F" + "3" * 5000), b"\0" * 4),
    "metadata of numbers": lambda: safetensors({"a": torch.ones(1)}, __metadata__={"format": 1}),
    "20 000 blocks": lambda: config(depth=20_000),
    "a network of 100 GB": lambda: config(depth=128, embed_dim=4096, num_heads=64),
    "a network of 13 GB": lambda: config(depth=8, embed_dim=4096, num_heads=64),
    "blocks without end": lambda: config(depth=10**30),
    "a stem without end": lambda: config(stem="conv", stem_channels=[10**30, 4]),
    "a ratio of nan": lambda: own(
        small_model(), config=small_model().config.to_json().replace("4.0", "NaN")
    ),
    "a number of 5 000 digits": lambda: own(small_model(), provenance=f'{{"a": {"9" * 5000}}}'),
    "a number of 400 000 digits": lambda: own(
        small_model(), provenance=f'{{"a": {"9" * 400_000}}}'
    ),
    "deep provenance": lambda: own(small_model(), provenance='{"a":' + deep_json(5000) + "}"),
    "deep configuration": lambda: own(small_model(), config='{"a":' + deep_json(5000) + "}"),
    "version of 5 000 digits": lambda: own(small_model(), format_version="9" * 5000),
    "a long unknown field": lambda: config(**{"x" * 100_000: 1}),
    "a long value": lambda: config(stem="x" * 100_000),
    # names
    "block number of 5 000 digits": lambda: torch_bytes(
        {f"rgb_branch.blocks.{'9' * 5000}.norm1.weight": torch.ones(2)}
        | released(small_model().state_dict())
    ),
    "block 999": lambda: torch_bytes(
        {"rgb_branch.blocks.999.norm1.weight": torch.ones(2)} | released(small_model().state_dict())
    ),
    "a name of a megabyte": lambda: torch_bytes(
        {"x\x1b[31m" * 200_000: torch.ones(2)} | released(small_model().state_dict())
    ),
}

CHILD = """
import json, resource, sys
from pathlib import Path
from tracker_core.checkpoints.opening import open_checkpoint
from tracker_core.ckd.model import CKD
from tracker_core.ckd.config import preset
from tracker_core.training.run_files import read_state
CKD(preset("tiny"))
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + (256 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
reader = {"open": open_checkpoint, "state": read_state}[sys.argv[1]]
for line in sys.stdin:
    path = Path(line.rstrip("\\n"))
    try:
        reader(path)
        said = "opened"
    except ValueError as error:
        said = f"{type(error).__name__} {error!s}"
    print(json.dumps([path.name, said]), flush=True)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    paths = {}
    for index, (name, make) in enumerate(HOSTILE.items()):
        paths[name] = folder / f"{index}.bin"
        paths[name].write_bytes(make())
    return paths


def child(what: str, files: dict[str, Path]) -> dict[str, str]:
    """What a process of bounded memory says of each file; fails where it ends before the last."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, what],
        input="".join(f"{path}\n" for path in files.values()),
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    said = dict(json.loads(line) for line in done.stdout.splitlines())
    names = {path.name: name for name, path in files.items()}
    missing = [name for file, name in names.items() if file not in said]
    assert not missing, (missing[0], done.returncode, done.stderr[-2000:])
    return {names[file]: words for file, words in said.items()}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux only")
@pytest.mark.parametrize("what", ["open", "state"])
def test_hostile_files_are_refused_in_bounded_memory(files: dict[str, Path], what: str) -> None:
    for name, said in child(what, files).items():
        assert said.startswith("CKDError "), (name, said)
        assert files[name].name in said, name
        assert said.isprintable(), name
        assert len(said) < 1000, name


def test_every_hostile_file_is_named_with_its_reason(files: dict[str, Path]) -> None:
    """A sample of the words, so that no file is refused for another reason than it should be."""
    from tracker_core.checkpoints.opening import open_checkpoint
    from tracker_core.errors import CKDError

    words = {
        "keys of tuples": "tuples in tuples",
        "quadratic dictionaries": "no state dict",
        "state of a tensor": "changes a value after making it",
        "a number of 50 000 bytes": "a whole number of 50000 bytes",
        "a text of 4 GiB": "cut short",
        "a million lists": "more memory than it is long",
        "stride 0": "reaches beyond its values",
        "offset below": "impossible shape",
        "storage of 2**60": "cannot be",
        "storage that is not there": "are missing",
        "storage in two kinds": "in two ways",
        "a thousand names for one storage": "far more than",
        "a million entries": "MiB of names",
        "two entries of a name": "two entries of one name",
        "entries that overlap": "overlap",
        "an entry of 1 GiB": "beyond its end",
        "an encrypted entry": "encrypted",
        "a bomb": "compressed",
        "a text of 1 GiB in 379 bytes": "cut short",
        "header of 5 MiB": "more than 4 MiB",
        "deep header": "nested too deep",
        "name twice": "names 'a' twice",
        "20 000 blocks": "from 1 to 128",
        "a network of 100 GB": "million parameters",
        "a network of 13 GB": "has shape",
        "a number of 5 000 digits": "more than 40 digits",
        "block 999": "from 1 to 128",
    }
    for name, wanted in words.items():
        with pytest.raises(CKDError) as error:
            open_checkpoint(files[name])
        assert wanted in str(error.value), (name, str(error.value))
