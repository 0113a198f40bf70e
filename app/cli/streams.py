"""Standard output and error as they may be: closed, full, unread, or of a narrow encoding."""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
from contextlib import suppress
from typing import TextIO

from safe_files import reason

_FIRST_THREE = (0, 1, 2)


def prepare() -> None:
    """Make all that is said printable, whatever the terminal, and keep the streams ours."""
    _fill_closed()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by whoever started the program, or Windows without a console.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            # Names of files may hold what no encoding has, and a table what the terminal's lacks.
            stream.reconfigure(errors="backslashreplace")
    # A log line that cannot be written would otherwise become a traceback.
    logging.raiseExceptions = False


def finish(code: int) -> tuple[int, str]:
    """Write out what is left; return the exit code and what to say, or an empty text."""
    problem: OSError | None = None
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError as error:
            problem = error if stream is sys.stdout else problem
            forget(stream)
    if problem is None or problem.errno == errno.EPIPE:
        return code, ""
    return code, f"The output cannot be written: {reason(problem)}."


def forget(stream: TextIO) -> None:
    """Let what still waits to be written go nowhere: Python tries once more when it leaves."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _fill_closed() -> None:
    """Open nothing in the place of closed handles.

    The next file that is opened would get the number, and a C library that prints a warning would
    write into it.
    """
    for number in _FIRST_THREE:
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given, which is this one.
            os.open(os.devnull, os.O_RDWR)
