"""A room drawn from a generator: its kind, size, surfaces and light, and what stands in it."""

from dataclasses import dataclass, replace

import numpy as np

from envs.assets.primitive.mjcf import Vector
from envs.scenes.rooms.finishes import CLOTHS, WHITE, WOODS, Finish, picked
from envs.scenes.rooms.layout import Layout
from envs.scenes.rooms.model import Shell
from envs.scenes.rooms.placing import Placed
from envs.scenes.rooms.programs import PROGRAMS

_TONES = (
    (0.94, 0.93, 0.90),
    (0.90, 0.86, 0.78),
    (0.80, 0.86, 0.90),
    (0.83, 0.89, 0.80),
    (0.92, 0.82, 0.78),
    (0.86, 0.84, 0.88),
    (0.93, 0.88, 0.68),
    (0.72, 0.76, 0.78),
)
_WALLS = {"plaster": 0.7, "stripes": 0.12, "bricks": 0.06, "cloth": 0.12}
"""Pattern of the walls and how often it is drawn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Room:
    """A furnished room.

    Attributes:
        kind: E.g. ``"bedroom"``.
        shell: Floor, walls, ceiling, light.
        things: All objects; number i + 1 in instance maps is the i-th.
    """

    kind: str
    shell: Shell
    things: tuple[Placed, ...]


def drawn(rng: np.random.Generator) -> Room:
    """Draws and furnishes a room."""
    names = list(PROGRAMS)
    weights = np.array([PROGRAMS[name].weight for name in names])
    kind = str(rng.choice(names, p=weights / weights.sum()))
    sides = [float(rng.uniform(*PROGRAMS[kind].short_m)), float(rng.uniform(*PROGRAMS[kind].long_m))]
    if rng.random() < 0.5:
        sides.reverse()
    layout = Layout((sides[0], sides[1], float(rng.uniform(2.45, 3.0))), rng)
    PROGRAMS[kind].furnish(layout)
    return Room(kind=kind, shell=_shell(layout.size_m, kind, rng), things=tuple(layout.placed))


def _shell(size_m: tuple[float, float, float], kind: str, rng: np.random.Generator) -> Shell:
    tone = _TONES[int(rng.integers(len(_TONES)))]
    wet = kind in ("bathroom", "kitchen")
    pattern = "tiles" if wet and rng.random() < 0.6 else str(rng.choice(list(_WALLS), p=list(_WALLS.values())))
    return Shell(
        size_m=size_m,
        floor=_floor(rng, wet=wet),
        walls=Finish(word="", rgb=tone, pattern=(pattern, int(rng.integers(3))), shine=0.05),
        ceiling=Finish(word="", rgb=(0.93, 0.93, 0.92), pattern=("plaster", 1), shine=0.0, glow=0.3),
        skirting=replace(picked(rng, (WHITE, WOODS[0], WOODS[1], WOODS[2])), pattern=None),
        lamps=_lamps(size_m, rng),
        ambient=float(rng.uniform(0.30, 0.46)),
    )


def _floor(rng: np.random.Generator, *, wet: bool) -> Finish:
    kind = (
        str(rng.choice(["tiles", "chequer", "planks"]))
        if wet
        else str(rng.choice(["planks", "planks", "carpet", "tiles"]))
    )
    if kind == "planks":
        base = picked(rng, WOODS[:5])
    elif kind == "carpet":
        base = picked(rng, CLOTHS)
    else:
        grey = float(rng.uniform(0.5, 0.9))
        base = Finish(word="", rgb=(grey, grey * float(rng.uniform(0.94, 1.0)), grey * float(rng.uniform(0.86, 1.0))))
    return Finish(word=base.word, rgb=base.rgb, pattern=(kind, int(rng.integers(3))), shine=0.1)


def _lamps(size_m: tuple[float, float, float], rng: np.random.Generator) -> tuple[tuple[Vector, Vector], ...]:
    """Two to four lights below the ceiling, warm or cool; together about as bright in every room."""
    count = int(rng.integers(2, 5))
    warmth, power = rng.uniform(0.78, 1.02), rng.uniform(0.75, 1.05) / count
    lamps: list[tuple[Vector, Vector]] = []
    for _ in range(count):
        x, y = (float(rng.uniform(0.15, 0.85)) * side for side in size_m[:2])
        share = float(power * rng.uniform(0.6, 1.4))
        colour = (share, share * float(0.5 + warmth / 2), share * float(warmth))
        lamps.append(((x, y, size_m[2] - 0.5), colour))
    return tuple(lamps)
