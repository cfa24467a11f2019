"""Chairs, stools, benches and sofas."""

import numpy as np

from envs.scenes.rooms.finishes import CLOTHS, DARK_STEEL, METALS, PLASTICS, WOODS, Finish, picked
from envs.scenes.rooms.parts import Part, Piece, Top, ball, block, legs, piece, post, rod, splayed_legs, tilted

Generator = np.random.Generator


def ladder_back_chair(rng: Generator) -> Piece:
    """Square legs, a flat seat, a back of level or upright slats."""
    wood = picked(rng, WOODS)
    w, d, seat = rng.uniform(0.20, 0.24), rng.uniform(0.20, 0.23), rng.uniform(0.43, 0.48)
    high, slats, upright = seat + rng.uniform(0.38, 0.55), int(rng.integers(2, 5)), rng.random() < 0.4
    parts = [*legs(d, w, seat, 0.04, wood), block((-d, d), (-w, w), (seat, seat + 0.03), wood)]
    parts += [block((-d, -d + 0.035), (s * w, s * (w - 0.035)), (seat + 0.03, high), wood) for s in (-1, 1)]
    parts += [block((-d + 0.005, -d + 0.03), (-w + 0.035, w - 0.035), (high - 0.08, high - 0.01), wood)]
    if upright:
        places = np.linspace(-w + 0.08, w - 0.08, slats + 2)
        parts += [
            block((-d + 0.01, -d + 0.025), (y - 0.015, y + 0.015), (seat + 0.03, high - 0.08), wood) for y in places
        ]
    else:
        heights = np.linspace(seat + 0.12, high - 0.2, slats)
        parts += [block((-d + 0.01, -d + 0.025), (-w + 0.035, w - 0.035), (z, z + 0.045), wood) for z in heights]
    return piece("chair", parts, word=wood.word)


def padded_chair(rng: Generator) -> Piece:
    """A dining chair in cloth on thin wooden legs."""
    cloth, wood = picked(rng, CLOTHS), picked(rng, WOODS)
    w, d, seat = rng.uniform(0.22, 0.26), rng.uniform(0.22, 0.25), rng.uniform(0.45, 0.49)
    high = seat + rng.uniform(0.36, 0.52)
    parts = splayed_legs((d - 0.05, w - 0.05), (d - 0.02, w - 0.02), seat - 0.06, 0.018, wood)
    parts += [
        block((-d, d), (-w, w), (seat - 0.07, seat), cloth),
        ball((0.01, 0, seat), (d * 0.9, w * 0.9, 0.03), cloth),
    ]
    parts += [tilted((-d + 0.01, 0, (seat + high) / 2), (0.07, 2 * w, high - seat), cloth, pitch=-0.12)]
    return piece("chair", parts, word=cloth.word)


def swivel_chair(rng: Generator) -> Piece:
    """An office chair: a star of five feet on castors, a gas spring, armrests or none."""
    cloth, frame = picked(rng, CLOTHS[:9]), picked(rng, (*PLASTICS[:3], DARK_STEEL))
    w, d, seat, reach = rng.uniform(0.22, 0.26), rng.uniform(0.22, 0.25), rng.uniform(0.44, 0.52), 0.29
    high = seat + rng.uniform(0.48, 0.70)
    parts = [post(0, 0, (0.07, seat - 0.06), 0.028, frame)]
    for k in range(5):
        x, y = reach * np.cos(k * 1.2566), reach * np.sin(k * 1.2566)
        parts += [rod((0, 0, 0.10), (x, y, 0.065), 0.02, frame, solid="capsule"), ball((x, y, 0.03), 0.03, frame)]
    parts += [
        block((-d, d), (-w, w), (seat - 0.06, seat - 0.01), cloth),
        ball((0, 0, seat - 0.02), (d, w, 0.045), cloth),
    ]
    parts += [
        tilted((-d - 0.02, 0, (seat + high) / 2 + 0.06), (0.06, 2 * w - 0.04, high - seat - 0.1), cloth, pitch=-0.1)
    ]
    parts += [block((-d - 0.05, -d - 0.02), (-0.04, 0.04), (seat - 0.06, seat + 0.2), frame)]
    if rng.random() < 0.6:
        parts += _armrests(d, w, seat, frame)
    return piece("chair", parts, word=cloth.word)


def _armrests(d: float, w: float, seat: float, frame: Finish) -> list[Part]:
    sides = [s * (w + 0.03) for s in (-1, 1)]
    rests = [block((-d + 0.06, d - 0.04), (y - 0.03, y + 0.03), (seat + 0.19, seat + 0.22), frame) for y in sides]
    posts = [block((-0.03, 0.03), (y - 0.015, y + 0.015), (seat - 0.06, seat + 0.19), frame) for y in sides]
    return rests + posts


def shell_chair(rng: Generator) -> Piece:
    """A plastic shell on splayed legs."""
    shell, leg = picked(rng, PLASTICS), picked(rng, (*WOODS[:3], *METALS))
    w, d, seat = rng.uniform(0.21, 0.24), rng.uniform(0.20, 0.23), rng.uniform(0.43, 0.47)
    parts = splayed_legs((d * 0.6, w * 0.6), (d, w), seat - 0.01, 0.014, leg)
    parts += [tilted((0, 0, seat), (2 * d, 2 * w, 0.025), shell, pitch=-0.05)]
    parts += [tilted((-d + 0.0, 0, seat + 0.09), (0.022, 2 * w, 0.18), shell, pitch=-0.35)]
    parts += [tilted((-d - 0.055, 0, seat + 0.27), (0.022, 1.8 * w, 0.22), shell, pitch=-0.15)]
    parts += [tilted((-0.02, s * w, seat + 0.03), (1.5 * d, 0.02, 0.07), shell) for s in (-1, 1)]
    return piece("chair", parts, word=shell.word)


def tube_chair(rng: Generator) -> Piece:
    """Bent metal tube with a seat and a back of wood or cloth."""
    metal, seat_finish = picked(rng, METALS), picked(rng, (*WOODS, *CLOTHS[:6]))
    w, d, seat, r = rng.uniform(0.20, 0.24), rng.uniform(0.20, 0.24), rng.uniform(0.44, 0.48), 0.013
    high = seat + rng.uniform(0.34, 0.44)
    parts: list[Part] = []
    for y in (-w, w):
        front, back = (d - 0.02, y, seat), (-d, y, seat)
        parts += [rod((d, y, r), front, r, metal, solid="capsule"), rod(front, back, r, metal, solid="capsule")]
        parts += [rod((-d - 0.04, y, r), back, r, metal, solid="capsule")]
        parts += [rod(back, (-d - 0.07, y, high), r, metal, solid="capsule")]
    parts += [block((-d, d), (-w, w), (seat + 0.005, seat + 0.03), seat_finish)]
    parts += [tilted((-d - 0.05, 0, high - 0.09), (0.025, 2 * w, 0.18), seat_finish, pitch=-0.19)]
    return piece("chair", parts, word=seat_finish.word)


def round_stool(rng: Generator) -> Piece:
    """A round seat on three or four splayed legs, or on a column."""
    seat_finish, leg = picked(rng, (*WOODS, *CLOTHS[:8])), picked(rng, (*WOODS, *METALS))
    r, high = rng.uniform(0.15, 0.19), rng.choice([rng.uniform(0.42, 0.5), rng.uniform(0.62, 0.75)])
    parts = [post(0, 0, (high - 0.05, high), r, seat_finish)]
    if rng.random() < 0.3:
        parts += [post(0, 0, (0, 0.02), r, leg), post(0, 0, (0.02, high - 0.05), 0.025, leg)]
    else:
        count = int(rng.integers(3, 5))
        for k in range(count):
            x, y = np.cos(k * 2 * np.pi / count + 0.785), np.sin(k * 2 * np.pi / count + 0.785)
            parts += [rod((r * x, r * y, 0.015), (0.6 * r * x, 0.6 * r * y, high - 0.05), 0.015, leg)]
    return piece("stool", parts, word=f"round {seat_finish.word}", has_front=False)


def square_stool(rng: Generator) -> Piece:
    """A square seat on four legs with bars between them."""
    seat_finish, leg = picked(rng, (*WOODS, *CLOTHS[:8])), picked(rng, WOODS)
    h, high = rng.uniform(0.16, 0.20), rng.uniform(0.42, 0.66)
    parts = [*legs(h, h, high - 0.04, 0.035, leg), block((-h, h), (-h, h), (high - 0.04, high), seat_finish)]
    z = high * 0.35
    parts += [block((-h + 0.03, h - 0.03), (s * h, s * (h - 0.03)), (z, z + 0.03), leg) for s in (-1, 1)]
    return piece("stool", parts, word=f"square {seat_finish.word}", has_front=False)


def bench(rng: Generator) -> Piece:
    """A long seat without a back."""
    seat_finish, leg = picked(rng, (*WOODS, *CLOTHS[:8])), picked(rng, (*WOODS, *METALS))
    w, d, high = rng.uniform(0.5, 0.75), rng.uniform(0.17, 0.22), rng.uniform(0.42, 0.48)
    parts = [block((-d, d), (-w, w), (high - 0.06, high), seat_finish)]
    if rng.random() < 0.5:
        parts += legs(d, w, high - 0.06, 0.05, leg)
    else:
        parts += [block((-d + 0.02, d - 0.02), (s * (w - 0.1), s * (w - 0.14)), (0, high - 0.06), leg) for s in (-1, 1)]
    return piece("bench", parts, word=seat_finish.word, has_front=False)


def sofa(rng: Generator) -> Piece:
    """Two or three seats between armrests."""
    cloth, foot = picked(rng, CLOTHS), picked(rng, (*WOODS, *METALS))
    seats = int(rng.integers(2, 4))
    w, d, seat = 0.31 * seats, rng.uniform(0.40, 0.47), rng.uniform(0.40, 0.45)
    high, arm, low = seat + rng.uniform(0.32, 0.45), rng.uniform(0.10, 0.2), rng.uniform(0.06, 0.12)
    parts = [block((-d, d), (-w, w), (low, seat - 0.13), cloth)]
    parts += [block((-d, -d + 0.18), (-w, w), (seat - 0.13, high), cloth)]
    parts += [block((-d, d - 0.01), (s * w, s * (w + arm)), (low, seat + 0.16), cloth) for s in (-1, 1)]
    parts += legs(d - 0.04, w + arm - 0.04, low, 0.05, foot)
    for k in range(seats):
        y0, y1 = -w + 0.62 * k + 0.008, -w + 0.62 * (k + 1) - 0.008
        parts += [block((-d + 0.19, d + 0.01), (y0, y1), (seat - 0.125, seat), cloth)]
        parts += [tilted((-d + 0.23, (y0 + y1) / 2, seat + 0.17), (0.12, y1 - y0, 0.34), cloth, pitch=-0.12)]
    top = Top(centre=(0.12, 0, seat), half=(d - 0.27, w - 0.08))
    return piece("sofa", parts, word=cloth.word, tops=[top])


def corner_sofa(rng: Generator) -> Piece:
    """A sofa with a long seat on one side."""
    cloth = picked(rng, CLOTHS)
    w, d, seat, side = rng.uniform(0.95, 1.2), 0.45, 0.42, float(rng.choice([-1, 1]))
    long = rng.uniform(0.5, 0.7)
    parts = [block((-d, d), (-w, w), (0.05, seat), cloth), block((-d, -d + 0.2), (-w, w), (seat, seat + 0.4), cloth)]
    parts += [block((d, d + long), (side * w, side * (w - 0.75)), (0.05, seat), cloth)]
    parts += [block((-d, d), (-side * w, -side * (w + 0.16)), (0.05, seat + 0.2), cloth)]
    parts += [block((-d, d + long), (side * w, side * (w + 0.16)), (0.05, seat + 0.2), cloth)]
    parts += legs(d - 0.05, w - 0.05, 0.05, 0.05, DARK_STEEL)
    top = Top(centre=(0.1, -side * 0.3, seat), half=(0.3, w - 0.45))
    return piece("sofa", parts, word=cloth.word, tops=[top])


def rounded_sofa(rng: Generator) -> Piece:
    """A small sofa with round arms and a round back."""
    cloth, foot = picked(rng, CLOTHS), picked(rng, WOODS)
    w, d, seat = rng.uniform(0.6, 0.75), 0.42, 0.42
    parts = [
        block((-d, d), (-w, w), (0.12, seat - 0.1), cloth),
        block((-d + 0.12, d), (-w, w), (seat - 0.1, seat), cloth),
    ]
    parts += [
        rod((-d + 0.1, -w, z), (-d + 0.1, w, z), 0.13, cloth, solid="capsule") for z in (seat, seat + 0.17, seat + 0.28)
    ]
    for s in (-1, 1):
        parts += [
            rod(
                (-d + 0.1, s * (w + 0.06), seat + 0.12),
                (d - 0.1, s * (w + 0.06), seat + 0.12),
                0.1,
                cloth,
                solid="capsule",
            )
        ]
        parts += [block((-d + 0.05, d), (s * w, s * (w + 0.12)), (0.12, seat + 0.12), cloth)]
    parts += splayed_legs((d - 0.1, w - 0.05), (d - 0.06, w), 0.12, 0.025, foot)
    top = Top(centre=(0.12, 0, seat), half=(d - 0.28, w - 0.1))
    return piece("sofa", parts, word=cloth.word, tops=[top])


CHAIRS = (ladder_back_chair, padded_chair, swivel_chair, shell_chair, tube_chair)
STOOLS = (round_stool, square_stool)
BENCHES = (bench,)
SOFAS = (sofa, corner_sofa, rounded_sofa)
