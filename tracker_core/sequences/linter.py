"""The linter: reads a dataset and lists what is wrong with it, sequence by sequence."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tracker_core.errors import CKDError
from tracker_core.sequences.dataset import Dataset, open_dataset
from tracker_core.sequences.folders import look_into
from tracker_core.sequences.frame_checks import FrameFacts, check_frames, look_at
from tracker_core.sequences.ground_truth import (
    GroundTruth,
    find_truth_files,
    read_ground_truth,
    truth_layout,
)
from tracker_core.sequences.layouts import table
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.opening import open_sequence
from tracker_core.sequences.pairing import AmbiguousPairingError
from tracker_core.sequences.remarks import Remark, Severity, error, info, some, warning
from tracker_core.sequences.sequence import Sequence
from tracker_core.sequences.truth_checks import check_left_overs, check_texts, check_truth

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a sequence's name, the frames looked at and all of its frames."""

_SHELL_TRAPS = set("`'\"$&;|<>*?()[]{}!#~\\ \t\n")
_REPORT_EVERY = 50


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """What was found in one sequence."""

    name: str
    path: Path
    layout: Layout | None
    """None when the sequence could not be opened."""
    frames: int
    findings: tuple[Remark, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, texts and numbers."""
        return {
            "name": self.name,
            "path": str(self.path),
            "layout": None if self.layout is None else self.layout.value,
            "frames": self.frames,
            "findings": [_finding_json(finding) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class LintReport:
    """What was found in a dataset."""

    path: Path
    layout: Layout | None
    findings: tuple[Remark, ...]
    """About the dataset as a whole."""
    sequences: tuple[SequenceReport, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings have a severity, all sequences together."""
        own = sum(finding.severity is severity for finding in self.findings)
        return own + sum(sequence.count(severity) for sequence in self.sequences)

    @property
    def has_errors(self) -> bool:
        """True when something is wrong with the data."""
        return self.count(Severity.ERROR) > 0

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, texts and numbers."""
        return {
            "path": str(self.path),
            "layout": None if self.layout is None else self.layout.value,
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "notes": self.count(Severity.INFO),
            "findings": [_finding_json(finding) for finding in self.findings],
            "sequences": [sequence.to_json() for sequence in self.sequences],
        }


def _finding_json(finding: Remark) -> dict[str, str]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "sentence": finding.sentence,
    }


def lint(
    path: str | Path,
    read_frames: bool = True,
    progress: Progress | None = None,
    tir_offset: int | None = None,
    swap: bool = False,
) -> LintReport:
    """Read a dataset, a split of it or one sequence, and list everything that is odd or wrong.

    With `read_frames` every image is decoded; without, only names, counts and ground truth are
    looked at. `tir_offset` and `swap` are those of `open_sequence`. Raises CKDError when there is
    no such folder or file.
    """
    path = Path(path)
    if not path.exists():
        raise CKDError(f"There is no file or folder {path}; check the path.")
    try:
        dataset = open_dataset(path) if path.is_dir() else None
    # Not a dataset: perhaps a sequence or a video by itself, whose own findings say more.
    except CKDError:
        dataset = None
    if dataset is None:
        only = _lint_sequence(path.absolute().stem, path, read_frames, progress, (tir_offset, swap))
        return LintReport(path, only.layout, (), (only,))
    reports = tuple(
        _lint_sequence(name, dataset.path(name), read_frames, progress, (tir_offset, swap))
        if dataset.has_frames
        else _lint_truth_only(name, dataset.path(name))
        for name in dataset.names
    )
    return LintReport(path, dataset.layout, tuple(_lint_dataset(dataset)), reports)


def _lint_dataset(dataset: Dataset) -> list[Remark]:
    findings = [*dataset.remarks]
    findings += [
        warning("listed-only", f"{list_path} names sequences that are not there: {some(missing)}.")
        for list_path, missing in dataset.incomplete_lists().items()
    ]
    try:
        without = [name for name in dataset.names if not dataset.attributes(name)]
        if dataset.attribute_names and without:
            findings.append(
                info(
                    "no-attributes",
                    f"{len(without)} of {len(dataset)} sequences have no attribute: "
                    f"{some(without)}.",
                )
            )
    except CKDError as problem:
        findings.append(error("bad-attributes", str(problem)))
    return findings


def _lint_sequence(
    name: str,
    path: Path,
    read_frames: bool,
    progress: Progress | None,
    given: tuple[int | None, bool],
) -> SequenceReport:
    try:
        sequence = open_sequence(path, None, *given)
    except AmbiguousPairingError as problem:
        findings = (*_name_findings(name), error("ambiguous-pairing", str(problem)))
        return SequenceReport(name, path, None, 0, findings)
    except CKDError as problem:
        findings = (*_name_findings(name), error("cannot-open", str(problem)))
        return SequenceReport(name, path, None, 0, findings)
    with sequence:
        frames: tuple[Remark, ...] = ()
        # First, because files may show something that is to be remarked on.
        if read_frames:
            frames = tuple(check_frames(sequence, _look_at_all(sequence, progress)))
        findings = (*_name_findings(name), *sequence.remarks, *_depth_findings(sequence), *frames)
        findings += tuple(check_truth(sequence.ground_truth, sequence.rgb_size, sequence.tir_size))
        findings += _text_findings(path, sequence.layout, sequence.ground_truth)
        return SequenceReport(name, path, sequence.layout, len(sequence), findings)


def _lint_truth_only(name: str, path: Path) -> SequenceReport:
    findings = _name_findings(name)
    layout = truth_layout(look_into(path)) if path.is_dir() else table.flat_layout()
    try:
        truth = read_ground_truth(path)
    except CKDError as problem:
        return SequenceReport(
            name, path, layout, 0, (*findings, error("bad-ground-truth", str(problem)))
        )
    findings += tuple(check_truth(truth, None, None))
    findings += _text_findings(path, layout, truth)
    return SequenceReport(name, path, layout, 0 if truth is None else len(truth), findings)


def _look_at_all(sequence: Sequence, progress: Progress | None) -> list[FrameFacts]:
    """Decode every frame; image files on several threads, videos in order."""
    # Threads, because decoding an image lets go of Python's lock. A video has one decoder, and
    # every jump costs a start at a key frame.
    workers = 1 if sequence.layout.is_video else min(8, os.cpu_count() or 1)
    facts: list[FrameFacts] = []
    pool = ThreadPoolExecutor(workers)
    try:
        for fact in pool.map(lambda index: look_at(sequence, index), range(len(sequence))):
            facts.append(fact)
            done = len(facts)
            if progress is not None and (done % _REPORT_EVERY == 0 or done == len(sequence)):
                progress(sequence.name, done, len(sequence))
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupted lint does not read on to the end
    return facts


def _name_findings(name: str) -> tuple[Remark, ...]:
    traps = sorted(set(name) & _SHELL_TRAPS)
    if not traps and name.isascii():
        return ()
    shown = " ".join(traps) if traps else "letters outside ASCII"
    return (
        info("awkward-name", f"The name {name} has {shown}, which other toolkits may trip over."),
    )


def _depth_findings(sequence: Sequence) -> list[Remark]:
    findings = []
    if sequence.tir_bit_depth == 16:
        findings.append(
            info("deep-thermal", "Thermal frames have 16 bits; they are stretched for showing.")
        )
    if sequence.tir_channels == 1:
        findings.append(info("gray-thermal", "Thermal frames have one channel."))
    if sequence.rgb_channels == 1:
        findings.append(
            warning("gray-rgb", "RGB frames are stored without colour; are the folders swapped?")
        )
    return findings


def _text_findings(
    path: Path, layout: Layout | None, truth: GroundTruth | None
) -> tuple[Remark, ...]:
    files = () if truth is None else truth.files
    if not path.is_dir():
        return tuple(check_texts(files))
    entries = look_into(path)
    if truth is None and layout is not None:
        files = find_truth_files(entries, layout).paths
    return (*check_texts(files), *check_left_overs(entries, files))
