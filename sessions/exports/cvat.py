"""CVAT for video, XML 1.1: a track for each target, as annotators of CVAT know it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from sessions.commands.boxes import Modality
from sessions.exports.base import (
    ExportChoice,
    ExportForm,
    Files,
    number,
    present_boxes,
    rounded,
    score_texts,
)
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession, Flag, Source, Target
from sessions.spans import Spans, attributes_at, changes_of, names_of

NO_CLASS = "target"
"""The label of what has no class: CVAT knows no track without one."""
ON_THE_LINE = 1e-3
"""Pixels that a box between two keyframes may lie beside the line that CVAT draws."""
_SOURCES = {int(source): source.name.lower() for source in Source}
_SHOWN = ("absent", "truncated", "reviewed")
"""Flags that CVAT has no field for, as attributes that are ticked."""
_FLAGS = {"absent": Flag.ABSENT, "truncated": Flag.TRUNCATED, "reviewed": Flag.REVIEWED}
RESERVED = frozenset({"name", "class", "source", "score", *_SHOWN})
"""What attributes of ours are called; a person's of the same name gets a line before it."""
_WHOLE = "target: "
"""Before a name that the whole target has, where the label needs the name for frames as well."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def given_name(name: str, *, whole: bool = False) -> str:
    """Return what an attribute that a person named is called in the file."""
    if whole:
        return f"{_WHOLE}{name}"
    return f"_{name}" if _is_ours(name.lstrip("_")) else name


def persons_name(name: str, *, whole: bool = False) -> str:
    """Return what a person named the attribute of a file; the other way round."""
    if whole and name.startswith(_WHOLE):
        return name.removeprefix(_WHOLE)
    return name[1:] if name.startswith("_") and _is_ours(name.lstrip("_")) else name


def _is_ours(name: str) -> bool:
    return name in RESERVED or name.startswith(_WHOLE)


def cvat_text(session: AnnotationSession, modality: Modality = Modality.RGB) -> str:
    """Return the tracks of all targets in one modality.

    A box that CVAT would draw at the same place between two keyframes is none itself. Where a
    target has no box it is outside, with the attribute `absent` where it is marked absent; source,
    score, flags and what a person says of some frames are attributes that change from frame to
    frame; what is said of the whole target is one that does not.
    """
    changing = _changing(session)
    tracks = (
        "".join(_track(target, index, modality, changing[_label_of(target)]))
        for index, target in enumerate(session.targets.values())
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
        f"{_meta(session, modality)}{''.join(tracks)}</annotations>\n"
    )


def _label_of(target: Target) -> str:
    return target.class_name or NO_CLASS


def _changing(session: AnnotationSession) -> dict[str, set[str]]:
    """Return the labels, in order, with the names of the attributes that frames have there."""
    names: dict[str, set[str]] = {}
    for each in session.targets.values():
        names.setdefault(_label_of(each), set()).update(names_of(each.spans))
    return names


def _fixed(target: Target, changing: set[str]) -> dict[str, str]:
    """Return the attributes of the whole target as the file calls them.

    Without a value they are none: to CVAT every track of a label has all of its attributes.
    """
    return {
        given_name(_written_text(name), whole=name in changing): text
        for name, text in target.attributes.items()
        if name.strip() and text.strip()
    }


def _track(target: Target, index: int, modality: Modality, changing: set[str]) -> Iterator[str]:
    boxes = rounded(present_boxes(target, modality))
    frames = _written(target, boxes)
    if not frames.size:
        return
    keys = _keyframes(target, boxes)
    corners = _corners(boxes)
    scores = score_texts(target)
    yield f'  <track id="{index}" label="{_quoted(_label_of(target))}" source="manual">\n'
    about = _attribute("name", target.name) + _attribute("class", target.class_name)
    fixed = _fixed(target, changing)
    about += "".join(_attribute(_quoted(name), fixed[name]) for name in fixed)
    names = names_of(target.spans)
    for frame in frames.tolist():
        flags = int(target.flags[frame])
        outside = bool(np.isnan(boxes[frame, 0]))
        key = outside or bool(keys[frame])
        left, top, right, bottom = map(number, corners[frame].tolist())
        head = (
            f'    <box frame="{frame}" outside="{outside:d}" '
            f'occluded="{bool(flags & Flag.OCCLUDED):d}" keyframe="{key:d}" '
            f'xtl="{left}" ytl="{top}" xbr="{right}" ybr="{bottom}" z_order="0">'
        )
        source = "none" if outside else _SOURCES[int(target.source[frame])]
        said = _attribute("source", source) + _attribute("score", "" if outside else scores[frame])
        yield f"{head}{about}{said}{_ticked(flags)}{_of_frame(target.spans, names, frame)}</box>\n"
        about = ""  # what does not change stands in the first one
    yield "  </track>\n"


def _written(target: Target, boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the frames with a box, and the first of each stretch without one and of one kind."""
    there = ~np.isnan(boxes[:, 0])
    kinds = np.where(there, -1, target.flags.astype(np.int64))
    changed = _changed(target)
    first = np.concatenate([[True], kinds[1:] != kinds[:-1]]) | changed
    # Before its first box a track has not begun, unless there is something to say.
    said = np.logical_or.accumulate(there | (kinds > 0) | changed)
    return np.flatnonzero(there | (first & said)).astype(np.int64)


def _keyframes(target: Target, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) true where CVAT must be given the box, false where it would draw the same one."""
    there = ~np.isnan(boxes[:, 0])
    own = there & (target.source != Source.INTERPOLATED)
    keys, changed = there.copy(), _changed(target)
    marks = np.stack([target.flags.astype(np.float64), np.nan_to_num(target.score, nan=-1)], axis=1)
    for begin, end in pairwise(np.flatnonzero(own).tolist()):
        between = np.arange(begin + 1, end)
        if not between.size or not there[between].all():
            continue
        share = ((between - begin) / (end - begin))[:, np.newaxis]
        line = boxes[begin] + share * (boxes[end] - boxes[begin])
        straight = np.abs(boxes[between] - line).max() <= ON_THE_LINE
        straight &= not changed[between].any()
        # What CVAT fills in has the flags and attributes of the keyframe before it.
        if straight and (marks[between] == marks[begin]).all():
            keys[between] = False
    return keys


def _changed(target: Target) -> NDArray[np.bool_]:
    """(N,) true where an attribute is another than on the frame before."""
    changed = np.zeros(len(target.flags), np.bool_)
    starts = np.array(changes_of(target.spans), np.int64)
    changed[starts[starts < len(changed)]] = True
    return changed


def _of_frame(spans: Spans, names: tuple[str, ...], frame: int) -> str:
    """Return the attributes of one frame; those without a value there are empty."""
    if not names:
        return ""
    said = attributes_at(spans, frame)
    return "".join(_attribute(_quoted(given_name(name)), said.get(name, "")) for name in names)


def _corners(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4) left, top, right, bottom; where there is no box those of the last one, or the next."""
    there = np.flatnonzero(~np.isnan(boxes[:, 0]))
    if not there.size:
        return np.tile([0.0, 0.0, 1.0, 1.0], (len(boxes), 1))
    last = np.searchsorted(there, np.arange(len(boxes)), side="right") - 1
    shown = boxes[there[np.maximum(last, 0)]]
    return np.concatenate([shown[:, :2], shown[:, :2] + shown[:, 2:]], axis=1)


def _attribute(name: str, text: str) -> str:
    return f'<attribute name="{name}">{_escaped(text)}</attribute>'


@cache
def _ticked(flags: int) -> str:
    return "".join(_attribute(name, "true" if flags & _FLAGS[name] else "false") for name in _SHOWN)


def _written_text(text: str) -> str:
    # XML has no way to write most control characters.
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _escaped(text: str) -> str:
    return escape(_written_text(text), {"\r": "&#13;"})


def _quoted(text: str) -> str:
    # Spelled out, or readers make blanks of them.
    return escape(_written_text(text), {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


def _meta(session: AnnotationSession, modality: Modality) -> str:
    info = session.sequence
    width, height = info.rgb_size if modality is Modality.RGB else info.tir_size
    changing = _changing(session)
    fixed: dict[str, dict[str, str]] = {}
    for each in session.targets.values():
        label = _label_of(each)
        fixed.setdefault(label, {}).update(_fixed(each, changing[label]))
    labels = (_label(name, sorted(changing[name]), sorted(fixed[name])) for name in changing)
    written = session.modified.isoformat()
    return (
        "  <meta>\n    <task>\n      <id>0</id>\n"
        f"      <name>{escape(_printable(info.name))}</name>\n"
        f"      <size>{info.frame_count}</size>\n"
        "      <mode>interpolation</mode>\n      <overlap>0</overlap>\n"
        f"      <created>{written}</created>\n      <updated>{written}</updated>\n"
        "      <start_frame>0</start_frame>\n"
        f"      <stop_frame>{info.frame_count - 1}</stop_frame>\n"
        "      <frame_filter></frame_filter>\n      <labels>\n"
        f"{''.join(labels)}"
        "      </labels>\n      <original_size>\n"
        f"        <width>{width}</width>\n        <height>{height}</height>\n"
        f"      </original_size>\n    </task>\n    <dumped>{written}</dumped>\n  </meta>\n"
    )


def _printable(text: str) -> str:
    # A folder's name may hold anything, and stands in one line here.
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _label(name: str, given: list[str], fixed: list[str]) -> str:
    attributes = [
        _declared("name", "text", mutable=False),
        _declared("class", "text", mutable=False),
        _declared("source", "select", "none", "\n".join(_SOURCES.values())),
        _declared("score", "text"),
        *(_declared(each, "checkbox", "false", "false") for each in _SHOWN),
        *(_declared(_escaped(given_name(each)), "text") for each in given),
        *(_declared(_escaped(each), "text", mutable=False) for each in fixed),
    ]
    return (
        f"        <label>\n          <name>{escape(name)}</name>\n          <attributes>\n"
        f"{''.join(attributes)}          </attributes>\n        </label>\n"
    )


def _declared(
    name: str, kind: str, default: str = "", values: str = "", *, mutable: bool = True
) -> str:
    return (
        f"            <attribute>\n              <name>{name}</name>\n"
        f"              <mutable>{mutable}</mutable>\n"
        f"              <input_type>{kind}</input_type>\n"
        f"              <default_value>{default}</default_value>\n"
        f"              <values>{values}</values>\n            </attribute>\n"
    )


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:
    has_boxes = any(each.boxed().any() for each in session.targets.values())
    # An empty text is refused as having no box to export; a head without tracks would not be.
    text = cvat_text(session, choice.modality) if has_boxes else ""
    return {f"{session.sequence.name}.xml": text}


CVAT = ExportForm(
    id="cvat",
    label="CVAT for video",
    ending=".xml",
    holds=(
        "XML 1.1 with a track of all targets in one modality: boxes with up to four decimals, "
        "`outside`, `occluded`, `keyframe`; as attributes name, class, source, score, absence, "
        "truncation, what was reviewed and the attributes of frames and targets."
    ),
    lacks=(
        "The other modality and attributes of targets without a value are left out, and of absent "
        "frames all marks but those of the first in a row."
    ),
    write=_write,
    carries=Holds(
        absence=True,
        gaps=True,
        occlusion=True,
        truncation=True,
        reviewed=True,
        classes=True,
        names=True,
        attributes=True,
        spans=True,
        keyframes=True,
        sources=True,
        scores=True,
        targets=True,
    ),
    of_modality=True,
)
"""With the file of each modality both are held."""
