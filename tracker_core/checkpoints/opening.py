"""Checkpoints: ours, released ones and the field's initialisation files, loaded strictly."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save as serialized
from torch import Tensor

from safe_files import FileError, parse_json, printable, write_bytes
from tracker_core.checkpoints.field_names import (
    adapt_initialisation,
    infer_config,
    is_initialisation,
    is_released,
)
from tracker_core.checkpoints.finding import find_state, plain_names
from tracker_core.checkpoints.mistaken import missing_for, mistaken_for
from tracker_core.checkpoints.origin import RECIPE, shown_lines
from tracker_core.checkpoints.released_names import (
    check_own_state,
    load_own_state,
    load_reference_state,
    our_name,
    own_names,
)
from tracker_core.checkpoints.safetensors_file import SafetensorsFile
from tracker_core.checkpoints.stored import StoredTensor, WeightsFile, check_proportion, quoted
from tracker_core.checkpoints.torch_file import TorchFile
from tracker_core.checkpoints.trained import UNTRAINED, untrained_head
from tracker_core.ckd.config import PRESETS, ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError

FORMAT = "ckd-studio-checkpoint"
FORMAT_VERSION = 1
BUNDLED = ("tiny",)
"""Names of the models whose weights ship with the program."""
_LONGEST_PROVENANCE = 64 << 10
"""Characters; ours has some hundred, and a person reads it."""
_LONGEST_VALUE = 4000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model and what is known about it."""

    model: CKD
    """On the CPU, in evaluation mode, float32."""
    kind: str
    """What the file was: "CKD Studio", "released CKD" or "OSTrack/DropMAE initialisation"."""
    weights_sha256: str
    """Hash of the file's bytes."""
    provenance: dict[str, str]
    """What the file says about where its weights come from."""
    notes: tuple[str, ...]
    """Sentences on what was assumed or left out."""
    untrained: str = ""
    """Why its boxes would mean nothing, as half a sentence; empty for a trained network."""


def load_checkpoint(path: str | Path, **overrides: Any) -> CKD:  # noqa: ANN401 - config fields
    """Load a released, OSTrack/DropMAE or CKD Studio file; `overrides` are ModelConfig fields.

    Nothing in the file is ever executed. CKDError says what is wrong with a file that does not fit.
    """
    return open_checkpoint(path, **overrides).model


def load_model(name_or_path: str | Path = "tiny") -> CKD:
    """Load a bundled model by name, anything else through `load_checkpoint`."""
    return open_model(name_or_path).model


def open_model(name_or_path: str | Path = "tiny") -> Checkpoint:
    """Load a model with what is known about it, by bundled name or from a file."""
    name = str(name_or_path)
    if name in BUNDLED:
        bundled = resources.files("resources").joinpath("weights", f"{name}.safetensors")
        with resources.as_file(bundled) as path:
            return open_checkpoint(path)
    if name in PRESETS:
        raise CKDError(
            f"No weights are bundled for {name!r}; give the path of a checkpoint file, or use tiny."
        )
    return open_checkpoint(name_or_path)


def open_checkpoint(path: str | Path, **overrides: Any) -> Checkpoint:  # noqa: ANN401
    """Load a file as `load_checkpoint` does, with what is known about it."""
    path = Path(path)
    if not path.exists():
        why = missing_for(path)
        if why:
            raise CKDError(f"{path} {why}.")
        raise CKDError(f"There is no checkpoint {path}; check the path, or use the bundled tiny.")
    if not path.is_file():
        raise CKDError(f"{path} is not a file; give the path of a checkpoint file.")
    try:
        mistake = mistaken_for(path)
        # By content, because the name of a downloaded file says little.
        safe = _looks_like_safetensors(path)
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror or error}.") from error
    if mistake:
        raise CKDError(f"{path} {mistake}.")
    return _open_safetensors(path, overrides) if safe else _open_torch_file(path, overrides)


def save_checkpoint(
    model: CKD, path: str | Path, provenance: Mapping[str, str], *, half: bool = False
) -> None:
    """Write safetensors with configuration and provenance in the metadata, atomically.

    `half` stores floating-point tensors as float16.
    """
    path = Path(path)
    tensors: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        # The same tensors as under `rgb.`, and safetensors refuses what shares memory.
        if model.config.share_branches and name.startswith("tir."):
            continue
        # Neither views nor gaps: safetensors writes memory as it lies.
        keep = value.detach().cpu().contiguous()
        tensors[name] = keep.half() if half and keep.is_floating_point() else keep.clone()
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "config": model.config.to_json(),
        "provenance": json.dumps(dict(provenance), sort_keys=True),
    }
    try:
        # In memory: the library's own file is made under a second hidden name, which a kill leaves.
        write_bytes(path, serialized(tensors, metadata), parents=True)
    except (OSError, FileError, SafetensorError) as error:
        reason = error.reason if isinstance(error, FileError) else error
        raise CKDError(
            f"{path} cannot be written ({reason}); check the folder and free space."
        ) from error


def weights_digest(model: CKD) -> str:
    """SHA-256 over names, shapes and values of a model's weights, whatever file they came from."""
    digest = hashlib.sha256()
    # Sorted, so that the order in which modules were made does not count.
    for name, value in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _fresh(config: ModelConfig) -> CKD:
    return CKD(config).eval()


def _outline(config: ModelConfig) -> CKD:
    """The network without values: what it would be is known before it takes any memory."""
    with torch.device("meta"):
        return CKD(config)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror or error}.") from error


def _looks_like_safetensors(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(9)
    # Eight bytes of length, then the header's brace.
    if len(head) == 9 and head[8:] == b"{":
        return True
    # One that is only named so is left to that reader, which says what is wrong with it; but not
    # an archive or a pickle, of which the other one knows more.
    return path.suffix == ".safetensors" and not head.startswith((b"PK", b"\x80"))


def _open_safetensors(path: Path, overrides: Mapping[str, Any]) -> Checkpoint:
    file = SafetensorsFile.open(path)
    if file.metadata.get("format") == FORMAT:
        return _open_own(file, overrides)
    try:
        found, notes = find_state(dict(file.tensors))
    except CKDError as error:
        raise CKDError(f"{path} {error}") from error
    if not is_released(found) and not is_initialisation(found):
        raise CKDError(
            f"{path} has no CKD configuration in its metadata, as only files that CKD Studio wrote "
            f"do, and no names of a released tracker either; its first entry is "
            f"{quoted(next(iter(found)))}."
        )
    provenance = {key: printable(value) for key, value in sorted(file.metadata.items())}
    return _of_the_field(file, found, overrides, provenance, notes)


def _open_torch_file(path: Path, overrides: Mapping[str, Any]) -> Checkpoint:
    file = TorchFile.open(path)
    if isinstance(file.content, dict) and {"recipe", "task", "average"} <= set(file.content):
        raise CKDError(
            f"{path} is the state of a training run, not a tracker; give best.safetensors or "
            "weights.safetensors beside it, or go on training with --resume."
        )
    try:
        found, notes = find_state(file.content)
    except CKDError as error:
        raise CKDError(f"{path} {error}") from error
    return _of_the_field(file, found, overrides, _torch_provenance(file.content), notes)


def _of_the_field(
    file: WeightsFile,
    found: Mapping[str, StoredTensor],
    overrides: Mapping[str, Any],
    provenance: dict[str, str],
    notes: tuple[str, ...],
) -> Checkpoint:
    """A released tracker or an initialisation; everything is compared before values are read."""
    path = file.path
    outlines = {name: stored.outline() for name, stored in found.items()}
    released, head = is_released(found), True
    try:
        check_proportion(found, file.size)
        if released:
            config, assumed = infer_config(outlines, overrides, "rgb_branch.")
            check_own_state(_outline(config), own_names(outlines))
            wanted = {name: stored for name, stored in found.items() if our_name(name)}
            model = _fresh(config)
            load_reference_state(model, file.read(wanted))
            kind = "released CKD"
        elif is_initialisation(found):
            _initialised(outlines, overrides, _outline)
            model, assumed, head = _initialised(file.read(found), overrides, _fresh)
            kind = "OSTrack/DropMAE initialisation"
        else:
            raise _no_tracker(path, found)
    except _NotForUsError:
        raise
    except CKDError as error:
        raise CKDError(f"{path} does not fit: {error}") from error
    untrained = untrained_head(model, provenance, initialisation=not released, head=head)
    return Checkpoint(model, kind, _digest(path), provenance, (*notes, *assumed), untrained)


class _NotForUsError(CKDError):
    """A file without a tracker; its sentence names the file already."""


def _no_tracker(path: Path, found: Mapping[str, StoredTensor]) -> CKDError:
    if any(name.startswith(("rgb.", "tir.", "head.score.")) for name in found):
        return _NotForUsError(
            f"{path} holds CKD Studio's own weights without their configuration; write them with "
            "save_checkpoint, which keeps both."
        )
    return _NotForUsError(
        f"{path} holds no tracker: its first entry is {quoted(next(iter(found)))}; CKD has "
        "'rgb_branch.*', 'tir_branch.*' and 'box_head.*', OSTrack 'backbone.*'."
    )


def _open_own(file: SafetensorsFile, overrides: Mapping[str, Any]) -> Checkpoint:
    path = file.path
    config = _stored_config(path, file.metadata, overrides)
    provenance = _provenance(path, file.metadata.get("provenance", "{}"))
    try:
        # Who saves a wrapped network again with our metadata has wrapped names as well.
        found, notes = plain_names(file.tensors)
        outlines = {name: stored.outline() for name, stored in found.items()}
        check_own_state(_outline(config), outlines)
        model = _fresh(config)
        load_own_state(model, file.read(found))
    except CKDError as error:
        # What could not be read is named already.
        raise CKDError(f"{path} does not fit: {error}") from error
    half = any(value.dtype == torch.float16 for value in outlines.values())
    if half:
        notes = (*notes, "Weights are stored as float16 and used as float32.")
    untrained = untrained_head(model, provenance)
    return Checkpoint(model, "CKD Studio", _digest(path), provenance, notes, untrained)


def _stored_config(
    path: Path, metadata: Mapping[str, str], overrides: Mapping[str, Any]
) -> ModelConfig:
    if "config" not in metadata:
        raise CKDError(f"{path} has no CKD configuration in its metadata; get a fresh copy.")
    version = metadata.get("format_version", "")
    # int() alone would take signs, blanks and underscores, and stumble over thousands of digits.
    if re.fullmatch("[0-9]{1,9}", version) is None or int(version) > FORMAT_VERSION:
        raise CKDError(
            f"{path} has checkpoint format {quoted(version)} but this CKD Studio reads up to "
            f"{FORMAT_VERSION}; update CKD Studio."
        )
    try:
        stored = dataclasses.asdict(ModelConfig.from_json(metadata["config"]))
        return ModelConfig.from_mapping({**stored, **overrides})
    except CKDError as error:
        raise CKDError(f"{path} does not fit: {error}") from error


def _provenance(path: Path, text: str) -> dict[str, str]:
    """What the file says of itself; it decides nothing, so any text will do, but no monster."""
    if len(text) > _LONGEST_PROVENANCE:
        raise CKDError(
            f"{path} cannot be used: its provenance has more than {_LONGEST_PROVENANCE} characters."
        )
    try:
        values = parse_json(text, "provenance")
    except FileError as error:
        # Whoever wrote a plain sentence there is quoted; what began as ours is damaged.
        if text.lstrip().startswith("{"):
            raise CKDError(
                f"{path} cannot be used: its provenance is damaged ({error.reason}); get a fresh "
                "copy."
            ) from error
        return {"provenance": printable(text)}
    if not isinstance(values, dict):
        return {"provenance": printable(text)}
    # It is shown on terminals, whose colours and cursor are no file's to change.
    return {
        printable(str(key)): shown_lines(str(value))
        if key == RECIPE
        else printable(str(value), _LONGEST_VALUE)
        for key, value in values.items()
    }


def _torch_provenance(content: object) -> dict[str, str]:
    if not isinstance(content, dict):
        return {}
    known = ("epoch", "net_type", "actor_type")
    found = {
        key: printable(str(content[key]))
        for key in known
        if isinstance(content.get(key), (int, str))
    }
    # Of files in this form that we wrote.
    own = content.get("provenance")
    untrained = own.get(UNTRAINED) if isinstance(own, dict) else None
    if isinstance(untrained, str):
        found[UNTRAINED] = printable(untrained, _LONGEST_VALUE)
    return found


def _initialised(
    state: Mapping[str, Tensor], overrides: Mapping[str, Any], make: Callable[[ModelConfig], CKD]
) -> tuple[CKD, tuple[str, ...], bool]:
    """The network, sentences on what was assumed, and whether the head is the file's."""
    backbone, head, prefix = adapt_initialisation(state)
    config, notes = infer_config(state, overrides, prefix, has_head=bool(head))
    model = make(config)
    own = model.state_dict()
    # Loading is strict, so what the file lacks is taken from the new model.
    fresh = {name: value for name, value in own.items() if name.startswith("head.")}
    ours = {**backbone.fitted(config), **(head or fresh)}
    check_own_state(model, ours)
    # An outline has no values to load, and nothing to load them into.
    if not any(value.is_meta for value in own.values()):
        load_own_state(model, ours)
    if not head:
        notes = (*notes, "The file has no head: the fused head starts untrained.")
    both = "One backbone initialises both branches; train before tracking."
    return model, (*notes, both), bool(head)
