"""What belongs into a bedroom, a living room, a kitchen …, in the order in which it is put there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from envs.scenes.rooms.furniture import (
    bathroom,
    bedding,
    decoration,
    electronics,
    kitchen,
    openings,
    seating,
    smalls,
    storage,
    tables,
)
from envs.scenes.rooms.layout import Layout
from envs.scenes.rooms.parts import Piece
from envs.scenes.rooms.placing import Placed

FLOOR_THINGS = (
    smalls.BOXES,
    smalls.TRASH_CANS,
    smalls.BASKETS,
    smalls.SUITCASES,
    decoration.PLANTS,
    decoration.PLANTS,
    electronics.FLOOR_LAMPS,
    electronics.FANS,
    seating.STOOLS,
)
TABLE_THINGS = (
    smalls.BOTTLES,
    smalls.BOWLS,
    smalls.CUPS,
    decoration.VASES,
    decoration.SMALL_PLANTS,
    electronics.TABLE_LAMPS,
)
_SQUARE_TURNS = (0.0, np.pi / 2, np.pi, -np.pi / 2)


def openings_of(layout: Layout, *, windows: tuple[int, int] = (1, 2), curtains: float = 0.6) -> None:
    """A door or two, then windows with or without curtains."""
    for _ in range(1 + layout.chance(0.25)):
        layout.against_wall(layout.make(openings.DOORS), clear_m=0.9, gap_m=0.0)
    for _ in range(int(layout.rng.integers(windows[0], windows[1] + 1))):
        window = layout.on_wall(layout.make(openings.WINDOWS), float(layout.rng.uniform(0.85, 1.0)))
        if window is not None and layout.chance(curtains):
            _curtains(layout, window)


def _curtains(layout: Layout, window: Placed) -> None:
    """The same cloth on both sides of a window."""
    low = float(layout.rng.choice([0.04, window.z_m - 0.12]))
    high, wide = layout.size_m[2] - 0.12 - low, float(layout.rng.uniform(0.25, 0.45))
    cloth = decoration.curtain(layout.rng, high, wide)
    for side in (-1, 1):
        back = float(cloth.size_m[0] - window.piece.size_m[0]) / 2 + 0.02
        x, y = window.at(back, side * float(window.piece.size_m[1] + cloth.size_m[1] + 0.04) / 2)
        layout.put(Placed(piece=cloth, x_m=x, y_m=y, z_m=low, yaw_rad=window.yaw_rad))


def bedroom(layout: Layout) -> None:
    """Beds with nightstands, a wardrobe, a dresser, perhaps a desk."""
    openings_of(layout)
    for _ in range(1 + layout.chance(0.2)):
        _bed(layout)
    layout.against_wall(layout.make(storage.WARDROBES), clear_m=0.6)
    if layout.chance(0.7):
        _dresser(layout)
    if layout.chance(0.5):
        _desk(layout)
    if layout.chance(0.3):
        layout.against_wall(layout.make(storage.BOOKSHELVES))
    if layout.chance(0.3):
        layout.against_wall(layout.make(decoration.FLOOR_MIRRORS), clear_m=0.3)
    _rest(layout, floor=(2, 4), pictures=(1, 3))


def _bed(layout: Layout) -> None:
    bed = layout.against_wall(layout.make(bedding.BEDS), clear_m=0.4)
    if bed is None:
        return
    stand = layout.make(tables.NIGHTSTANDS)
    for side in (-1, 1):
        beside = layout.beside(bed, stand, side) if layout.chance(0.75) else None
        if beside is not None and layout.chance(0.75):
            layout.on_top(beside, layout.make(electronics.TABLE_LAMPS), turn=0.0)
    pillow = layout.make(bedding.PILLOWS)
    for _ in range(int(layout.rng.integers(1, 4))):
        layout.on_top(bed, pillow if layout.chance(0.7) else layout.make(bedding.PILLOWS), turn=0.0)
    if layout.chance(0.4):
        layout.above(bed, layout.make(decoration.PICTURES), 1.45)


def _dresser(layout: Layout) -> None:
    dresser = layout.against_wall(layout.make(storage.DRESSERS), clear_m=0.5)
    if dresser is None:
        return
    if layout.chance(0.4):
        layout.on_top(dresser, layout.make(electronics.TELEVISIONS), turn=0.0)
    elif layout.chance(0.6):
        layout.above(dresser, layout.make(decoration.MIRRORS), 1.2)
    _scatter(layout, dresser, (1, 3))


def _desk(layout: Layout) -> Placed | None:
    """A desk with a screen or two and a chair."""
    desk = layout.against_wall(layout.make(tables.DESKS), clear_m=0.75)
    if desk is None:
        return None
    chair = layout.make(seating.CHAIRS)
    shift, turn = float(layout.rng.uniform(-0.15, 0.15)), np.pi + float(layout.rng.uniform(-0.4, 0.4))
    layout.before(desk, chair, gap_m=float(layout.rng.uniform(0.03, 0.12)), shift_m=shift, turn=turn)
    if layout.chance(0.65):
        monitor = layout.make(electronics.MONITORS)
        places = [(-0.8, -0.55), (-0.8, 0.55)] if layout.chance(0.3) else [(-0.8, 0.0)]
        for place in places:
            layout.on_top(desk, monitor, turn=0.0, at=place)
    else:
        layout.on_top(desk, layout.make(electronics.LAPTOPS), turn=0.0, at=(0.2, 0.0))
    if layout.chance(0.5):
        layout.on_top(desk, layout.make(electronics.TABLE_LAMPS), turn=0.0)
    _scatter(layout, desk, (0, 3))
    return desk


def living_room(layout: Layout) -> None:
    """Sofas around a low table, a television opposite, shelves; perhaps a place to eat."""
    openings_of(layout)
    sofa = _sofa_group(layout)
    if layout.chance(0.3):
        layout.against_wall(layout.make(seating.SOFAS), clear_m=0.5)
    _television(layout, sofa)
    for _ in range(int(layout.rng.integers(1, 3))):
        layout.against_wall(layout.make(storage.BOOKSHELVES))
    if layout.chance(0.4):
        cabinet = layout.against_wall(layout.make(storage.CABINETS))
        _scatter(layout, cabinet, (1, 3))
    if layout.chance(0.55):
        _dining_group(layout)
    _rest(layout, floor=(3, 6), pictures=(2, 4))


def _sofa_group(layout: Layout) -> Placed | None:
    sofa = layout.against_wall(layout.make(seating.SOFAS), clear_m=0.9)
    if sofa is None:
        return None
    for _ in range(int(layout.rng.integers(0, 4))):
        layout.on_top(sofa, layout.make(bedding.PILLOWS[1:]))
    low, gap = layout.make(tables.LOW_TABLES), float(layout.rng.uniform(0.35, 0.5))
    table = layout.before(sofa, low, gap_m=gap, turn=np.pi)
    if table is not None and layout.chance(0.6):
        _onto_rug(layout, table)
        table = next((thing for thing in layout.placed if thing.piece is low), None)
    _scatter(layout, table, (1, 3))
    if layout.chance(0.4):
        layout.above(sofa, layout.make(decoration.PICTURES), 1.4)
    return sofa


def _onto_rug(layout: Layout, table: Placed) -> None:
    """Lifts a lone table onto a rug of its own, if there is room for one."""
    layout.placed.remove(table)
    half = np.ptp(table.zone.corners_m, axis=0) / 2 + layout.rng.uniform(0.2, 0.3, 2)
    if not layout.on_rug(decoration.rug(layout.rng, (float(half[0]), float(half[1]))), [table]):
        layout.placed.append(table)


def _television(layout: Layout, sofa: Placed | None) -> None:
    """On the wall that the sofa faces if there is room, on a low cabinet or hung."""
    walls = range(4)
    if sofa is not None:
        direction = np.round([np.cos(sofa.yaw_rad), np.sin(sofa.yaw_rad)])
        walls = [{(0, 1): 1, (0, -1): 0, (1, 0): 3, (-1, 0): 2}[int(direction[0]), int(direction[1])]]
    stand = storage.media_cabinet(layout.rng)
    cabinet = layout.against_wall(stand, walls=walls) or layout.against_wall(stand)
    if cabinet is None or layout.chance(0.35):
        wall_set = layout.make(electronics.WALL_TELEVISIONS)
        _ = layout.on_wall(wall_set, 1.0) if cabinet is None else layout.above(cabinet, wall_set, 0.95)
    else:
        layout.on_top(cabinet, layout.make(electronics.TELEVISIONS), turn=0.0, at=(0.0, 0.0))
    _scatter(layout, cabinet, (0, 2))


def dining_room(layout: Layout) -> None:
    """Tables with chairs, cabinets along the walls."""
    openings_of(layout)
    for _ in range(1 + layout.chance(0.3)):
        _dining_group(layout)
    for _ in range(int(layout.rng.integers(1, 4))):
        cabinet = layout.against_wall(layout.make(storage.CABINETS))
        _scatter(layout, cabinet, (1, 3))
    if layout.chance(0.4):
        layout.against_wall(layout.make(seating.BENCHES), clear_m=0.3)
    _rest(layout, floor=(2, 5), pictures=(2, 4))


def _dining_group(layout: Layout) -> None:
    """A table, equal chairs around it, perhaps a rug below all of them."""
    table, chair = layout.make(tables.TABLES), layout.make(seating.CHAIRS)
    rug = layout.chance(0.35)
    for _ in range(12):
        yaw = float(layout.rng.choice(_SQUARE_TURNS))
        x, y = (float(layout.rng.uniform(1.1, max(1.2, side - 1.1))) for side in layout.size_m[:2])
        centre = Placed(piece=table, x_m=x, y_m=y, yaw_rad=yaw)
        group = [centre, *_seats(layout, centre, chair)]
        if _settle(layout, group, rug=rug):
            break
    else:
        return
    _scatter(layout, next(thing for thing in layout.placed if thing.piece is table), (1, 4))


def _settle(layout: Layout, group: list[Placed], *, rug: bool) -> bool:
    if rug:
        half = np.ptp(np.concatenate([thing.zone.corners_m for thing in group]), axis=0) / 2 + 0.15
        if layout.on_rug(decoration.rug(layout.rng, (float(half[0]), float(half[1]))), group):
            return True
    return layout.put_all(group)


def _seats(layout: Layout, table: Placed, chair: Piece) -> list[Placed]:
    """Chairs on two or four sides, each facing the table, not quite pushed in."""
    hx, hy = table.piece.size_m[:2] / 2
    rows = 2 if hy > 0.75 else 1
    places = [(s, (k - (rows - 1) / 2) * hy) for s in (-1, 1) for k in range(rows)]
    seats = [_seat(layout, table, chair, (s * hx, shift), np.pi if s > 0 else 0.0) for s, shift in places]
    if layout.chance(0.5):
        seats += [_seat(layout, table, chair, (0.0, s * hy), -s * np.pi / 2) for s in (-1, 1)]
    return [seat for seat in seats if layout.chance(0.92)] or seats[:1]


def _seat(layout: Layout, table: Placed, chair: Piece, edge: tuple[float, float], turn: float) -> Placed:
    out = float(chair.size_m[0]) / 2 + float(layout.rng.uniform(0.03, 0.10))
    turn += float(layout.rng.uniform(-0.1, 0.1))
    x, y = table.at(edge[0] - out * np.cos(turn), edge[1] - out * np.sin(turn))
    return Placed(piece=chair, x_m=x, y_m=y, yaw_rad=table.yaw_rad + turn)


def kitchen_room(layout: Layout) -> None:
    """A row of units along a wall, a table with chairs or stools."""
    openings_of(layout, curtains=0.2)
    _unit_row(layout)
    if layout.chance(0.4):
        layout.against_wall(layout.make(kitchen.REFRIGERATORS), clear_m=0.7)
    if layout.chance(0.75):
        _dining_group(layout)
    if layout.chance(0.3):
        layout.against_wall(layout.make(kitchen.WASHING_MACHINES))
    if layout.chance(0.5):
        cabinet = layout.against_wall(layout.make(storage.CABINETS))
        _scatter(layout, cabinet, (1, 3))
    _rest(layout, floor=(2, 4), pictures=(0, 2))


def _unit_row(layout: Layout) -> None:
    """Sink, stove and counters side by side, a refrigerator at one end, things on the worktop."""
    looks = kitchen.unit_looks(layout.rng)
    units = [kitchen.kitchen_sink(layout.rng, looks), layout.make(kitchen.STOVES)]
    units += [kitchen.counter(layout.rng, looks) for _ in range(int(layout.rng.integers(1, 3)))]
    units = [units[int(k)] for k in layout.rng.permutation(len(units))]
    if layout.chance(0.8):
        units.insert(int(layout.rng.choice([0, len(units)])), layout.make(kitchen.REFRIGERATORS))
    long = sum(float(unit.size_m[1]) + 0.004 for unit in units)
    for wall in layout.rng.permutation(4):
        spare = layout.wall_length_m(int(wall)) - long
        if spare > 0 and layout.put_all(_row(layout, units, int(wall), float(layout.rng.uniform(0, spare)))):
            break
    else:
        for unit in units:
            layout.against_wall(unit, clear_m=0.6)
    tops = [thing for thing in layout.placed if thing.piece.label == "counter"]
    if tops and layout.chance(0.8):
        layout.on_top(tops[0], layout.make(kitchen.MICROWAVES), turn=0.0)
    for top in tops:
        _scatter(layout, top, (1, 4))


def _row(layout: Layout, units: list[Piece], wall: int, start_m: float) -> list[Placed]:
    placed, along = [], start_m
    for unit in units:
        wide = float(unit.size_m[1])
        placed.append(layout.by_wall(unit, wall, along + wide / 2))
        along += wide + 0.004
    return placed


def office(layout: Layout) -> None:
    """Desks with chairs and screens, cabinets and bookshelves."""
    openings_of(layout, curtains=0.3)
    for _ in range(int(layout.rng.integers(1, 5))):
        _desk(layout)
    for _ in range(int(layout.rng.integers(1, 4))):
        layout.against_wall(layout.make(storage.BOOKSHELVES))
    if layout.chance(0.7):
        cabinet = layout.against_wall(layout.make(storage.CABINETS))
        _scatter(layout, cabinet, (0, 2))
    if layout.chance(0.35):
        _dining_group(layout)
    if layout.chance(0.25):
        layout.against_wall(layout.make(seating.SOFAS))
    _rest(layout, floor=(2, 5), pictures=(1, 3))


def bathroom_room(layout: Layout) -> None:
    """Tub, toilet, washbasin with a mirror, towels."""
    openings_of(layout, windows=(0, 1), curtains=0.2)
    layout.against_wall(layout.make(bathroom.BATHTUBS), clear_m=0.5)
    layout.against_wall(layout.make(bathroom.TOILETS), clear_m=0.5)
    basin = layout.make(bathroom.BASINS)
    for _ in range(1 + layout.chance(0.25)):
        sink = layout.against_wall(basin, clear_m=0.5)
        if sink is not None:
            layout.above(sink, layout.make(decoration.MIRRORS), 1.15)
    if layout.chance(0.5):
        layout.against_wall(layout.make(kitchen.WASHING_MACHINES))
    if layout.chance(0.4):
        _scatter(layout, layout.against_wall(layout.make(storage.CABINETS)), (0, 2))
    for _ in range(int(layout.rng.integers(1, 3))):
        layout.on_wall(layout.make(bathroom.TOWELS), float(layout.rng.uniform(0.8, 1.0)))
    if layout.chance(0.5):
        layout.in_room(decoration.rug(layout.rng, (0.3, 0.45)), square=True)
    _rest(layout, floor=(1, 3), pictures=(0, 1))


def _scatter(layout: Layout, anchor: Placed | None, count: tuple[int, int]) -> None:
    """Small things on top of something."""
    for _ in range(int(layout.rng.integers(count[0], count[1] + 1))):
        layout.on_top(anchor, layout.make(TABLE_THINGS[int(layout.rng.integers(len(TABLE_THINGS)))]))


def _rest(layout: Layout, *, floor: tuple[int, int], pictures: tuple[int, int]) -> None:
    """Radiator, clock, pictures, a rug where the floor is free, and what stands about."""
    if layout.chance(0.5):
        layout.against_wall(layout.make(bathroom.RADIATORS), clear_m=0.0)
    if layout.chance(0.6):
        layout.on_wall(layout.make(electronics.CLOCKS), float(layout.rng.uniform(1.6, 1.9)))
    for _ in range(int(layout.rng.integers(pictures[0], pictures[1] + 1))):
        layout.on_wall(layout.make(decoration.PICTURES), float(layout.rng.uniform(1.2, 1.5)))
    for _ in range(int(layout.rng.integers(floor[0], floor[1] + 1))):
        piece = layout.make(FLOOR_THINGS[int(layout.rng.integers(len(FLOOR_THINGS)))])
        _ = layout.against_wall(piece, clear_m=0.0) if layout.chance(0.7) else layout.in_room(piece)
    if layout.chance(0.4):
        layout.in_room(layout.make(decoration.RUGS), square=True)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A kind of room.

    Attributes:
        furnish: Puts its things into an empty layout.
        short_m: Range of the shorter wall's length.
        long_m: Range of the longer wall's length.
        weight: How often it is drawn.
    """

    furnish: Callable[[Layout], None]
    short_m: tuple[float, float]
    long_m: tuple[float, float]
    weight: float


PROGRAMS: dict[str, Program] = {
    "bedroom": Program(furnish=bedroom, short_m=(3.2, 4.4), long_m=(3.8, 5.6), weight=0.22),
    "living room": Program(furnish=living_room, short_m=(3.8, 5.2), long_m=(4.6, 7.2), weight=0.24),
    "dining room": Program(furnish=dining_room, short_m=(3.4, 4.6), long_m=(4.0, 6.0), weight=0.12),
    "kitchen": Program(furnish=kitchen_room, short_m=(3.0, 4.4), long_m=(3.8, 5.8), weight=0.16),
    "office": Program(furnish=office, short_m=(3.2, 4.8), long_m=(4.0, 6.6), weight=0.16),
    "bathroom": Program(furnish=bathroom_room, short_m=(2.5, 3.4), long_m=(2.9, 4.2), weight=0.10),
}
