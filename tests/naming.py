"""How cameras, programs and people name the frames of a recording, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import TypeAlias

Name: TypeAlias = Callable[[int], str]
Scheme: TypeAlias = Callable[[Random], tuple[Name, Name]]
"""Makes the RGB and the thermal stem of frame k; what is random is drawn from the argument."""

START = datetime(2023, 1, 12, 23, 59, 59)  # noqa: DTZ001 - as cameras write it, without a zone
EPOCH_MS = 1_612_345_678_000


def _hash(rng: Random, length: int = 17) -> str:
    return "".join(rng.choice("ABCDEFGHJKLMNPQRSTuvwxyz23456789") for _ in range(length))


def _ms(k: int, late: int) -> int:
    """Thirty frames a second by a clock that is never quite even."""
    return 33 * k + (7 * k) % 3 + late


def _alike(make: Callable[[int], str]) -> Scheme:
    return lambda _rng: (make, make)


def _two(rgb: Name, tir: Name) -> Scheme:
    return lambda _rng: (rgb, tir)


def _late(rgb: Callable[[int], str], tir: Callable[[int], str] | None = None) -> Scheme:
    """Names of a time in ms; the thermal camera is 2 to 8 ms later."""

    def scheme(rng: Random) -> tuple[Name, Name]:
        late = rng.randint(2, 8)
        return (lambda k: rgb(_ms(k, 0))), (lambda k: (tir or rgb)(_ms(k, late)))

    return scheme


def _moment(ms: int) -> datetime:
    return START + timedelta(milliseconds=ms)


def _hashed(rng: Random) -> tuple[Name, Name]:
    first, second = _hash(rng), _hash(rng)
    return (
        lambda k: f"video-{first}-frame-{k:06d}-{_hash(rng)}",
        lambda k: f"video-{second}-frame-{k:06d}-{_hash(rng)}",
    )


def _hash_first(rng: Random) -> tuple[Name, Name]:
    return (lambda k: f"{_hash(rng, 12)}_{k:04d}"), (lambda k: f"{_hash(rng, 12)}_{k:04d}")


def _measured(rng: Random) -> tuple[Name, Name]:
    return (
        lambda k: f"img_{k:05d}_gain{rng.randint(1, 24)}_exp{(k * 7919) % 4000 + 100}",
        lambda k: f"img_{k:05d}_gain{rng.randint(1, 24)}_exp{(k * 7907) % 4000 + 100}",
    )


def _with_counter(rng: Random) -> tuple[Name, Name]:
    late = rng.randint(2, 8)
    return (
        lambda k: f"frame_{k:05d}_{EPOCH_MS + _ms(k, 0)}",
        lambda k: f"frame_{k:05d}_{EPOCH_MS + _ms(k, late)}",
    )


def _digits_of(zero: str) -> Name:
    return lambda k: "".join(chr(ord(zero) + int(digit)) for digit in f"{k:04d}")


COUNTED: dict[str, Scheme] = {
    "plain": _alike(str),
    "padded": _alike(lambda k: f"{k:06d}"),
    "from a hundred": _alike(lambda k: f"{k + 98}"),
    "padding that grows": _two(lambda k: f"v{k + 985:03d}", lambda k: f"i{k + 985:03d}"),
    "letter behind": _two(lambda k: f"{k:05d}v", lambda k: f"{k:05d}i"),
    "words": _two(lambda k: f"frame-{k}", lambda k: f"thermal_frame_{k:04d}"),
    "hashes": _hashed,
    "hash first": _hash_first,
    "date and camera": _two(
        lambda k: f"20230112_cam1_{k:04d}_640x480", lambda k: f"20230112_cam2_{k:04d}_320x256"
    ),
    "serial number": _two(lambda k: f"SN17263543_{k}", lambda k: f"SN99818_{k}"),
    "gain and exposure": _measured,
    "two counters": _alike(lambda k: f"{k:04d}_{k + 1:04d}"),
    "bursts": _two(lambda k: f"b{k // 8:02d}_{k % 8:03d}", lambda k: f"ir_b{k // 8:02d}_{k % 8}"),
    "hexadecimal": _alike(lambda k: f"frame_{k:04x}"),
    "hexadecimal capitals": _alike(lambda k: f"{k + 99_990:08X}"),
    "negative": _alike(lambda k: f"frame_{k - 10}"),
    "large": _alike(lambda k: f"{k + 900_000_000_000}"),
    "several prefixes": _two(lambda k: f"{'a' if k < 15 else 'b'}_{k}", lambda k: f"ir{k}"),
    "wide digits": _two(_digits_of("\uff10"), lambda k: f"{k:04d}"),
    "arabic digits": _alike(_digits_of("\u0660")),
    "every tenth": _alike(lambda k: f"{10 * k:06d}"),
    "renamed by windows": _two(lambda k: f"rgb ({k + 1})", lambda k: f"ir ({k + 1})"),
}
STAMPED: dict[str, Scheme] = {
    "ms": _late(lambda ms: f"{EPOCH_MS + ms}"),
    "us": _late(lambda ms: f"rgb_{(EPOCH_MS + ms) * 1000 + ms % 7}"),
    "ns": _late(lambda ms: f"{(EPOCH_MS + ms) * 10**6 + ms % 11}"),
    "ms and us": _late(lambda ms: f"{EPOCH_MS + ms}", lambda ms: f"ir{(EPOCH_MS + ms) * 1000}"),
    "seconds": _late(
        lambda ms: f"{(EPOCH_MS + ms) / 1000:.6f}", lambda ms: str((EPOCH_MS + ms) / 1e3)
    ),
    "seconds and nanoseconds": _late(
        lambda ms: "{}_{}".format(*divmod((EPOCH_MS + ms) * 10**6, 10**9))
    ),
    "date and time": _late(lambda ms: f"{_moment(ms):%Y%m%d_%H%M%S_%f}"[:-3]),
    "iso": _late(
        lambda ms: f"{_moment(ms):%Y-%m-%dT%H-%M-%S.%f}",
        lambda ms: f"IR_{_moment(ms):%Y%m%d%H%M%S%f}"[:-3],
    ),
    "time of day over midnight": _late(lambda ms: f"{_moment(ms):%H-%M-%S.%f}"[:-3]),
    "counter and time": _with_counter,
    "since the start": _late(lambda ms: f"{ms:07d}"),
    "seconds since the start": _late(lambda ms: f"{ms / 1000:.3f}"),
    "decimal comma": _late(lambda ms: f"{ms / 1000:.3f}".replace(".", ",")),
}


SCHEMES = {**COUNTED, **STAMPED}

COPIES: tuple[str, ...] = (
    "{stem} (1){end}",
    "{stem}(2){end}",
    "{stem} - Copy{end}",
    "{stem} - Copy (2){end}",
    "{stem} copy{end}",
    "{stem} - Kopie{end}",
    "{stem}_copy2{end}",
    "Copy of {stem}{end}",
    "{stem}{end}{end}",
    "thumb_{stem}{end}",
    "._{stem}{end}",
    "{stem}{end}~",
    "{stem}{end}.part",
    "{stem}{end}.crdownload",
)
"""What copying, downloading and file servers leave beside a picture."""
