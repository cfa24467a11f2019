"""Televisions, monitors, laptops, lamps, clocks, fans."""

import itertools

import numpy as np

from envs.scenes.rooms.finishes import (
    BLACK,
    CLOTHS,
    GLAZES,
    METALS,
    PLASTICS,
    STEEL,
    WHITE,
    WOODS,
    Finish,
    patterned,
    picked,
)
from envs.scenes.rooms.parts import Part, Piece, ball, block, piece, post, rod, tilted

Generator = np.random.Generator
OFF = Finish(word="black", rgb=(0.05, 0.055, 0.07), shine=0.9)


def _picture(rng: Generator, off: float) -> Finish:
    """A dark screen, with the given chance, or a lit one."""
    return OFF if rng.random() < off else patterned(rng, str(rng.choice(["screen", "art"])), glow=0.5)


def standing_television(rng: Generator) -> Piece:
    """A wide flat screen on two feet or on a foot in the middle."""
    wide = rng.uniform(0.85, 1.35)
    y, tall, low = wide / 2, wide * 0.56, 0.07
    parts = [block((-0.025, 0.01), (-y, y), (low, low + tall), BLACK)]
    parts += [block((0.01, 0.014), (-y + 0.015, y - 0.015), (low + 0.025, low + tall - 0.015), _picture(rng, 0.6))]
    if rng.random() < 0.5:
        parts += [tilted((0, s * 0.6 * y, 0.006), (0.22, 0.03, 0.012), BLACK) for s in (-1, 1)]
        parts += [
            block((-0.012, 0.005), (s * 0.6 * y - 0.012, s * 0.6 * y + 0.012), (0.012, low), BLACK) for s in (-1, 1)
        ]
    else:
        parts += [
            block((-0.11, 0.11), (-0.2, 0.2), (0, 0.012), BLACK),
            block((-0.02, 0.0), (-0.04, 0.04), (0.012, low), BLACK),
        ]
    return piece("television", parts, word="black")


def wall_television(rng: Generator) -> Piece:
    """A wide flat screen that hangs on a wall."""
    wide = rng.uniform(0.9, 1.4)
    y, tall = wide / 2, wide * 0.56
    parts = [block((0.03, 0.065), (-y, y), (0, tall), BLACK), block((0, 0.03), (-0.15, 0.15), (0.2, tall - 0.2), BLACK)]
    parts += [block((0.065, 0.069), (-y + 0.012, y - 0.012), (0.02, tall - 0.012), _picture(rng, 0.5))]
    return piece("television", parts, word="black")


def monitor(rng: Generator) -> Piece:
    """A computer's screen on a stand."""
    case, y = picked(rng, (*PLASTICS[:3], STEEL)), rng.uniform(0.24, 0.32)
    tall, low = 1.15 * y, rng.uniform(0.10, 0.16)
    parts = [block((-0.02, 0.005), (-y, y), (low, low + tall), case)]
    parts += [block((0.005, 0.008), (-y + 0.012, y - 0.012), (low + 0.022, low + tall - 0.012), _picture(rng, 0.2))]
    parts += [block((-0.045, -0.02), (-0.03, 0.03), (0.012, low + 0.5 * tall), case)]
    parts += [block((-0.12, 0.08), (-0.12, 0.12), (0, 0.012), case)]
    return piece("monitor", parts, word=case.word)


def round_foot_monitor(rng: Generator) -> Piece:
    """A wide screen on a round foot."""
    case, y = picked(rng, (*PLASTICS[:2], STEEL)), rng.uniform(0.28, 0.38)
    tall, low = 0.95 * y, rng.uniform(0.10, 0.15)
    parts = [block((-0.015, 0.01), (-y, y), (low, low + tall), case), post(-0.03, 0, (0, 0.012), 0.11, case)]
    parts += [block((0.01, 0.013), (-y + 0.008, y - 0.008), (low + 0.012, low + tall - 0.008), _picture(rng, 0.2))]
    parts += [rod((-0.03, 0, 0.012), (-0.03, 0, low + 0.4 * tall), 0.018, case)]
    return piece("monitor", parts, word=case.word)


def laptop(rng: Generator) -> Piece:
    """An open laptop; the screen leans back."""
    case = picked(rng, (STEEL, *PLASTICS[:3]))
    y, deep, lean = rng.uniform(0.15, 0.19), 0.23, rng.uniform(0.15, 0.4)
    parts = [block((-deep / 2, deep / 2), (-y, y), (0, 0.018), case)]
    parts += [block((-deep / 2 + 0.03, 0.03), (-y + 0.02, y - 0.02), (0.018, 0.021), BLACK)]
    c, s = float(np.cos(lean)), float(np.sin(lean))
    x, z = -deep / 2 - 0.11 * s, 0.018 + 0.11 * c
    parts += [tilted((x, 0, z), (0.008, 2 * y, 0.22), case, pitch=-lean)]
    parts += [tilted((x + 0.005 * c, 0, z + 0.005 * s), (0.002, 2 * y - 0.02, 0.2), _picture(rng, 0.1), pitch=-lean)]
    return piece("laptop", parts, word=case.word)


def _shade(rng: Generator, z: float, r: float, tall: float) -> tuple[list[Part], Finish]:
    """A lampshade: a drum, a cone of three rings, or a ball."""
    base = picked(rng, (WHITE, *CLOTHS[3:4], *CLOTHS[6:8], CLOTHS[10]))
    shade = Finish(word=base.word, rgb=base.rgb, shine=0.0, glow=float(rng.choice([0.25, 0.6])))
    kind = int(rng.integers(3))
    if kind == 0:
        return [post(0, 0, (z, z + tall), r, shade)], shade
    if kind == 1:
        rings = [(1.0, 0.0), (0.88, 0.25), (0.76, 0.5), (0.64, 0.75)]
        return [post(0, 0, (z + k * tall, z + (k + 0.25) * tall), share * r, shade) for share, k in rings], shade
    return [ball((0, 0, z + 0.8 * r), (r, r, 0.85 * r), shade)], shade


def table_lamp(rng: Generator) -> Piece:
    """A shade on a vase, a stick or a ball."""
    foot, r = picked(rng, (*GLAZES, *METALS, *WOODS[:3])), rng.uniform(0.11, 0.16)
    high = rng.uniform(0.22, 0.32)
    bodies = (
        [post(0, 0, (0, 0.02), 0.08, foot), post(0, 0, (0.02, high + 0.05), 0.012, foot)],
        [
            ball((0, 0, 0.4 * high), (0.35 * high, 0.35 * high, 0.4 * high), foot),
            post(0, 0, (0.7 * high, high + 0.05), 0.012, foot),
        ],
        [post(0, 0, (0, 0.7 * high), 0.05, foot), post(0, 0, (0.7 * high, high + 0.05), 0.012, foot)],
    )
    shade, looks = _shade(rng, high, r, 1.5 * r)
    return piece("lamp", bodies[int(rng.integers(3))] + shade, word=f"small {looks.word}", has_front=False)


def floor_lamp(rng: Generator) -> Piece:
    """A shade on a tall stick, on a disc or on three legs."""
    metal, r = picked(rng, (*METALS, *WOODS[:3])), rng.uniform(0.16, 0.23)
    high = rng.uniform(1.25, 1.5)
    if rng.random() < 0.5:
        parts = [post(0, 0, (0, 0.025), 0.14, metal), post(0, 0, (0.025, high + 0.05), 0.013, metal)]
    else:
        feet = [(0.24 * np.cos(k * 2.0944), 0.24 * np.sin(k * 2.0944)) for k in range(3)]
        parts = [rod((x, y, 0.015), (0, 0, high), 0.014, metal) for x, y in feet]
    shade, looks = _shade(rng, high, r, 1.3 * r)
    return piece("lamp", parts + shade, word=f"tall {looks.word}", has_front=False)


def desk_lamp(rng: Generator) -> Piece:
    """Two arms with a joint and a shade that points down."""
    paint = picked(rng, (*PLASTICS, STEEL))
    parts = [post(0, 0, (0, 0.02), 0.08, paint), ball((-0.1, 0, 0.25), 0.018, paint)]
    parts += [rod((0, 0, 0.02), (-0.1, 0, 0.25), 0.009, paint), rod((-0.1, 0, 0.25), (0.08, 0, 0.42), 0.009, paint)]
    parts += [rod((0.08, 0, 0.43), (0.12, 0, 0.35), 0.055, paint), rod((0.07, 0, 0.45), (0.08, 0, 0.43), 0.03, paint)]
    return piece("lamp", parts, word=f"small {paint.word}")


def round_clock(rng: Generator) -> Piece:
    """A white face in a round rim, with hands."""
    rim, r = picked(rng, (*PLASTICS, *WOODS, *METALS)), rng.uniform(0.12, 0.2)
    parts = [rod((0, 0, 0), (0.03, 0, 0), r, rim), rod((0.03, 0, 0), (0.033, 0, 0), 0.88 * r, WHITE)]
    parts += _dial(rng, r, 0.033)
    return piece("clock", parts, word=f"round {rim.word}")


def square_clock(rng: Generator) -> Piece:
    """The same with a square rim."""
    rim, r = picked(rng, (*PLASTICS, *WOODS)), rng.uniform(0.12, 0.18)
    parts = [
        block((0, 0.03), (-r, r), (-r, r), rim),
        block((0.03, 0.033), (-0.88 * r, 0.88 * r), (-0.88 * r, 0.88 * r), WHITE),
    ]
    return piece("clock", [*parts, *_dial(rng, r, 0.033)], word=f"square {rim.word}")


def _dial(rng: Generator, r: float, x: float) -> list[Part]:
    """Twelve marks, of which four are long, and two hands."""
    parts: list[Part] = []
    for k in range(12):
        c, s, inner = np.cos(k * np.pi / 6), np.sin(k * np.pi / 6), 0.68 if k % 3 == 0 else 0.75
        parts += [rod((x, inner * r * c, inner * r * s), (x, 0.82 * r * c, 0.82 * r * s), 0.03 * r, BLACK)]
    hour, minute = rng.uniform(0, 2 * np.pi, 2)
    parts += [rod((x, 0, 0), (x, 0.42 * r * np.cos(hour), 0.42 * r * np.sin(hour)), 0.04 * r, BLACK)]
    return [*parts, rod((x, 0, 0), (x, 0.66 * r * np.cos(minute), 0.66 * r * np.sin(minute)), 0.03 * r, BLACK)]


def standing_fan(rng: Generator) -> Piece:
    """Blades in a round cage on a stick."""
    paint, blade = picked(rng, PLASTICS[:3]), picked(rng, PLASTICS)
    high, r = rng.uniform(0.95, 1.2), rng.uniform(0.18, 0.22)
    parts = [post(0, 0, (0, 0.03), 0.19, paint), post(0, 0, (0.03, high), 0.016, paint)]
    parts += [rod((-0.14, 0, high), (-0.01, 0, high), 0.06, paint)]
    for k in range(3):
        yaw = k * 2.0944
        parts += [ball((0.02, 0.5 * r * np.cos(yaw), high + 0.5 * r * np.sin(yaw)), (0.008, 0.42 * r, 0.42 * r), blade)]
    angles = np.linspace(0, 2 * np.pi, 17)
    ring = [(0.05, r * float(np.cos(a)), high + r * float(np.sin(a))) for a in angles]
    parts += [rod(a, b, 0.008, paint, solid="capsule") for a, b in itertools.pairwise(ring)]
    parts += [rod((0.05, 0, high), point, 0.004, paint) for point in ring[:-1]]
    return piece("fan", [*parts, ball((0.05, 0, high), (0.015, 0.04, 0.04), paint)], word=paint.word)


def tower_fan(rng: Generator) -> Piece:
    """A slim column with slits, on a disc."""
    paint = picked(rng, PLASTICS[:3])
    high = rng.uniform(0.8, 1.05)
    parts = [post(0, 0, (0, 0.03), 0.15, paint), block((-0.08, 0.08), (-0.08, 0.08), (0.03, high), paint)]
    parts += [block((0.08, 0.083), (-0.055, 0.055), (z, z + 0.012), BLACK) for z in np.arange(0.2, high - 0.12, 0.03)]
    return piece("fan", parts, word=paint.word)


def flat_laptop(rng: Generator) -> Piece:
    """A wide laptop opened almost flat, with keys in rows and a touchpad."""
    case = picked(rng, (STEEL, *PLASTICS[:3]))
    y, deep, lean = rng.uniform(0.17, 0.2), 0.25, rng.uniform(0.5, 0.9)
    parts = [block((-deep / 2, deep / 2), (-y, y), (0, 0.014), case)]
    parts += [
        block((x, x + 0.018), (-y + 0.02, y - 0.02), (0.014, 0.016), BLACK) for x in (-0.1, -0.075, -0.05, -0.025, 0.0)
    ]
    parts += [block((0.04, 0.11), (-0.05, 0.05), (0.014, 0.015), PLASTICS[2])]
    c, s = float(np.cos(lean)), float(np.sin(lean))
    x, z = -deep / 2 - 0.12 * s, 0.014 + 0.12 * c
    parts += [tilted((x, 0, z), (0.006, 2 * y, 0.24), case, pitch=-lean)]
    parts += [tilted((x + 0.004 * c, 0, z + 0.004 * s), (0.002, 2 * y - 0.016, 0.225), _picture(rng, 0.1), pitch=-lean)]
    return piece("laptop", parts, word=case.word)


TELEVISIONS = (standing_television,)
WALL_TELEVISIONS = (wall_television,)
MONITORS = (monitor, round_foot_monitor)
LAPTOPS = (laptop, flat_laptop)
TABLE_LAMPS = (table_lamp, desk_lamp)
FLOOR_LAMPS = (floor_lamp,)
CLOCKS = (round_clock, square_clock)
FANS = (standing_fan, tower_fan)
