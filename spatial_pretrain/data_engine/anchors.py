"""Objects that only one picture of a pair shows: what questions across two pictures are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import pairs, references
from spatial_pretrain.data_engine.observed import Observed
from spatial_pretrain.data_engine.pairs import ImagePair
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot.scenes import Scene
from vst_robot.types import Picture

ORDINALS = ("first", "second")
"""What the pictures are called."""


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """Objects that only one picture of a pair shows, and that can be named.

    Attributes:
        pair: The pair.
        where: Object (place in `Scene.objects`) → 0 or 1, which picture shows it.
        names: What each is called; None if points are drawn.
        shown: Where its picture shows it, if points are drawn.
    """

    pair: ImagePair
    where: Mapping[int, int]
    names: Mapping[int, str] | None
    shown: Mapping[int, Observed]

    def of(self, picture: int) -> list[int]:
        """Those of one picture."""
        return [thing for thing, place in self.where.items() if place == picture]

    def called(
        self, scene: Scene, things: Sequence[int], rng: np.random.Generator
    ) -> tuple[tuple[Picture, ...], dict[int, str]]:
        """The pictures, marked where need be, and what some objects are called.

        Raises:
            Rejected: Points would hide each other.
        """
        if self.names is not None:
            return pairs.pictures(scene, self.pair), {thing: self.names[thing] for thing in things}
        where = {thing: self.where[thing] for thing in things}
        return references.with_points(scene, self.pair.frames, self.shown, where, rng)

    def placed(self, name: str, thing: int) -> str:
        """A name with the picture that shows the object."""
        return f"{name} in the {ORDINALS[self.where[thing]]} image"


def anchors_of(scene: Scene, pair: ImagePair, thresholds: Thresholds, *, points: bool) -> Anchors:
    """The anchors of a pair that have words of their own, or on which a point can be drawn."""
    where = {thing: 0 for thing in pair.only_first} | {thing: 1 for thing in pair.only_second}
    if points:
        seen = [references.observed_in(scene, frame, thresholds) for frame in pair.frames]
        where = {thing: place for thing, place in where.items() if thing in seen[place]}
        shown = {thing: seen[place][thing] for thing, place in where.items()}
        return Anchors(pair=pair, where=where, names=None, shown=shown)
    seen = sights(scene, thresholds.visibility)
    names = {thing: name for thing, name in references.unique_names(scene, seen, pair.frames).items() if thing in where}
    return Anchors(pair=pair, where={thing: where[thing] for thing in names}, names=names, shown={})
