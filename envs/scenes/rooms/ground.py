"""The free floor of a room: where a person with a camera can stand, and how to walk from one place to another."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from envs.scenes.rooms.placing import Zone

Array = np.ndarray
Path = Float[Array, "n 2"]

CELL_M = 0.1
BODY_M, WALL_M = 0.25, 0.3
"""How far the camera keeps from things and from walls."""

_STEP_M, _HEAD_M = 0.03, 1.95
"""What is lower is stepped on, what hangs higher is walked under."""


class FreeFloor:
    """Cells of a room's floor on which nothing stands; only the largest connected part of them.

    Args:
        width_m: Along x.
        depth_m: Along y.
        taken: What stands in the room.
    """

    def __init__(self, width_m: float, depth_m: float, taken: Iterable[Zone]) -> None:
        columns, rows = int(width_m / CELL_M), int(depth_m / CELL_M)
        x, y = np.meshgrid((np.arange(columns) + 0.5) * CELL_M, (np.arange(rows) + 0.5) * CELL_M, indexing="ij")
        self._places = np.stack([x, y], axis=-1)
        open_ = (np.minimum(x, width_m - x) > WALL_M) & (np.minimum(y, depth_m - y) > WALL_M)
        for zone in taken:
            if zone.z_m[1] > _STEP_M and zone.z_m[0] < _HEAD_M:
                open_ &= _distance(zone, self._places) > BODY_M
        self._open = _largest(open_)

    @property
    def area_m2(self) -> float:
        """Area on which the camera can be."""
        return float(self._open.sum()) * CELL_M**2

    @property
    def places_m(self) -> Path:
        """Centres of all free cells."""
        return self._places[self._open]

    def holds(self, place_m: Float[Array, "2"]) -> bool:
        """Whether a place lies in a free cell."""
        column, row = (int(value / CELL_M) for value in place_m)
        inside = 0 <= column < self._open.shape[0] and 0 <= row < self._open.shape[1]
        return inside and bool(self._open[column, row])

    def path(self, stops_m: Path) -> Path:
        """Shortest way over free cells through stops that lie on them, one point per cell."""
        number = np.full(self._open.shape, -1)
        number[self._open] = np.arange(int(self._open.sum()))
        graph = _graph(number)
        cells = [int(number[int(x / CELL_M), int(y / CELL_M)]) for x, y in stops_m]
        _, before = csgraph.dijkstra(graph, directed=False, indices=cells[1:], return_predecessors=True)
        way = [cells[0]]
        for row, goal in enumerate(cells[1:]):
            while way[-1] != goal:  # predecessors towards the goal, seen from it
                way.append(int(before[row, way[-1]]))
        return self.places_m[way]


def _distance(zone: Zone, places: Float[Array, "c r 2"]) -> Float[Array, "c r"]:
    """Distance of places from a footprint, 0 inside."""
    c, s = np.cos(zone.yaw_rad), np.sin(zone.yaw_rad)
    local = (places - [zone.x_m, zone.y_m]) @ np.array([[c, -s], [s, c]])
    return np.linalg.norm(np.maximum(np.abs(local) - zone.half_m, 0), axis=-1)


def _largest(open_: Bool[Array, "c r"]) -> Bool[Array, "c r"]:
    labels = np.zeros(open_.shape, dtype=np.int32)
    if ndimage.label(open_, output=labels) == 0:
        return open_
    return labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))


def _graph(number: Array) -> sparse.csr_matrix:
    """Neighbours of each free cell, diagonal ones only where no corner is cut."""
    here, right, up, both = number[:-1, :-1], number[1:, :-1], number[:-1, 1:], number[1:, 1:]
    square = np.min([here, right, up, both], axis=0) >= 0
    pairs = [
        (number[:-1], number[1:], True, CELL_M),
        (number[:, :-1], number[:, 1:], True, CELL_M),
        (here, both, square, np.sqrt(2) * CELL_M),
        (right, up, square, np.sqrt(2) * CELL_M),
    ]
    links = [(a[keep], b[keep], length) for a, b, fit, length in pairs for keep in [(a >= 0) & (b >= 0) & fit]]
    first = np.concatenate([a for a, _, _ in links])
    second = np.concatenate([b for _, b, _ in links])
    lengths = np.concatenate([np.full(len(a), length) for a, _, length in links])
    count = int(number.max()) + 1
    return sparse.csr_matrix((lengths, (first, second)), shape=(count, count))
