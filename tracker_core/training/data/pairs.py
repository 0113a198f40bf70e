"""Training pairs: a template and a search crop in both modalities, drawn at crop size.

Every pair depends on the seed and its number alone, so that training can be resumed anywhere and
any number of workers gives the same pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.imaging import cv2
from tracker_core.synthetic import degrade
from tracker_core.synthetic.thermal import (
    Sensor,
    Temperature,
    drifted,
    expose,
    random_sensor,
    stretch,
)
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.failures import Camera, Failure, frozen_shift, random_failure
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.sample import PairSample, flipped_by_chance
from tracker_core.training.data.scene_parts import Chances, PairScene, Visibility
from tracker_core.training.data.scenes import ObjectScene, PatchScene, VideoScene

Pixels = NDArray[np.uint8]
# Sets these draws apart from others of the same seed.
_STREAM = 0x5EED


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What happens to each of the two crops."""

    name: str
    template: str
    search: str
    failure: Failure | None = None
    """A camera that fails in the search."""

    def on(self, moment: int) -> str:
        return self.template if moment == 0 else self.search


@dataclass(frozen=True, slots=True)
class _Cameras:
    """Both cameras at both moments, and what is the same in all crops of a pair."""

    thermal: tuple[Sensor, Sensor]
    tones: tuple[tuple[tuple[float, float, float], float], ...]
    grain: float
    gray: bool
    flip: bool
    beside: tuple[float, float]
    """How far thermal is off in x and y, in roots of the box's area."""


@dataclass(frozen=True, slots=True)
class _Window:
    """What a crop looks at."""

    scene: PairScene
    moment: int
    centre: tuple[float, float]
    side: float
    """Frame pixels."""
    size: int
    """Pixels of the crop."""
    box_xywh: Box
    """The box that goes with the crop, in frame pixels."""

    @property
    def box(self) -> NDArray[np.float32]:
        """The box as cx, cy, w, h in fractions of the crop."""
        x, y, w, h = self.box_xywh
        cx = (x + w / 2 - self.centre[0]) / self.side + 0.5
        cy = (y + h / 2 - self.centre[1]) / self.side + 0.5
        return np.array([cx, cy, w / self.side, h / self.side], np.float32)

    def render(self, seen: Visibility) -> tuple[Pixels, Temperature]:
        """Draw what the crop sees; a frame has no more detail than its own pixels."""
        inner = int(min(self.size, max(10, round(self.side))))
        return self.scene.render(self.moment, self.centre, self.side, inner, seen)


class PairSource:
    """An endless, numbered supply of training pairs."""

    def __init__(self, assets: Assets, config: PairConfig, seed: int) -> None:
        """Use the pictures of `assets`; raises CKDError when there are no photographs."""
        if not assets.photos:
            raise CKDError("Training pairs need photographs; name a folder with pictures.")
        self.assets = assets
        self.config = config
        self.seed = seed

    def sample(self, index: int) -> PairSample:
        """Draw pair number `index`; the same number is always the same pair."""
        # Everything below draws from it in a fixed order: one draw more changes all pairs of a
        # recipe.
        rng = np.random.default_rng((_STREAM, self.seed, index))
        config = self.config
        conditions = self._conditions(rng)
        present = bool(rng.random() >= config.mismatched)
        kind, scene = self._scene(rng)
        cameras = self._cameras(rng)
        shown = scene if present else self._scene(rng)[1]
        if present and scene.hidden:
            kind, present = f"hidden_{kind}", False
        elif not present:
            # Another object under the template's own light: nothing but the object tells.
            kind = f"other_{kind}"
        windows = self._template_window(rng, scene), self._search_window(rng, shown)
        template, search = self._shoot(rng, windows, conditions, cameras)
        sample = PairSample(
            template_rgb=template[0],
            template_tir=template[1],
            template_box_cxcywh=windows[0].box,
            search_rgb=search[0],
            search_tir=search[1],
            box_cxcywh=windows[1].box,
            present=present,
            condition=f"{kind}/{conditions.name}",
        )
        return flipped_by_chance(
            sample, rng, cameras.flip, config.flip_template, config.flip_search
        )

    def _conditions(self, rng: np.random.Generator) -> _Conditions:
        config = self.config
        chosen = self._condition(rng)
        template = chosen if rng.random() < config.template_affected else "day"
        search = chosen if rng.random() < config.search_affected else "day"
        if config.changed and rng.random() < config.changed:
            template = self._condition(rng)
        failure = random_failure(rng, config.failed) if config.failed else None
        if failure is not None:
            # The other camera has to be enough.
            chosen, search = f"failed_{failure.camera}", "day"
        return _Conditions(chosen, template, search, failure)

    def _condition(self, rng: np.random.Generator) -> str:
        draw = rng.random()
        for name in ("night", "crossover", "flat", "saturated", "overexposed", "camouflage"):
            draw -= getattr(self.config, name)
            if draw < 0:
                return name
        return "day"

    def _scene(self, rng: np.random.Generator) -> tuple[str, PairScene]:
        config = self.config
        draw = rng.random()
        chances = Chances(
            config.distractors,
            config.occluders,
            config.crossing,
            config.hidden,
            config.twins,
            config.foreign,
        )
        if draw < config.videos and self.assets.tracks:
            return "video", VideoScene(rng, self.assets, config.template_size, chances)
        if rng.random() < config.small_targets:
            low, high = config.smallest_target, min(24.0, config.largest_target)
        else:
            low, high = min(24.0, config.largest_target * 0.5), config.largest_target
        # By logarithms: as many targets from 24 to 48 pixels as from 48 to 96.
        side = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        # No more detail than the largest view of the target shows.
        sprite_side = round(min(1.15 * config.template_size, 2.2 * side + 8))
        if draw < config.videos + config.patches:
            return "patch", PatchScene(rng, self.assets, side, sprite_side, chances)
        return "object", ObjectScene(rng, self.assets, side, sprite_side, chances)

    def _cameras(self, rng: np.random.Generator) -> _Cameras:
        config = self.config
        thermal = random_sensor(rng)
        amount = float(rng.choice((0.3, 1.0, 1.8)))
        joint = float(np.exp(rng.uniform(-config.brightness, config.brightness)))
        tones = []
        for moment in range(2):
            spread = 0.05 if moment == 0 else 0.12  # much may have happened by the search
            light = joint * float(np.exp(rng.normal(0, spread)))
            colour = np.exp(rng.normal(0, 0.04, 3)) * light
            gamma = float(np.exp(rng.normal(0, spread)))
            tones.append(((float(colour[0]), float(colour[1]), float(colour[2])), gamma))
        return _Cameras(
            thermal=(thermal, drifted(thermal, rng, amount)),
            tones=tuple(tones),
            grain=float(rng.uniform(0.0, 7.0)) if rng.random() < 0.5 else 0.0,
            gray=bool(rng.random() < config.gray),
            flip=bool(rng.random() < config.flip),
            beside=self._beside(rng),
        )

    def _beside(self, rng: np.random.Generator) -> tuple[float, float]:
        beside = rng.random() < self.config.misaligned
        # Drawn even when not used, so that the draws after it are the same for any share.
        x, y = rng.normal(0, self.config.misalignment, 2)
        return (float(x), float(y)) if beside else (0.0, 0.0)

    def _template_window(self, rng: np.random.Generator, scene: PairScene) -> _Window:
        x, y, w, h = scene.box(0)
        jitter = rng.normal(0, self.config.template_jitter, 4)
        centre = (x + w / 2 + w * float(jitter[0]), y + h / 2 + h * float(jitter[1]))
        w, h = w * float(np.exp(jitter[2])), h * float(np.exp(jitter[3]))
        side = float(np.sqrt(w * h)) * self.config.template_factor
        given = (centre[0] - w / 2, centre[1] - h / 2, w, h)
        return _Window(scene, 0, centre, side, self.config.template_size, given)

    def _search_window(self, rng: np.random.Generator, scene: PairScene) -> _Window:
        config = self.config
        x, y, w, h = scene.box(1)
        # Clipped: a normal has no end, and a window twice too large or too small is enough.
        scale = np.exp(np.clip(rng.normal(0, config.scale_jitter, 2), -0.7, 0.7))
        if config.lagging and rng.random() < config.lagging:
            # As clips that zoom by 2.5 ask for at most.
            scale = scale * np.exp(np.clip(rng.normal(0, config.lag), -0.92, 0.92))
        root = float(np.sqrt(w * h * scale[0] * scale[1]))
        off = root * config.centre_jitter * (rng.random(2) - 0.5)
        centre = (x + w / 2 + float(off[0]), y + h / 2 + float(off[1]))
        side = root * config.search_factor
        return _Window(scene, 1, centre, side, config.search_size, (x, y, w, h))

    def _shoot(
        self,
        rng: np.random.Generator,
        windows: tuple[_Window, _Window],
        conditions: _Conditions,
        cameras: _Cameras,
    ) -> list[tuple[Pixels, Pixels]]:
        views = []
        for window in windows:
            condition = conditions.on(window.moment)
            seen = Visibility(
                rgb=float(rng.uniform(0.0, 0.35)) if condition == "camouflage" else 1.0,
                heat=float(rng.uniform(0.0, 0.2)) if condition == "crossover" else 1.0,
            )
            views.append(window.render(seen))
        if conditions.failure is not None and conditions.failure.kind == "frozen":
            views[1] = _frozen(rng, windows[1], views[1], conditions.failure.camera)
        if rng.random() < self.config.automatic_gain:
            # Over both views: template and search are of one sequence, with one range.
            gain, offset = stretch([warmth for _, warmth in views], rng)
            views = [(rgb, warmth * np.float32(gain) + np.float32(offset)) for rgb, warmth in views]
        crops = []
        for window, (view_rgb, warmth) in zip(windows, views, strict=True):
            condition = conditions.on(window.moment)
            rgb, tir = self._expose(rng, view_rgb, warmth, window.moment, condition, cameras)
            # Only now: noise and blur are of the frame's own pixels, and are enlarged with them.
            if tir.shape[0] < window.size:
                rgb, tir = _resized(rgb, window.size), _resized(tir, window.size)
            # The boxes stay: they are those of the RGB camera.
            tir = _moved(tir, window, cameras.beside)
            rgb, tir = self._transmit(rng, rgb, tir, window.size)
            if window.moment == 1:
                rgb, tir = self._disturbed(rng, rgb, tir, conditions.failure)
            if rng.random() < self.config.padding:
                _end_of_frame(rng, rgb, tir, window.box)
            crops.append((rgb, tir))
        return crops

    def _expose(
        self,
        rng: np.random.Generator,
        rgb: Pixels,
        warmth: Temperature,
        moment: int,
        condition: str,
        cameras: _Cameras,
    ) -> tuple[Pixels, Pixels]:
        gain, gamma = cameras.tones[moment]
        rgb = degrade.tone(rgb, gain, gamma)
        if condition == "night":
            rgb = degrade.night(rgb, rng, float(np.exp(rng.uniform(np.log(0.05), np.log(0.45)))))
        elif condition == "overexposed":
            rgb = degrade.overexposed(rgb, rng)
        elif rng.random() < 0.03:
            rgb = degrade.hazy(rgb, rng)
        if cameras.grain > 0.5:
            rgb = degrade.grainy(rgb, rng, cameras.grain)
        if cameras.gray:
            rgb = np.asarray(
                cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8
            )
        tir = expose(cameras.thermal[moment], warmth, rng)
        if condition == "flat":
            tir = degrade.flat(tir, rng)
        elif condition == "saturated":
            tir = degrade.saturated(tir, rng)
        return rgb, tir

    def _transmit(
        self, rng: np.random.Generator, rgb: Pixels, tir: Pixels, size: int
    ) -> tuple[Pixels, Pixels]:
        """Blur, loss of resolution and compression, each modality for itself."""
        config = self.config
        images = [rgb, tir]
        # Each modality for itself: they are two cameras and two files.
        for number in range(2):
            draws = rng.random(3)
            if draws[0] < config.blur:
                if rng.random() < 0.5:
                    length = float(rng.uniform(0.02, 0.08)) * size
                    images[number] = degrade.motion_blurred(images[number], rng, length)
                else:
                    sigma = float(rng.uniform(0.004, 0.018)) * size
                    images[number] = degrade.blurred(images[number], sigma)
            if draws[1] < config.low_resolution:
                images[number] = degrade.coarse(images[number], float(rng.uniform(1.3, 3.2)))
            if draws[2] < config.compression:
                quality = int(rng.integers(18, 75))
                images[number] = degrade.compressed(images[number], quality)
        return images[0], images[1]

    def _disturbed(
        self, rng: np.random.Generator, rgb: Pixels, tir: Pixels, failure: Failure | None
    ) -> tuple[Pixels, Pixels]:
        """What happens to the search alone: a jerk of the mount, and a camera that fails."""
        if self.config.jerk and rng.random() < self.config.jerk:
            length, way = float(rng.uniform(0.04, 0.16)) * tir.shape[0], int(rng.integers(1 << 32))
            # Both cameras are on one mount: the same direction for both.
            rgb, tir = (
                degrade.motion_blurred(each, np.random.default_rng(way), length)
                for each in (rgb, tir)
            )
        if failure is not None:
            if failure.camera == "rgb":
                rgb = failure.shown(rgb, rng)
            else:
                tir = failure.shown(tir, rng)
        return rgb, tir


def _frozen(
    rng: np.random.Generator, window: _Window, view: tuple[Pixels, Temperature], camera: Camera
) -> tuple[Pixels, Temperature]:
    """The view of a search in which one camera shows what was earlier and elsewhere."""
    x, y = frozen_shift(rng)
    root = float(np.sqrt(window.box_xywh[2] * window.box_xywh[3]))
    elsewhere = (window.centre[0] + x * root, window.centre[1] + y * root)
    older = replace(window, moment=0, centre=elsewhere).render(Visibility())
    return (older[0], view[1]) if camera == "rgb" else (view[0], older[1])


def _moved(tir: Pixels, window: _Window, beside: tuple[float, float]) -> Pixels:
    """Shift a thermal crop as a camera a little beside the other one sees it."""
    if beside == (0.0, 0.0):
        return tir
    root = float(np.sqrt(window.box_xywh[2] * window.box_xywh[3])) * window.size / window.side
    matrix = np.array([[1, 0, beside[0] * root], [0, 1, beside[1] * root]], np.float32)
    size = (window.size, window.size)
    return np.asarray(cv2.warpAffine(tir, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _resized(image: Pixels, size: int) -> Pixels:
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _end_of_frame(
    rng: np.random.Generator, rgb: Pixels, tir: Pixels, box: NDArray[np.float32]
) -> None:
    """Black out one or two sides up to the target, as where a crop leaves the frame."""
    size = tir.shape[0]
    room = {
        "left": box[0] - box[2] / 2,
        "right": 1 - box[0] - box[2] / 2,
        "top": box[1] - box[3] / 2,
        "bottom": 1 - box[1] - box[3] / 2,
    }
    # At most two sides, as in a corner of the frame; 0 is what the tracker's crops have there.
    for name in rng.permutation(list(room))[: int(rng.integers(1, 3))]:
        depth = int(max(0.0, float(room[str(name)])) * size * float(rng.uniform(0.1, 1.0)))
        if depth == 0:
            continue
        cut = slice(0, depth) if name in ("left", "top") else slice(size - depth, size)
        for image in (rgb, tir):
            if name in ("left", "right"):
                image[:, cut] = 0
            else:
                image[cut] = 0
