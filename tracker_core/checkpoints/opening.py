"""Checkpoints: ours, released ones and the field's initialisation files, loaded strictly."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor

from safe_files import FileError, parse_json, write_bytes
from tracker_core.checkpoints.field_names import (
    adapt_initialisation,
    infer_config,
    is_initialisation,
    is_released,
)
from tracker_core.checkpoints.inert_pickle import read_torch_file
from tracker_core.checkpoints.released_names import load_own_state, load_reference_state
from tracker_core.ckd.config import PRESETS, ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError

FORMAT = "ckd-studio-checkpoint"
FORMAT_VERSION = 1
BUNDLED = ("tiny",)
"""Names of the models whose weights ship with the program."""
# Of CKD and OSTrack, of MAE, and of most others.
_STATE_KEYS = ("net", "model", "state_dict")


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
        raise CKDError(f"There is no checkpoint {path}; check the path, or use the bundled tiny.")
    if not path.is_file():
        raise CKDError(f"{path} is not a file; give the path of a checkpoint file.")
    digest = _digest(path)
    # By content, because the name of a downloaded file says little.
    if _looks_like_safetensors(path):
        model, provenance, notes = _open_safetensors(path, overrides)
        return Checkpoint(model, "CKD Studio", digest, provenance, notes)
    content = read_torch_file(path)
    state = _find_state(path, content)
    provenance = _torch_provenance(content)
    try:
        if is_released(state):
            config, notes = infer_config(state, overrides, "rgb_branch.")
            model = _fresh(config)
            load_reference_state(model, state)
            return Checkpoint(model, "released CKD", digest, provenance, notes)
        if is_initialisation(state):
            model, notes = _initialised(state, overrides)
            kind = "OSTrack/DropMAE initialisation"
            return Checkpoint(model, kind, digest, provenance, notes)
    except CKDError as error:
        raise CKDError(f"{path} does not fit: {error}") from error
    raise CKDError(
        f"{path} holds no tracker: its first entry is {next(iter(state))!r}; CKD has "
        "'rgb_branch.*', 'tir_branch.*' and 'box_head.*', OSTrack 'backbone.*'."
    )


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


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror or error}.") from error


def _looks_like_safetensors(path: Path) -> bool:
    with path.open("rb") as file:
        # Eight bytes of length, then the header's brace. A file that is only named so is left to
        # that reader, which says what is wrong with it.
        head = file.read(9)
    return path.suffix == ".safetensors" or (len(head) == 9 and head[8:] == b"{")


def _open_safetensors(
    path: Path, overrides: Mapping[str, Any]
) -> tuple[CKD, dict[str, str], tuple[str, ...]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            config = _stored_config(path, metadata, overrides)
            names = list(file.keys())
            state = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, UnicodeDecodeError, ValueError) as error:
        # It is a ValueError, too, and has its sentence already.
        if isinstance(error, CKDError):
            raise
        raise CKDError(
            f"{path} is not a whole safetensors file ({error}); get a fresh copy."
        ) from error
    try:
        model = _fresh(config)
        load_own_state(
            model,
            {
                # Weights may be stored as halves; batch norm's counters stay whole numbers.
                name: value.float() if value.is_floating_point() else value
                for name, value in state.items()
            },
        )
    except CKDError as error:
        raise CKDError(f"{path} does not fit: {error}") from error
    half = any(value.dtype == torch.float16 for value in state.values())
    notes = ("Weights are stored as float16 and used as float32.",) if half else ()
    return model, _text_mapping(metadata.get("provenance", "{}")), notes


def _stored_config(
    path: Path, metadata: Mapping[str, str], overrides: Mapping[str, Any]
) -> ModelConfig:
    if metadata.get("format") != FORMAT or "config" not in metadata:
        raise CKDError(
            f"{path} has no CKD configuration in its metadata; only files that CKD Studio wrote do."
        )
    version = metadata.get("format_version", "")
    # int() alone would take signs, blanks and underscores.
    if not version.isdecimal() or int(version) > FORMAT_VERSION:
        raise CKDError(
            f"{path} has checkpoint format {version!r} but this CKD Studio reads up to "
            f"{FORMAT_VERSION}; update CKD Studio."
        )
    try:
        stored = dataclasses.asdict(ModelConfig.from_json(metadata["config"]))
        return ModelConfig.from_mapping({**stored, **overrides})
    except CKDError as error:
        raise CKDError(f"{path} does not fit: {error}") from error


def _text_mapping(text: str) -> dict[str, str]:
    try:
        values = parse_json(text, "provenance")
    # Provenance decides nothing; whatever stands there is shown to the person.
    except FileError:
        return {"provenance": text}
    if not isinstance(values, dict):
        return {"provenance": text}
    return {str(key): str(value) for key, value in values.items()}


def _find_state(path: Path, content: object) -> dict[str, Tensor]:
    """The mapping of names to tensors, wherever the field keeps it."""
    candidates = [content]
    if isinstance(content, dict):
        candidates = [content[key] for key in _STATE_KEYS if key in content] + [content]
    for candidate in candidates:
        if not isinstance(candidate, dict):
            continue
        state = {
            name.removeprefix("module."): value  # torch's DataParallel puts it in front
            for name, value in candidate.items()
            if isinstance(name, str) and isinstance(value, Tensor)
        }
        if state:
            return state
    raise CKDError(
        f"{path} holds no state dict (no tensors under 'net', 'model' or 'state_dict'); "
        "pass the checkpoint that training saved."
    )


def _torch_provenance(content: object) -> dict[str, str]:
    if not isinstance(content, dict):
        return {}
    known = ("epoch", "net_type", "actor_type")
    return {key: str(content[key]) for key in known if isinstance(content.get(key), (int, str))}


def _initialised(
    state: Mapping[str, Tensor], overrides: Mapping[str, Any]
) -> tuple[CKD, tuple[str, ...]]:
    backbone, head, prefix = adapt_initialisation(state)
    config, notes = infer_config(state, overrides, prefix, has_head=bool(head))
    model = _fresh(config)
    own = model.state_dict()
    # Loading is strict, so what the file lacks is taken from the new model.
    fresh = {name: value for name, value in own.items() if name.startswith("head.")}
    ours = {**backbone.fitted(config), **(head or fresh)}
    load_own_state(model, ours)
    if not head:
        notes = (*notes, "The file has no head: the fused head starts untrained.")
    return model, (*notes, "One backbone initialises both branches; train before tracking.")
