"""All categories and the shapes that each comes in.

No category is a kind of another: there is no "coffee table" beside "table", no "armchair" beside "chair", because a
question such as "how many tables are there" must have one answer.
"""

from collections.abc import Callable

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
from envs.scenes.rooms.parts import Piece

Maker = Callable[[np.random.Generator], Piece]

SHAPES: dict[str, tuple[Maker, ...]] = {
    "basket": smalls.BASKETS,
    "bathtub": bathroom.BATHTUBS,
    "bed": bedding.BEDS,
    "bench": seating.BENCHES,
    "bookshelf": storage.BOOKSHELVES,
    "bottle": smalls.BOTTLES,
    "bowl": smalls.BOWLS,
    "box": smalls.BOXES,
    "cabinet": storage.CABINETS,
    "chair": seating.CHAIRS,
    "clock": electronics.CLOCKS,
    "counter": kitchen.COUNTERS,
    "cup": smalls.CUPS,
    "curtain": decoration.CURTAINS,
    "desk": tables.DESKS,
    "door": openings.DOORS,
    "dresser": storage.DRESSERS,
    "fan": electronics.FANS,
    "lamp": electronics.TABLE_LAMPS + electronics.FLOOR_LAMPS,
    "laptop": electronics.LAPTOPS,
    "microwave": kitchen.MICROWAVES,
    "mirror": decoration.MIRRORS + decoration.FLOOR_MIRRORS,
    "monitor": electronics.MONITORS,
    "nightstand": tables.NIGHTSTANDS,
    "picture": decoration.PICTURES,
    "pillow": bedding.PILLOWS,
    "plant": decoration.PLANTS + decoration.SMALL_PLANTS,
    "radiator": bathroom.RADIATORS,
    "refrigerator": kitchen.REFRIGERATORS,
    "rug": decoration.RUGS,
    "sink": bathroom.BASINS + kitchen.KITCHEN_SINKS,
    "sofa": seating.SOFAS,
    "stool": seating.STOOLS,
    "stove": kitchen.STOVES,
    "suitcase": smalls.SUITCASES,
    "table": tables.TABLES + tables.LOW_TABLES,
    "television": electronics.TELEVISIONS + electronics.WALL_TELEVISIONS,
    "toilet": bathroom.TOILETS,
    "towel": bathroom.TOWELS,
    "trash can": smalls.TRASH_CANS,
    "vase": decoration.VASES,
    "wardrobe": storage.WARDROBES,
    "washing machine": kitchen.WASHING_MACHINES,
    "window": openings.WINDOWS,
}
