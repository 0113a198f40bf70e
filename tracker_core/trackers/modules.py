"""Trackers that somebody else wrote: any importable class, named as module:Class."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker_core.errors import CKDError
from tracker_core.trackers.guard import GuardedTracker, reason
from tracker_core.trackers.protocol import TrackerInfo

_NEEDED = ("start", "step")


class NoModuleError(CKDError):
    """Nothing of that name can be imported."""


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """How a process gets a tracker that is a class in a module."""

    target: str
    """module:Class."""
    info: TrackerInfo
    settings_items: tuple[tuple[str, str], ...]
    folder: Path
    """Searched for the module after all other places: where the command was given."""
    argument: str | None = None
    """What the class is called with; None calls it without anything."""

    @classmethod
    def of(
        cls, target: str, *, name: str = "", argument: str | None = None, version: str = ""
    ) -> ModuleSource:
        """Return the source of `module:Class`; raises CKDError that says what it lacks.

        `name` is what a person typed for it where that is not the target itself, and `version`
        that of the package which registers it.
        """
        # Kept, because a worker process imports it from wherever it stands.
        folder = Path.cwd()
        found = load_class(target, folder)
        # Now and not on the first frame, which may be hours into a run over a dataset.
        _check_calls(target, found, argument)
        tracker = name or target
        settings = {
            "tracker": tracker if argument is None else f"{tracker}:{argument}",
            # Results of two versions of one file must not end up in one folder.
            "source_sha256": _source_digest(found),
            **({"version": version} if version else {}),
            **_own_settings(target, found),
        }
        info = TrackerInfo(
            str(getattr(found, "title", "") or found.__name__),
            tracker,
            config=_as_json(settings),
            map_size=_map_size(target, found),
        )
        return cls(target, info, tuple(settings.items()), folder, argument)

    @property
    def settings(self) -> dict[str, str]:
        """Its name, the hash of its source file, and what it says itself."""
        return dict(self.settings_items)

    def make(self) -> GuardedTracker:
        """Call the class, and watch what comes of it; raises CKDError."""
        found = load_class(self.target, self.folder)
        if _source_digest(found) != self.settings["source_sha256"]:
            raise CKDError(
                f"The file of {self.target} is another one by now; copy the same one to each "
                "machine."
            )
        try:
            tracker = found() if self.argument is None else found(self.argument)
        except CKDError:
            raise
        except Exception as error:
            raise CKDError(f"{self.target} cannot be started: {reason(error)}") from error
        return GuardedTracker(tracker, self.info.name, self.info.map_size)


def load_class(target: str, folder: Path) -> type[Any]:
    """Import `module:Class`; raises CKDError in one sentence for whatever is wrong with it."""
    module_name, _, class_name = target.partition(":")
    if not module_name or not class_name:
        raise CKDError(f"{target!r} is no tracker; write module:Class, such as my_tracker:Mine.")
    # Programs that pip installs do not look for modules in the folder where they are called. It
    # comes last, so that a file there cannot take the place of a library.
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    # The file may be younger than the last look into its folder.
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        # Any other name is missing inside the module, which itself is there.
        if isinstance(error, ModuleNotFoundError) and error.name == module_name.partition(".")[0]:
            raise NoModuleError(
                f"There is no module {module_name!r} for the tracker {target}; install it, or go "
                "to the folder of its file."
            ) from error
        raise CKDError(
            f"The module of the tracker {target} cannot be imported: {reason(error)}"
        ) from error
    found = getattr(module, class_name, None)
    if not inspect.isclass(found):
        what = "no" if found is None else "something, but not a class, called"
        raise CKDError(f"{module_name} has {what} {class_name}; name a class as module:Class.")
    missing_methods = [name for name in _NEEDED if not callable(getattr(found, name, None))]
    if missing_methods:
        raise CKDError(
            f"The tracker {target} has no {' and no '.join(missing_methods)}; a tracker needs "
            "start(frames, box_xywh) and step(state, frames)."
        )
    return found


def _check_calls(target: str, found: type[Any], argument: str | None) -> None:
    given = () if argument is None else (argument,)
    methods: tuple[tuple[str, tuple[Any, ...]], ...] = tuple(
        # A plain method is looked up on the class here, so that `self` is one of the values.
        (name, (0, 0, 0) if inspect.isfunction(inspect.getattr_static(found, name)) else (0, 0))
        for name in _NEEDED
    )
    for name, values in (("", given), *methods):
        called = getattr(found, name) if name else found
        try:
            # Only whether the values fit: nothing is called.
            inspect.signature(called).bind(*values)
        except ValueError:  # no signature is known: classes in C
            continue
        except TypeError as error:
            if name:
                raise CKDError(
                    f"The {name} of the tracker {target} cannot be called as start(frames, "
                    f"box_xywh) and step(state, frames) are: {error}."
                ) from error
            how = "without arguments" if argument is None else "with one text"
            raise CKDError(
                f"The tracker {target} must be made {how}, and its class cannot: {error}."
            ) from error


def _source_digest(found: type[Any]) -> str:
    """SHA-256 of the file that the class is in; empty where it is in none."""
    path = getattr(sys.modules.get(found.__module__), "__file__", None)
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    except OSError:
        return ""


def _own_settings(target: str, found: type[Any]) -> dict[str, str]:
    given = getattr(found, "settings", {})
    if not isinstance(given, Mapping):
        raise CKDError(f"The settings of the tracker {target} must be a mapping of names to texts.")
    return {str(key): str(value) for key, value in given.items()}


def _map_size(target: str, found: type[Any]) -> int:
    size = getattr(found, "map_size", 0)
    if not isinstance(size, int) or size < 0:
        raise CKDError(f"The map_size of the tracker {target} must be a whole number, 0 or more.")
    return size


def _as_json(settings: Mapping[str, str]) -> str:
    return json.dumps(dict(settings), sort_keys=True)
