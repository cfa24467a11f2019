"""Where things can stand: against a wall, on it, beside, before and on top of each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from envs.scenes.rooms.parts import Piece, Top
from envs.scenes.rooms.placing import Placed, Zone, free

Maker = Callable[[np.random.Generator], Piece]

TRIES = 14
"""Places that are tried for a thing before it is left out."""

WALL_GAP_M = 0.015
"""Between a wall and what stands on the floor in front of it: the skirting board."""

_HEAD_ROOM_M = 1.9
_YAWS = (np.pi / 2, -np.pi / 2, 0.0, np.pi)
"""Direction into the room at the walls y = 0, y = depth, x = 0 and x = width."""


class Layout:
    """A room that is being furnished. Whatever is put down stays; what does not fit is left out.

    Args:
        size_m: Width (x), depth (y), height.
        rng: Decides everything that is left open.
    """

    def __init__(self, size_m: tuple[float, float, float], rng: np.random.Generator) -> None:
        self.size_m = size_m
        self.rng = rng
        self.placed: list[Placed] = []
        self._kept: list[Zone] = []

    def chance(self, share: float) -> bool:
        """True as often as said."""
        return bool(self.rng.random() < share)

    def make(self, makers: Sequence[Maker]) -> Piece:
        """A piece of one of several shapes."""
        return makers[int(self.rng.integers(len(makers)))](self.rng)

    def put(self, placed: Placed, *, clear_m: float = 0.0, on: Placed | None = None) -> Placed | None:
        """Puts a thing down if it is free of all others but the one that it stands on, and its front is free, too."""
        others = [other.zone for other in self.placed if other is not on]
        if not placed.zone.inside(*self.size_m[:2]) or placed.zone.z_m[1] > self.size_m[2]:
            return None
        if not free(placed.zone, others) or (on is None and not free(placed.zone, self._kept)):
            return None
        if clear_m > 0:
            before = _before(placed, clear_m)
            if not before.inside(*self.size_m[:2]) or not free(before, others):
                return None
            self._kept.append(before)
        self.placed.append(placed)
        return placed

    def put_all(self, things: Iterable[Placed], *, on: Placed | None = None) -> bool:
        """Puts several things down, or none of them."""
        before = len(self.placed)
        for thing in things:
            if self.put(thing, on=on) is None:
                del self.placed[before:]
                return False
        return True

    def against_wall(
        self,
        piece: Piece,
        *,
        clear_m: float = 0.5,
        z_m: float = 0.0,
        walls: Sequence[int] = range(4),
        gap_m: float = WALL_GAP_M,
    ) -> Placed | None:
        """Somewhere along a wall, its back to the wall."""
        for _ in range(TRIES):
            wall = int(self.rng.choice(walls))
            half = piece.size_m[1] / 2
            if self.wall_length_m(wall) <= 2 * half:
                continue
            along = float(self.rng.uniform(half, self.wall_length_m(wall) - half))
            thing = self.put(self.by_wall(piece, wall, along, z_m=z_m, gap_m=gap_m), clear_m=clear_m)
            if thing is not None:
                return thing
        return None

    def on_wall(self, piece: Piece, z_m: float) -> Placed | None:
        """Hung on a wall, its lower edge at `z_m`."""
        return self.against_wall(piece, clear_m=0.0, z_m=z_m, gap_m=0.0)

    def by_wall(
        self, piece: Piece, wall: int, along_m: float, *, z_m: float = 0.0, gap_m: float = WALL_GAP_M
    ) -> Placed:
        """A piece at a place along a wall; not yet put down."""
        w, d, _ = self.size_m
        out = gap_m + float(piece.size_m[0]) / 2
        x, y = ((along_m, out), (along_m, d - out), (out, along_m), (w - out, along_m))[wall]
        return Placed(piece=piece, x_m=x, y_m=y, z_m=z_m, yaw_rad=_YAWS[wall])

    def wall_length_m(self, wall: int) -> float:
        """Length of a wall."""
        return self.size_m[0] if wall < 2 else self.size_m[1]

    def in_room(self, piece: Piece, *, square: bool = False) -> Placed | None:
        """Anywhere on the floor, turned as it comes or, if `square`, along the walls."""
        for _ in range(TRIES):
            yaw = float(self.rng.choice(_YAWS)) if square else float(self.rng.uniform(-np.pi, np.pi))
            x, y = (float(self.rng.uniform(0.1, side - 0.1)) for side in self.size_m[:2])
            thing = self.put(Placed(piece=piece, x_m=x, y_m=y, yaw_rad=yaw))
            if thing is not None:
                return thing
        return None

    def beside(self, anchor: Placed, piece: Piece, side: int, *, gap_m: float = 0.05) -> Placed | None:
        """To the left (1) or right (-1) of something, backs in line."""
        back = (piece.size_m[0] - anchor.piece.size_m[0]) / 2
        x, y = anchor.at(back, side * ((anchor.piece.size_m[1] + piece.size_m[1]) / 2 + gap_m))
        return self.put(Placed(piece=piece, x_m=x, y_m=y, z_m=anchor.z_m, yaw_rad=anchor.yaw_rad))

    def before(
        self, anchor: Placed, piece: Piece, *, gap_m: float, shift_m: float = 0.0, turn: float = np.pi
    ) -> Placed | None:
        """In front of something, turned against its front (facing it, if `turn` is a half turn)."""
        deep = abs(np.cos(turn)) * piece.size_m[0] + abs(np.sin(turn)) * piece.size_m[1]
        x, y = anchor.at(float(anchor.piece.size_m[0] + deep) / 2 + gap_m, shift_m)
        yaw = anchor.yaw_rad + turn
        for number, kept in enumerate(self._kept):
            if kept == _before(anchor, 2 * kept.half_m[0]):
                del self._kept[number]
                break
        return self.put(Placed(piece=piece, x_m=x, y_m=y, z_m=anchor.z_m, yaw_rad=yaw))

    def above(self, anchor: Placed, piece: Piece, z_m: float) -> Placed | None:
        """On the wall above something that stands against it, or higher if it is too tall."""
        z = max(z_m, anchor.zone.z_m[1] + 0.12)
        wall = int(np.argmin([abs(np.angle(np.exp(1j * (anchor.yaw_rad - yaw)))) for yaw in _YAWS]))
        along = anchor.x_m if wall < 2 else anchor.y_m
        return self.put(self.by_wall(piece, wall, along, z_m=z, gap_m=0.0))

    def on_top(
        self, anchor: Placed | None, piece: Piece, *, turn: float | None = None, at: tuple[float, float] | None = None
    ) -> Placed | None:
        """On a level part of something: anywhere, or at shares in [-1, 1] of the free way front and left."""
        if anchor is None or not anchor.piece.tops:
            return None
        for _ in range(TRIES if at is None else 1):
            angle = float(self.rng.uniform(-np.pi, np.pi)) if turn is None else turn
            top = anchor.piece.tops[int(self.rng.integers(len(anchor.piece.tops)))]
            room = _spare(top, piece, angle)
            if min(room) < 0:
                continue
            share = at or (float(self.rng.uniform(-1, 1)), float(self.rng.uniform(-1, 1)))
            x, y = anchor.at(top.centre[0] + share[0] * room[0], top.centre[1] + share[1] * room[1])
            z = anchor.z_m + top.centre[2]
            thing = self.put(Placed(piece=piece, x_m=x, y_m=y, z_m=z, yaw_rad=anchor.yaw_rad + angle), on=anchor)
            if thing is not None:
                return thing
        return None

    def on_rug(self, rug: Piece, things: Sequence[Placed]) -> bool:
        """Things that stand wholly on a rug whose middle is theirs, put down together with it; or none."""
        corners = np.concatenate([thing.zone.corners_m for thing in things])
        low, high = corners.min(axis=0), corners.max(axis=0)
        under = Placed(piece=rug, x_m=float(low[0] + high[0]) / 2, y_m=float(low[1] + high[1]) / 2)
        if ((high - low) / 2 > rug.size_m[:2] / 2).any() or self.put(under) is None:
            return False
        if self.put_all([replace(thing, z_m=float(rug.size_m[2])) for thing in things], on=under):
            return True
        self.placed.remove(under)
        return False


def _before(placed: Placed, clear_m: float) -> Zone:
    """The floor in front of a thing, as high as a head."""
    x, y = placed.at(float(placed.piece.size_m[0] + clear_m) / 2, 0)
    half = (clear_m / 2, float(placed.piece.size_m[1]) / 2)
    return Zone(x_m=x, y_m=y, z_m=(0.0, _HEAD_ROOM_M), half_m=half, yaw_rad=placed.yaw_rad)


def _spare(top: Top, piece: Piece, angle: float) -> tuple[float, float]:
    """How far a turned piece may move on a top, front and left; negative if it is too large."""
    c, s = abs(np.cos(angle)), abs(np.sin(angle))
    x, y = piece.size_m[0] / 2, piece.size_m[1] / 2
    return float(top.half[0] - c * x - s * y), float(top.half[1] - s * x - c * y)
