"""The table of trackers: what a person types, and what comes of it.

Nothing heavy is imported here; each tracker brings in what it needs when it is asked for.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from tracker_core.engines.table import AUTO, engine_named
from tracker_core.engines.table import DEFAULT as ENGINE
from tracker_core.errors import CKDError
from tracker_core.trackers.protocol import Result, Tracker, TrackerSource

GROUP = "ckd_studio.trackers"
"""The entry points by which packages register trackers."""
DEFAULT = "ckd"
FOLDER = "DIR"
"""How an argument that is a folder is written."""

_TARGET = re.compile(r"([\w.]+)\s*:\s*(\w+)\s*(\[.*\])?")
"""module:Class, perhaps with the extras that it needs."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """What a person asked for beside the name."""

    argument: str = ""
    """What stands after the colon."""
    model: str | None = None
    device: str | None = None
    elimination: bool = True
    engine: str = ENGINE
    untrained: bool = False


@dataclass(frozen=True, slots=True)
class TrackerEntry:
    """One row of the table."""

    name: str
    """What is typed."""
    title: str
    """For people."""
    summary: str
    """One sentence."""
    source: Callable[[TrackerOptions], TrackerSource]
    argument: str = ""
    """What must follow after a colon, such as "DIR"; empty when nothing does."""
    origin: str = ""
    """The package that registers it; empty for ours."""
    optional: bool = False
    """Whether the argument may be left out."""

    @property
    def wants_folder(self) -> bool:
        """Whether its argument is a folder: a window asks for it as such."""
        return self.argument == FOLDER

    @property
    def must_ask(self) -> bool:
        """Whether it is nothing without its argument."""
        return bool(self.argument) and not self.optional

    @property
    def form(self) -> str:
        """How it is typed, such as `nanotrack:DIR`."""
        if not self.argument:
            return self.name
        return f"{self.name}[:{self.argument}]" if self.optional else f"{self.name}:{self.argument}"


def _ckd(options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.ckd import BUNDLED_MODEL, CKDSource

    model = options.model or BUNDLED_MODEL
    return CKDSource.of(
        model,
        options.device,
        elimination=options.elimination,
        engine=options.engine,
        untrained=options.untrained,
    )


def _folder(options: TrackerOptions) -> Path:
    # A shell leaves `~` alone after a colon.
    return Path(options.argument).expanduser()


def _nanotrack(options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.nanotrack import NanoTrackSource

    return NanoTrackSource.of(_folder(options))


def _nanotrack_tir(options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.nanotrack import NanoTrackSource

    return NanoTrackSource.of(_folder(options), "tir")


def _mil(_options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.mil import MILSource

    return MILSource()


def _correlation(_options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.correlation import CorrelationSource

    return CorrelationSource()


def _still(_options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.still import StillSource

    return StillSource()


def _trax(options: TrackerOptions) -> TrackerSource:
    from tracker_core.trackers.trax.client import TraxSource

    return TraxSource.of(options.argument)


ENTRIES = (
    TrackerEntry("ckd", "CKD", "Both cameras; the model is --model.", _ckd),
    TrackerEntry(
        "nanotrack",
        "NanoTrack RGB",
        "OpenCV's NanoTrack on RGB, from a folder with backbone.onnx and head.onnx.",
        _nanotrack,
        FOLDER,
    ),
    TrackerEntry(
        "nanotrack-tir",
        "NanoTrack thermal",
        "OpenCV's NanoTrack on thermal, from a folder with backbone.onnx and head.onnx.",
        _nanotrack_tir,
        FOLDER,
    ),
    TrackerEntry("mil", "MIL", "OpenCV's multiple instance learning on RGB.", _mil),
    TrackerEntry("correlation", "Correlation", "Normalised correlation on RGB.", _correlation),
    TrackerEntry("still", "Still box", "A box that never moves.", _still),
    TrackerEntry(
        "trax",
        "TraX program",
        "Another program that speaks TraX, the protocol of the VOT toolkit.",
        _trax,
        "COMMAND",
    ),
)
"""Ours, the default first."""


def trackers() -> dict[str, TrackerEntry]:
    """Every tracker that can be named, by name: ours, then what other packages register."""
    found = {entry.name: entry for entry in ENTRIES}
    for entry in _registered():
        # No package takes a name away from another one.
        found.setdefault(entry.name, entry)
    return found


def tracker_entry(spec: str) -> TrackerEntry:
    """Return the row that is meant; `module:Class` gets a row of its own, unseen.

    Raises CKDError in one sentence for what no tracker can be called.
    """
    return _read(spec, None, None)[0]


def tracker_source(
    spec: str = DEFAULT,
    *,
    model: str | None = None,
    device: str | None = None,
    elimination: bool = True,
    engine: str = ENGINE,
    untrained: bool = False,
) -> TrackerSource:
    """Return the tracker that was typed: a name, `name:ARGUMENT` or `module:Class`.

    `model` is CKD's, a bundled name or a file; `device`, `elimination` and `engine` are CKD's, too.
    Weights whose head was not trained are refused unless `untrained` allows them.
    Raises CKDError in one sentence for what is no tracker or cannot be loaded.
    """
    entry, options = _read(
        spec, model, device, elimination=elimination, engine=engine, untrained=untrained
    )
    return entry.source(options)


def open_tracker(
    spec: str = DEFAULT,
    *,
    model: str | None = None,
    device: str | None = None,
    engine: str = ENGINE,
    untrained: bool = False,
) -> tuple[TrackerSource, Tracker[Result]]:
    """Return a tracker with its source, for a program that tracks by itself; raises CKDError.

    `untrained` is as for `tracker_source`. The weights of CKD are read once only.
    """
    entry, options = _read(spec, model, device, engine=engine, untrained=untrained)
    if entry.name != DEFAULT:
        source = entry.source(options)
        return source, source.make()
    from tracker_core.trackers.ckd import BUNDLED_MODEL, CKDSource

    # `make` would read the weights a second time, to be sure that they are the same.
    return CKDSource.opened(
        options.model or BUNDLED_MODEL,
        options.device,
        engine=options.engine,
        untrained=options.untrained,
    )


def _read(
    spec: str,
    model: str | None,
    device: str | None,
    *,
    elimination: bool = True,
    engine: str = ENGINE,
    untrained: bool = False,
) -> tuple[TrackerEntry, TrackerOptions]:
    """Return the row that is meant and what it is asked for; `module:Class` gets a row of its own.

    Raises CKDError for what is neither.
    """
    spec = spec.strip()
    name, colon, argument = spec.partition(":")
    known = trackers()
    entry = known.get(name)
    if entry is None and not (colon and name and argument):
        raise CKDError(_unknown(spec, name, known))
    if entry is not None:
        _check_argument(entry, argument)
    if engine != AUTO:
        engine_named(engine)
    if engine not in (AUTO, ENGINE) and name != DEFAULT:
        raise CKDError(f"An engine is for the tracker ckd, and {spec} has none; leave one out.")
    if model is not None and name != DEFAULT:
        raise CKDError(f"A model is for the tracker ckd, and {spec} takes none; leave one out.")
    if untrained and name != DEFAULT:
        raise CKDError(f"Only the tracker ckd has untrained weights to allow, and not {spec}.")
    options = TrackerOptions(argument, model, device, elimination, engine, untrained)
    return entry or _unlisted(spec, name, known), options


def _unlisted(spec: str, name: str, known: dict[str, TrackerEntry]) -> TrackerEntry:
    def source(_options: TrackerOptions) -> TrackerSource:
        from tracker_core.trackers.modules import ModuleSource, NoModuleError

        try:
            return ModuleSource.of(spec)
        except NoModuleError as error:
            # `nanotarck:DIR` has the form of module:Class, and a missing module would be no help.
            if difflib.get_close_matches(name.lower(), known, n=1):
                raise CKDError(_unknown(spec, name, known)) from error
            raise

    return TrackerEntry(spec, spec, "", source)


def _check_argument(entry: TrackerEntry, argument: str) -> None:
    if entry.argument and not argument and not entry.optional:
        raise CKDError(f"The tracker {entry.name} is typed {entry.form}. {entry.summary}")
    if argument and not entry.argument:
        raise CKDError(f"The tracker {entry.name} takes nothing after a colon, not {argument!r}.")


def _unknown(spec: str, name: str, known: dict[str, TrackerEntry]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1)
    meant = f"; did you mean {known[close[0]].form}?" if close else "."
    forms = ", ".join(entry.form for entry in known.values())
    return f"There is no tracker {spec!r}{meant} Trackers are {forms} and module:Class."


@cache
def _registered() -> tuple[TrackerEntry, ...]:
    """Read what packages register; one that is broken costs a warning, once, and no more."""
    found: list[TrackerEntry] = []
    try:
        points = tuple(metadata.entry_points(group=GROUP))
    except Exception as error:  # noqa: BLE001 - whatever a damaged installation raises
        _log.warning("The trackers of other packages cannot be listed: %s.", error)
        return ()
    for point in points:
        try:
            found.append(_entry_of(point))
        except Exception as error:  # noqa: BLE001 - whatever its metadata hold
            _log.warning("The tracker %s of another package is left out: %s.", point.name, error)
    return tuple(found)


def _entry_of(point: metadata.EntryPoint) -> TrackerEntry:
    if point.name in {entry.name for entry in ENTRIES}:
        raise CKDError("that name is taken by one of ours")
    read = _TARGET.fullmatch(point.value)
    if read is None or ":" in point.name:
        raise CKDError(f"{point.value!r} must be module:Class, and its name hold no colon")
    package, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
    target = f"{read[1]}:{read[2]}"

    def source(options: TrackerOptions) -> TrackerSource:
        from tracker_core.trackers.modules import ModuleSource

        given = options.argument or None
        return ModuleSource.of(target, name=point.name, argument=given, version=version)

    summary = f"Registered by {package}." if package else "Registered by another package."
    # Only the class knows whether it takes an argument, and it is not imported to list it.
    return TrackerEntry(
        point.name, point.name, summary, source, "ARGUMENT", origin=package, optional=True
    )
