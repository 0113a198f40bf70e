"""Where the details of errors that nobody thought of are written down, from any thread."""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import platformdirs

from safe_files import FileError, append_text

logger = logging.getLogger(__name__)

# Enough for some hundred tracebacks; an error at every frame must not fill a disk.
MAX_LOG_BYTES = 1_000_000
_writing = Lock()
"""Two workers may fail at the same moment, and the log is emptied when it is full."""


def default_log_path() -> Path:
    """Where the details of unexpected errors are written on this system."""
    # False: on Windows the path would otherwise name the program twice, once as its author.
    return platformdirs.user_log_path("ckd-studio", False) / "errors.log"


def write_details(error: BaseException, log_path: Path | None = None) -> Path | None:
    """Append the traceback to the log and return its path; None: it went to the terminal."""
    return write_line("".join(traceback.format_exception(error)), log_path)


def write_line(details: str, log_path: Path | None = None) -> Path | None:
    """Append some words to the log; the path, or None, as `write_details`."""
    path = log_path or default_log_path()
    try:
        with _writing:
            _append(path, details)
    except (OSError, FileError) as problem:
        logger.info("Details could not be written to %s: %s", path, problem)
        # A program without a terminal, as Windows starts them, has no standard error.
        if sys.stderr is not None:
            with suppress(OSError):
                sys.stderr.write(f"{details}\n")
        return None
    return path


def report_words(log_path: Path | None) -> str:
    """Say what to report, after `write_details`: "report the details in errors.log."."""
    place = "the error in the terminal" if log_path is None else f"the details in {log_path}"
    return f"report {place}."


def _append(path: Path, details: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.unlink()
    # A file name in it may be no text at all.
    text = details.encode("utf-8", "backslashreplace").decode("utf-8")
    append_text(path, f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{text}\n")
