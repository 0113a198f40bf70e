"""Who walks and what stands or drives in the street at dusk."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.street.figures import Clothes, Person
from scripts.street.vehicles import HATCHBACK, SALOON, VAN, Vehicle


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody's way along the street."""

    name: str
    person: Person
    start: float
    """Metres along the street at frame 0."""
    z: float
    """Metres across the street."""
    speed: float
    """Metres per second, negative to the left; 0 for standing."""
    phase: float = 0.0


TARGET = Walk(
    "walker",
    Person(
        1.73,
        Clothes(
            coat=(0.44, 0.32, 0.19),
            trousers=(0.055, 0.065, 0.10),
            hair=(0.09, 0.05, 0.03),
            scarf=(0.34, 0.07, 0.06),
            bag=(0.10, 0.05, 0.03),
            hem=0.62,
        ),
        coat_warmth=17.5,
        trouser_warmth=20.5,
        seed=3,
    ),
    start=0.45,
    z=11.4,
    speed=1.22,
    phase=0.4,
)
OTHERS = (
    Walk(
        "look-alike",
        Person(
            1.80,
            Clothes(
                coat=(0.19, 0.17, 0.16),
                trousers=(0.05, 0.05, 0.06),
                hat=(0.07, 0.07, 0.08),
                hem=0.68,
            ),
            stout=1.08,
            coat_warmth=14.8,
            trouser_warmth=18.0,
            seed=4,
        ),
        start=10.6,
        z=12.15,
        speed=-1.28,
        phase=1.1,
    ),
    Walk(
        "waiting",
        Person(
            1.77,
            Clothes(coat=(0.06, 0.08, 0.07), trousers=(0.11, 0.12, 0.16), hem=0.95),
            swing=0.10,
            coat_warmth=15.0,
            trouser_warmth=18.5,
            seed=5,
        ),
        start=10.6,
        z=17.0,
        speed=0.0,
        phase=1.4,
    ),
    Walk(
        "backpack",
        Person(
            1.66,
            Clothes(
                coat=(0.07, 0.09, 0.14),
                trousers=(0.16, 0.15, 0.14),
                bag=(0.30, 0.06, 0.05),
                backpack=True,
                hem=0.92,
            ),
            coat_warmth=16.0,
            trouser_warmth=20.0,
            seed=6,
        ),
        start=13.4,
        z=12.0,
        speed=0.95,
        phase=2.0,
    ),
    Walk(
        "couple, left",
        Person(
            1.70,
            Clothes(coat=(0.28, 0.09, 0.10), trousers=(0.05, 0.05, 0.06), hem=0.72),
            coat_warmth=16.5,
            seed=7,
        ),
        start=22.6,
        z=11.6,
        speed=-0.98,
        phase=0.2,
    ),
    Walk(
        "couple, right",
        Person(
            1.82,
            Clothes(coat=(0.10, 0.11, 0.12), trousers=(0.09, 0.08, 0.07), hem=0.9),
            stout=1.1,
            coat_warmth=15.5,
            seed=8,
        ),
        start=23.3,
        z=11.1,
        speed=-0.98,
        phase=1.9,
    ),
)
PARKED = (
    Vehicle(HATCHBACK, (0.115, 0.02, 0.02), 8.6, 7.35, 1, engine=27.0, seed=1),
    Vehicle(VAN, (0.30, 0.31, 0.32), 15.2, 7.25, 1, engine=8.0, seed=3),
    Vehicle(SALOON, (0.05, 0.07, 0.12), 21.4, 7.35, 1, engine=15.0, seed=2),
)
PASSING = Vehicle(SALOON, (0.035, 0.045, 0.05), 17.0, 4.75, -1, engine=27.0, lights=True, seed=9)
PASSING_SPEED = 7.0
PASSING_FROM = 1.9
"""Seconds after which the passing car stands at its first place."""
