"""Too little memory is told from other errors, and said in a sentence on the command line."""

from __future__ import annotations

import pytest
import torch
import typer

from app.cli import entry
from tracker_core import short_of_memory

OF_PROCESSOR = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 131072000 bytes. Error code 12 (Cannot allocate memory)"
)


@pytest.mark.parametrize(
    ("error", "card", "computer"),
    [
        (MemoryError(), False, True),
        (RuntimeError(OF_PROCESSOR), False, True),
        (torch.OutOfMemoryError("CUDA out of memory."), True, True),
        (RuntimeError("CUDA error: out of memory"), True, True),
        (RuntimeError("shapes do not fit"), False, False),
        (ValueError("not enough memory"), False, False),
    ],
    ids=["python", "processor", "card", "cuda", "shapes", "value"],
)
def test_errors_of_memory_are_known(error: Exception, card: bool, computer: bool) -> None:
    assert short_of_memory.on_graphics_card(error) == card
    assert short_of_memory.in_computer(error) == computer


def raising(error: Exception) -> typer.Typer:
    commands = typer.Typer()

    @commands.command()
    def only() -> None:
        raise error

    return commands


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "There is not enough memory; close other programs"),
        (RuntimeError(OF_PROCESSOR), "There is not enough memory; close other programs"),
        (torch.OutOfMemoryError("CUDA out of memory."), "The graphics card has not enough memory"),
    ],
    ids=["python", "processor", "card"],
)
def test_a_command_says_it_in_a_sentence(
    error: Exception, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.run_typer(raising(error), []) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ckd-studio: {words}")


def test_another_error_is_not_taken_for_it() -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        entry.run_typer(raising(RuntimeError("shapes do not fit")), [])
