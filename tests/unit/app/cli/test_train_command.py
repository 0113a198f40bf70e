"""`ckd-studio train` as it is typed: what it says about going on."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.train import resume_command


@pytest.mark.parametrize(
    ("sequences", "device", "threads", "options"),
    [
        (None, None, None, ""),
        ([Path("my clips"), Path("b")], None, None, "--sequences 'my clips' --sequences b "),
        (None, "cuda:1", 2, "--device cuda:1 --threads 2 "),
    ],
)
def test_what_was_typed_is_named_again(
    sequences: list[Path] | None, device: str | None, threads: int | None, options: str
) -> None:
    said = resume_command("tiny", sequences, device, threads)
    assert said == f"ckd-studio train tiny {options}--resume"
