"""OpenCV, imported politely.

Every import of OpenCV in this project goes through `from tracker_core.imaging import cv2`. The
OpenCV wheels for Linux bring Qt 5 plugins of their own and point the process environment at them,
where the window's Qt 6 would find and choke on them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHANGED_BY_CV2 = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")


@contextmanager
def _environment_kept(names: tuple[str, ...]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


with _environment_kept(_CHANGED_BY_CV2):
    import cv2

for _name in _CHANGED_BY_CV2:
    # Somebody else may have imported OpenCV before us: then "before" was already its own value.
    if str(Path(cv2.__file__).parent) in os.environ.get(_name, ""):
        del os.environ[_name]

# Broken files are reported as sentences, not as lines on standard error.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

__all__ = ["cv2"]
