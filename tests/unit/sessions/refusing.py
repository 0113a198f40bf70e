"""Files that must be refused in one sentence, and ways to damage them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from sessions import SessionError, load


def refused(path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        load(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert path.name in sentence
    assert sentence.endswith(".")
    return sentence


def replace_by(path: Path, part: str, make: Callable[[h5py.File], object]) -> str:
    with h5py.File(path, "r+") as file:
        if part in file:
            del file[part]
        made = make(file)
        if made is not None:
            file[part] = made
    return refused(path)


def huge(path: Path, part: str, shape: tuple[int, ...], dtype: str, **options: object) -> str:
    def make(file: h5py.File) -> None:
        file.create_dataset(part, shape, dtype, **options)

    return replace_by(path, part, make)
