"""A result file that grows row by row and takes its name only when it is done."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from app.export.part_file import not_written, part_file, put_in_place
from safe_files import FileError
from tracker_core.errors import CKDError
from tracker_core.frames import Box


class ResultFile:
    """One row x, y, w, h for each frame, floats in full, separated by commas.

    Rows go to a hidden file beside `path`, each one at once, so that a crash leaves them readable;
    leaving the `with` block renames it. An older result survives until then.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise CKDError(f"{path} is a folder; name the result file to write.")
        self.path = path
        self._part = part_file(path)
        self.rows = 0

    def append(self, box_xywh: Box) -> None:
        """Write the row of the next frame; after a CKDError nothing is left of any."""
        # repr gives the shortest text that reads back exactly; float, because numpy's repr has its
        # type. The same bytes on every system: results are compared and hashed.
        row = ",".join(repr(float(value)) for value in box_xywh) + "\n"
        try:
            self._part.append(row.encode("ascii"))
        except FileError as error:
            self.rows = 0
            raise not_written(error) from error
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the file its name, unless no row was written."""
        # After an error too: what was tracked until then is a result. An empty file is none.
        if self.rows:
            put_in_place(self._part)
        else:
            self._part.discard()
