"""Plants, vases, pictures, mirrors, curtains and rugs."""

import numpy as np

from envs.scenes.rooms.finishes import (
    BLACK,
    CLOTHS,
    GLAZES,
    LEAVES,
    METALS,
    PLASTICS,
    SOIL,
    WOODS,
    Finish,
    patterned,
    picked,
)
from envs.scenes.rooms.furniture.fronts import frame
from envs.scenes.rooms.parts import Part, Piece, ball, block, piece, post, rod, tilted

Generator = np.random.Generator
POTS = (*GLAZES, Finish(word="orange", rgb=(0.70, 0.38, 0.24), shine=0.0), *PLASTICS[:3])


def _pot(rng: Generator, r: float, high: float) -> list[Part]:
    """Three rings that widen, a rim, and soil."""
    pot = picked(rng, POTS)
    parts = [
        post(0, 0, (k * high / 3, (k + 1) * high / 3), r * share, pot) for k, share in enumerate((0.72, 0.82, 0.92))
    ]
    return [*parts, post(0, 0, (0.86 * high, 0.98 * high), r, pot), post(0, 0, (0.98 * high, high), 0.88 * r, SOIL)]


def bushy_plant(rng: Generator, scale: float = 1.0) -> Piece:
    """Balls of leaves on a stem in a pot."""
    leaf, r, high = picked(rng, LEAVES), scale * rng.uniform(0.13, 0.18), scale * rng.uniform(0.2, 0.3)
    tall = scale * rng.uniform(0.6, 1.0)
    parts = [*_pot(rng, r, high), rod((0, 0, high - 0.01), (0, 0, tall), 0.1 * r, WOODS[1])]
    for _ in range(7):
        x, y = rng.uniform(-0.9, 0.9, 2) * r
        z = rng.uniform(0.75, 1.15) * tall
        parts += [ball((x, y, z), tuple(rng.uniform(0.55, 1.0, 3) * r), leaf)]
    return piece("plant", parts, word="bushy green", has_front=False)


def bladed_plant(rng: Generator, scale: float = 1.0) -> Piece:
    """Long leaves that rise from a pot and bend outwards."""
    leaf, r, high = picked(rng, LEAVES), scale * rng.uniform(0.11, 0.16), scale * rng.uniform(0.18, 0.3)
    long, count = scale * rng.uniform(0.35, 0.6), int(rng.integers(8, 13))
    parts = _pot(rng, r, high)
    for k in range(count):
        yaw, lean = k * 2 * np.pi / count + rng.uniform(-0.2, 0.2), rng.uniform(0.15, 0.75)
        for share, bend, wide in ((0.0, lean, 0.03), (1.0, 1.7 * lean, 0.022)):
            c, s = np.cos(yaw), np.sin(yaw)
            out = 0.5 * long * (share * np.sin(lean) + 0.5 * np.sin(bend))
            up = high + 0.5 * long * (share * np.cos(lean) + 0.5 * np.cos(bend))
            size = (0.006, 2 * wide * scale + 0.01, 0.55 * long)
            parts += [tilted((out * c, out * s, up), size, leaf, pitch=bend, yaw=float(yaw))]
    return piece("plant", parts, word="leafy green", has_front=False)


def palm(rng: Generator) -> Piece:
    """A thin trunk with a crown of hanging fronds."""
    leaf, r, high = picked(rng, LEAVES), rng.uniform(0.15, 0.19), rng.uniform(0.25, 0.33)
    tall, reach = rng.uniform(1.0, 1.4), rng.uniform(0.28, 0.4)
    parts = [*_pot(rng, r, high), rod((0, 0, high - 0.01), (0, 0, tall), 0.022, WOODS[1])]
    for k in range(9):
        yaw = k * 0.698 + rng.uniform(-0.2, 0.2)
        c, s, rise = np.cos(yaw), np.sin(yaw), rng.uniform(0.05, 0.25)
        parts += [
            tilted(
                (0.45 * reach * c, 0.45 * reach * s, tall + rise / 2),
                (reach, 0.09, 0.008),
                leaf,
                pitch=-rise * 1.8,
                yaw=yaw,
            )
        ]
        parts += [
            tilted(
                (1.1 * reach * c, 1.1 * reach * s, tall + 0.3 * rise),
                (0.5 * reach, 0.07, 0.008),
                leaf,
                pitch=0.8,
                yaw=yaw,
            )
        ]
    return piece("plant", parts, word="tall green", has_front=False)


def cactus(rng: Generator, scale: float = 1.0) -> Piece:
    """A green column with an arm or two."""
    leaf, r, high = picked(rng, LEAVES), scale * rng.uniform(0.10, 0.14), scale * rng.uniform(0.14, 0.2)
    tall, thick = scale * rng.uniform(0.4, 0.7), 0.4 * r
    parts = [*_pot(rng, r, high), rod((0, 0, high), (0, 0, high + tall), thick, leaf, solid="capsule")]
    for s, z in ((-1, 0.4), (1, 0.55)):
        elbow = (0, s * 2.4 * thick, high + z * tall)
        parts += [rod((0, 0, high + z * tall), elbow, 0.6 * thick, leaf, solid="capsule")]
        parts += [rod(elbow, (0, s * 2.4 * thick, high + (z + 0.35) * tall), 0.6 * thick, leaf, solid="capsule")]
    return piece("plant", parts, word="green", has_front=False)


def small_plant(rng: Generator) -> Piece:
    """Something green for a table."""
    return (bushy_plant, bladed_plant, cactus)[int(rng.integers(3))](rng, scale=float(rng.uniform(0.4, 0.55)))


def vase(rng: Generator) -> Piece:
    """A belly with a neck, or a plain tall one, perhaps with flowers."""
    glaze, r, high = picked(rng, GLAZES), rng.uniform(0.06, 0.09), rng.uniform(0.2, 0.3)
    if rng.random() < 0.5:
        parts = [
            ball((0, 0, 0.45 * high), (r, r, 0.45 * high), glaze),
            post(0, 0, (0.75 * high, high), 0.42 * r, glaze),
        ]
        parts += [post(0, 0, (0, 0.06 * high), 0.5 * r, glaze), post(0, 0, (high, high + 0.012), 0.58 * r, glaze)]
    else:
        parts = [
            post(0, 0, (k * high / 5, (k + 1) * high / 5), r * share, glaze)
            for k, share in enumerate((0.62, 0.78, 0.84, 0.74, 0.6))
        ]
        parts += [post(0, 0, (high, high + 0.012), 0.68 * r, glaze)]
    parts += [post(0, 0, (high + 0.012, high + 0.014), 0.36 * r, BLACK)]
    if rng.random() < 0.6:
        parts += _flowers(rng, high)
    return piece("vase", parts, word=glaze.word, has_front=False)


def _flowers(rng: Generator, high: float) -> list[Part]:
    petal, parts = picked(rng, PLASTICS[3:8]), []
    for k in range(5):
        yaw, out, up = k * 1.2566, rng.uniform(0.03, 0.1), high + rng.uniform(0.12, 0.22)
        tip = (out * np.cos(yaw), out * np.sin(yaw), up)
        parts += [rod((0, 0, high - 0.02), tip, 0.004, LEAVES[0]), ball(tip, (0.028, 0.028, 0.02), petal)]
    return parts


def picture(rng: Generator) -> Piece:
    """A painting in a frame."""
    rim = picked(rng, (*WOODS, *METALS, BLACK))
    y, z = rng.uniform(0.2, 0.55), rng.uniform(0.2, 0.45)
    wide = rng.uniform(0.02, 0.05)
    parts = frame((0, 0.03), (-y, y), (-z, z), wide, rim)
    parts += [block((0, 0.02), (-y + wide, y - wide), (-z + wide, z - wide), patterned(rng, "art", variants=24))]
    return piece("picture", parts, word=f"{rim.word}-framed")


def wall_mirror(rng: Generator) -> Piece:
    """A glass in a frame."""
    rim, glass = picked(rng, (*WOODS, *METALS)), patterned(rng, "mirror")
    y, z, wide = rng.uniform(0.2, 0.35), rng.uniform(0.3, 0.45), rng.uniform(0.02, 0.04)
    parts = frame((0, 0.035), (-y, y), (-z, z), wide, rim)
    return piece(
        "mirror",
        [*parts, block((0, 0.02), (-y + wide, y - wide), (-z + wide, z - wide), glass)],
        word=f"{rim.word}-framed",
    )


def round_mirror(rng: Generator) -> Piece:
    """A round glass with a rim."""
    rim, glass, r = picked(rng, (*WOODS, *METALS)), patterned(rng, "mirror"), rng.uniform(0.22, 0.35)
    parts = [rod((0, 0, 0), (0.025, 0, 0), r, rim), rod((0.025, 0, 0), (0.03, 0, 0), 0.9 * r, glass)]
    return piece("mirror", parts, word=f"round {rim.word}-framed")


def standing_mirror(rng: Generator) -> Piece:
    """A tall glass that leans on a strut."""
    rim, glass = picked(rng, (*WOODS, *METALS)), patterned(rng, "mirror")
    y, tall, lean = rng.uniform(0.2, 0.27), rng.uniform(1.4, 1.65), -0.12
    c, s = float(np.cos(lean)), float(np.sin(lean))
    at = (0.5 * tall * s, 0.0, 0.5 * tall * c + 0.01)
    parts = [tilted(at, (0.03, 2 * y, tall), rim, pitch=lean)]
    parts += [tilted((at[0] + 0.017 * c, 0, at[2] - 0.017 * s), (0.006, 2 * y - 0.07, tall - 0.07), glass, pitch=lean)]
    parts += [
        rod((-0.38, sy * 0.7 * y, 0.012), (0.85 * tall * s, sy * 0.7 * y, 0.85 * tall), 0.012, rim) for sy in (-1, 1)
    ]
    return piece("mirror", parts, word=f"tall {rim.word}-framed")


def curtain(rng: Generator, high: float = 2.2, wide: float = 0.4) -> Piece:
    """Cloth in folds."""
    cloth = patterned(rng, "patchwork", word="striped") if rng.random() < 0.25 else picked(rng, CLOTHS)
    folds = max(3, round(wide / 0.075))
    places = (np.arange(folds) + 0.5) / folds * wide
    parts = [post(0.05, y, (0, high), 0.62 * wide / folds, cloth) for y in places]
    return piece("curtain", parts, word=cloth.word)


def rug(rng: Generator, half: tuple[float, float] | None = None) -> Piece:
    """A patterned rug with fringes, or a plain one."""
    x, y = half or (rng.uniform(0.4, 0.8), rng.uniform(0.6, 1.2))
    plain = picked(rng, CLOTHS)
    looks = patterned(rng, "rug", word="patterned") if rng.random() < 0.75 else plain
    parts = [block((-x, x), (-y, y), (0, 0.01), looks)]
    if rng.random() < 0.5:
        ends = np.arange(-x + 0.02, x, 0.06)
        parts += [
            block((k - 0.008, k + 0.008), (s * y, s * (y + 0.04)), (0, 0.006), plain) for k in ends for s in (-1, 1)
        ]
    return piece("rug", parts, word=looks.word, has_front=False, flat=True)


def round_rug(rng: Generator) -> Piece:
    """A round rug of rings."""
    r, inner, outer = rng.uniform(0.5, 0.9), picked(rng, CLOTHS), picked(rng, CLOTHS)
    parts = [post(0, 0, (0, 0.008), r, outer), post(0, 0, (0.008, 0.01), 0.8 * r, inner)]
    return piece("rug", parts, word=f"round {outer.word}", has_front=False, flat=True)


def framed_print(rng: Generator) -> Piece:
    """A small picture in the middle of a wide white mount."""
    rim = picked(rng, (*WOODS, *METALS, BLACK))
    y, z = rng.uniform(0.18, 0.4), rng.uniform(0.22, 0.5)
    parts = frame((0, 0.03), (-y, y), (-z, z), 0.02, rim)
    parts += [block((0, 0.018), (-y + 0.02, y - 0.02), (-z + 0.02, z - 0.02), PLASTICS[0])]
    parts += [block((0.018, 0.02), (-0.6 * y, 0.6 * y), (-0.6 * z, 0.6 * z), patterned(rng, "art", variants=24))]
    return piece("picture", parts, word=f"mounted {rim.word}-framed")


def jar_vase(rng: Generator) -> Piece:
    """A wide low jar with two ears and dry branches."""
    glaze, twig, r = picked(rng, GLAZES), picked(rng, WOODS[:3]), rng.uniform(0.08, 0.11)
    high = 1.7 * r
    parts = [ball((0, 0, 0.5 * high), (r, r, 0.5 * high), glaze), post(0, 0, (0, 0.1 * high), 0.55 * r, glaze)]
    parts += [
        post(0, 0, (0.85 * high, 1.1 * high), 0.5 * r, glaze),
        post(0, 0, (1.1 * high, 1.11 * high), 0.4 * r, BLACK),
    ]
    parts += [
        rod((0, s * 0.5 * r, high), (0, s * 0.95 * r, 0.7 * high), 0.1 * r, glaze, solid="capsule") for s in (-1, 1)
    ]
    for k in range(4):
        yaw, out = 1.5708 * k + rng.uniform(-0.4, 0.4), rng.uniform(0.06, 0.14)
        parts += [rod((0, 0, high), (out * np.cos(yaw), out * np.sin(yaw), high + rng.uniform(0.15, 0.3)), 0.004, twig)]
    return piece("vase", parts, word=f"wide {glaze.word}", has_front=False)


PLANTS = (bushy_plant, bladed_plant, palm, cactus)
SMALL_PLANTS = (small_plant,)
VASES = (vase, jar_vase)
PICTURES = (picture, framed_print)
MIRRORS = (wall_mirror, round_mirror)
FLOOR_MIRRORS = (standing_mirror,)
CURTAINS = (curtain,)
RUGS = (rug, round_rug)
