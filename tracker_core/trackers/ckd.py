"""CKD with any weights, as an entry of the registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tracker_core.checkpoints.opening import Checkpoint, open_model
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.engines.table import DEFAULT as ENGINE
from tracker_core.engines.table import engine_named
from tracker_core.errors import CKDError
from tracker_core.trackers.protocol import Capabilities, TrackerInfo

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

    @classmethod
    def of(
        cls,
        model: str = BUNDLED_MODEL,
        device: str | None = None,
        *,
        elimination: bool = True,
        engine: str = ENGINE,
    ) -> CKDSource:
        """Return the source of a bundled name or a file; raises CKDError for what does not load."""
        return cls.opened(model, device, elimination=elimination, engine=engine)[0]

    @classmethod
    def opened(
        cls,
        model: str,
        device: str | None = None,
        *,
        elimination: bool = True,
        engine: str = ENGINE,
    ) -> tuple[CKDSource, Checkpoint]:
        """Return the source with what was loaded to describe it; raises CKDError."""
        # A worker process may stand in another folder.
        name = str(Path(model).absolute()) if Path(model).exists() else model
        loaded = open_model(model)
        info = ckd_info(loaded.model.config, model, loaded.weights_sha256, engine)
        if not elimination:
            info = replace(info, stage_blocks=())
        return cls(name, info, device, elimination, engine), loaded

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
            engine=engine_named(self.engine).make,
        )


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
