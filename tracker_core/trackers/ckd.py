"""CKD with any weights, as an entry of the registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracker_core.checkpoints.opening import Checkpoint, open_model
from tracker_core.checkpoints.trained import check_trained
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.engine import Engine
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker, as_device
from tracker_core.engines.remembered import forget, remembered
from tracker_core.engines.table import AUTO, Given, engine_named
from tracker_core.engines.table import DEFAULT as ENGINE
from tracker_core.errors import CKDError
from tracker_core.trackers.protocol import Capabilities, TrackerInfo

if TYPE_CHECKING:
    import torch

TRACKER = "ckd"
BUNDLED_MODEL = "tiny"
"""What is tracked with where no model is named."""


class RegisteredCKD(CKDTracker):
    """CKD that says what it can show."""

    @property
    def capabilities(self) -> Capabilities:
        """All there is, elimination only where the model has it and it is not switched off."""
        return Capabilities(
            score=True,
            score_map=True,
            elimination=self.elimination and bool(self.model.config.elimination_blocks),
            features=self.engine.features,
            moves=True,
            pure=True,
            engine=self.engine.name,
            note=self.engine.note,
        )


@dataclass(frozen=True, slots=True)
class CKDSource:
    """A CKD model by name or file."""

    model: str
    info: TrackerInfo
    device: str | None = None
    elimination: bool = True
    engine: str = ENGINE
    """What computes the network, by its name in the table of engines."""
    untrained: bool = False
    """Whether its head was never trained, and a person wished to track with it all the same."""

    @classmethod
    def of(
        cls,
        model: str = BUNDLED_MODEL,
        device: str | None = None,
        *,
        elimination: bool = True,
        engine: str = ENGINE,
        untrained: bool = False,
    ) -> CKDSource:
        """Return the source of a bundled name or a file; raises CKDError for what does not load."""
        return cls.opened(
            model, device, elimination=elimination, engine=engine, untrained=untrained
        )[0]

    @classmethod
    def opened(
        cls,
        model: str,
        device: str | None = None,
        *,
        elimination: bool = True,
        engine: str = ENGINE,
        untrained: bool = False,
    ) -> tuple[CKDSource, RegisteredCKD]:
        """Return the source and a tracker with what was loaded to describe it; raises CKDError.

        Weights whose head was not trained are an UntrainedError unless `untrained` allows them. An
        engine that cannot be used here is eager's to replace, and `info.note` says why; `auto`
        takes the one that was measured to be best, and eager before that.
        """
        # A worker process may stand in another folder.
        name = str(Path(model).absolute()) if Path(model).exists() else model
        loaded = open_model(model)
        # Before an engine is made, which takes longer.
        if not untrained:
            check_trained(Path(model).name, loaded.untrained)
        made, note = _usable(loaded, model, as_device(device), engine)
        info = ckd_info(loaded.model.config, model, loaded.weights_sha256, made.name)
        info = replace(info, note=_with_untrained(note, model, loaded))
        if not elimination:
            info = replace(info, stage_blocks=())
        # Made once: of a large network that takes seconds, and another copy of its weights.
        tracker = RegisteredCKD(
            loaded.model, device, elimination=elimination, engine=lambda _model: made
        )
        allowed = bool(loaded.untrained)
        return cls(name, info, device, elimination, made.name, allowed), tracker

    @property
    def settings(self) -> dict[str, str]:
        """The model's name and the hash of its weights; the device changes nothing that counts."""
        settings = {
            "tracker": TRACKER,
            "model": self.info.name,
            "weights_sha256": self.info.weights_sha256,
        }
        # What is as usual is not named, so that folders of runs from before it could be chosen go
        # on.
        if not self.elimination:
            settings["elimination"] = "off"
        if self.engine != ENGINE:
            settings["engine"] = self.info.engine
        # So that whoever finds the results knows what they are.
        if self.untrained:
            settings["head"] = "untrained"
        return settings

    def make(self) -> RegisteredCKD:
        """Load the model where the work is done, and make sure that it is the same one."""
        loaded = open_model(self.model)
        if loaded.weights_sha256 != self.info.weights_sha256:
            raise CKDError(
                f"The model {self.model} has other weights on this machine; copy the same file "
                "to every machine."
            )
        return self.tracker(loaded)

    def tracker(self, loaded: Checkpoint) -> RegisteredCKD:
        """Return a tracker with weights that are loaded already."""
        return RegisteredCKD(
            loaded.model,
            self.device,
            elimination=self.elimination,
            engine=partial(_made, self.engine, loaded, self.model),
        )


def _made(name: str, loaded: Checkpoint, opened: str, model: CKD) -> Engine:
    """The engine for a model; one that other machines have may be missing on this one."""
    try:
        return engine_named(name).make(model, given_for(loaded, opened))
    except CKDError as error:
        raise CKDError(
            f"The engine {name} cannot be used here: {error}; with --engine eager it is not needed."
        ) from error


def _with_untrained(note: str, model: str, loaded: Checkpoint) -> str:
    if not loaded.untrained:
        return note
    untrained = (
        f"{Path(model).name} is not trained to track ({loaded.untrained}): its boxes mean nothing."
    )
    return f"{note} {untrained}".strip()


def given_for(loaded: Checkpoint, opened: str) -> Given:
    """What engines may need beside the model that was opened by that name."""
    path = Path(opened)
    return Given(loaded.weights_sha256, path if path.is_file() else None)


def _usable(
    loaded: Checkpoint, opened: str, device: torch.device, wanted: str
) -> tuple[Engine, str]:
    """The engine that will compute, and one sentence where it is not the wanted one."""
    model = loaded.model.to(device).eval()
    asked = wanted != AUTO
    entry = engine_named(wanted if asked else remembered(loaded.weights_sha256) or ENGINE)
    eager, given = engine_named(ENGINE), given_for(loaded, opened)
    note = ""
    if device.type in entry.devices:
        try:
            return entry.make(model, given), ""
        except CKDError as error:
            note = f"The engine {entry.name} cannot be used, so eager is: {error}."
            if not asked:
                # What was measured is no longer so.
                forget(loaded.weights_sha256)
    elif asked:
        only = " and ".join(each if each != "cpu" else "the CPU" for each in entry.devices)
        note = (
            f"The engine {entry.name} computes on {only} only, so eager is used on {device.type}."
        )
    return eager.make(model, given), note


def ckd_info(
    config: ModelConfig, name: str, weights_sha256: str, engine: str = ENGINE
) -> TrackerInfo:
    """What is known of CKD with a model; a file is named without its folder."""
    return TrackerInfo(
        name=Path(name).name,
        tracker=TRACKER,
        weights_sha256=weights_sha256,
        config=config.to_json(),
        search_grid=config.search_grid,
        map_size=config.map_size,
        stage_blocks=tuple(config.elimination_blocks),
        engine=str(engine_named(engine)),
    )
