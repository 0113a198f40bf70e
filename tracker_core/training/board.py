"""The curves of a run for TensorBoard, beside `curves.csv`."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from safe_files import reason
from tracker_core.errors import CKDError
from tracker_core.training.gradients import PREFIX
from tracker_core.training.progress import Progress

FOLDER = "tensorboard"
"""In the folder of a run."""


def check_board() -> None:
    """Raise a CKDError where the package that writes for TensorBoard is missing."""
    _package()


def _package() -> tuple[Any, Any, Any]:
    """Its kind of file, and two of its messages."""
    try:
        # Not torch.utils.tensorboard: its thread writes later, and prints a traceback where it
        # cannot.
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError as error:
        raise CKDError(
            "--tensorboard needs TensorBoard: install it with "
            "`pip install 'ckd-studio[tensorboard]'`."
        ) from error
    return RecordWriter, Event, SessionLog


class Board:
    """One file of events in a run's folder, to which each report adds its values."""

    def __init__(self, run: Path, step: int) -> None:
        """Begin after the report of a step; what an earlier leg noted after it is not shown."""
        self.folder = run / FOLDER
        writer, self._event, log = _package()
        # TensorBoard knows its files by how their names begin, and reads them by name.
        name = f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = (self.folder / name).open("xb")
        except OSError as error:
            raise self._unwritten(error) from error
        self._records = writer(self._file)
        self._write(file_version="brain.Event:2")
        # Steps from here on are forgotten where an earlier file has them.
        self._write(step=step + 1, session_log=log(status=log.START))

    def add(self, seen: Progress) -> None:
        """Note what was reported of a step."""
        given = {name: value for name, value in seen.as_row().items() if value is not None}
        step = int(given.pop("step"))
        values = [{"tag": tag(name, seen), "simple_value": value} for name, value in given.items()]
        self._write(step=step, summary={"value": values})

    def close(self) -> None:
        """Let go of the file."""
        # Of a disk that was full it would say so once more.
        with contextlib.suppress(OSError):
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, **fields: Any) -> None:  # noqa: ANN401 - of a message
        event = self._event(wall_time=time.time(), **fields)
        try:
            self._records.write(event.SerializeToString())
            self._file.flush()  # a kill leaves all that was reported
        except OSError as error:
            raise self._unwritten(error) from error

    def _unwritten(self, error: OSError) -> CKDError:
        return CKDError(
            f"{self.folder} cannot be written ({reason(error)}); check the folder and free space, "
            "then resume."
        )


def tag(name: str, seen: Progress) -> str:
    """What TensorBoard shows a column of the curves under; what goes together has one heading."""
    if name in seen.gradients:
        return f"gradients/{name.removeprefix(PREFIX)}"
    if name == "iou" or name.startswith(("validation_", "test_")):
        return f"quality/{name}"
    return f"losses/{name}" if name in seen.losses else f"training/{name}"
