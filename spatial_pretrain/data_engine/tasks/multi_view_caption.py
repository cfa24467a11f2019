"""What two pictures show, and what changes from one to the other: `mi_scene_caption` (paper, Table 25)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import camera_motion, pairs, references
from spatial_pretrain.data_engine.margins import is_sound, smallest
from spatial_pretrain.data_engine.naming import joined, with_article
from spatial_pretrain.data_engine.pairs import ImagePair
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.tasks.camera_motions import named_turn
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from spatial_pretrain.data_engine.visibility import sights
from vst_robot.scenes import Scene, View

SIDE_SHARE, MIDDLE_SHARE = 0.15, 0.08
"""An object is on the left or right if its mask's middle is so far from the picture's, as a share of the width, and in
the middle if it is nearer than the second number. What lies between is not told of: 1 degree moves it by 0.02."""


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a caption tells: objects by their place in `Scene.objects`.

    Attributes:
        pair: The pictures.
        names: What objects are called.
        left: Objects of the first picture that are on its left.
        right: On its right.
        others: In its middle.
        pan: How the camera turned to the second picture; None if not clearly.
        margin: Of all of it.
    """

    pair: ImagePair
    names: Mapping[int, str]
    left: tuple[int, ...]
    right: tuple[int, ...]
    others: tuple[int, ...]
    pan: str | None
    margin: Margin

    def listed(self, things: Sequence[int]) -> str:
        """Objects with articles."""
        return joined([with_article(self.names[thing]) for thing in things])

    def kept(self, things: Sequence[int]) -> tuple[int, ...]:
        """Those that have a name."""
        return tuple(thing for thing in things if thing in self.names)


@dataclass(frozen=True, kw_only=True)
class MultiViewCaption:
    """The first picture from left to right; the camera's turn; what stays, what is new, what is gone.

    Only objects whose label nothing else in both pictures bears are told of.
    """

    name: str = "mi_scene_caption"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """There is one."""
        return {"change": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A caption of two pictures.

        Raises:
            Rejected: No pair shows enough objects that stay, come and go.
        """
        told = next(_tellable(scene, rng, setting.thresholds), None)
        if told is None:
            raise Rejected("too few objects that stay, come and go")
        pair, templates = told.pair, load_templates(self.name, setting.template_sets)
        sides = {"left": told.left, "right": told.right, "others": told.others}
        parts = {**sides, "still": pair.shared, "new": pair.only_second, "gone": pair.only_first}
        said = {part: things for part, every in parts.items() if (things := told.kept(every))}
        lines = [templates.answer(part, rng, things=told.listed(said[part])) for part in sides if part in said]
        lines.append(
            templates.answer("second", rng) if told.pan is None else templates.answer("turned", rng, pan=told.pan)
        )
        lines += [templates.answer(part, rng, things=told.listed(said[part])) for part in ("still", "new", "gone")]
        instances = {part: [scene.objects[thing].instance for thing in things] for part, things in said.items()}
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=templates.question(form, rng), answer=" ".join(lines)),),
            pictures=pairs.pictures(scene, pair),
            truth={"frames": list(pair.frames), "pan": told.pan, "instances": instances},
            margin=told.margin,
            scene=scene.name,
            source=scene.source,
        )


def _tellable(scene: Scene, rng: np.random.Generator, thresholds: Thresholds) -> Iterator[_Told]:
    seen = sights(scene, thresholds.visibility)
    for pair in pairs.image_pairs(scene, rng, thresholds.visibility):
        if not pair.has_anchors:
            continue
        names = references.unique_names(scene, seen, pair.frames)
        if all(set(things) & set(names) for things in (pair.shared, pair.only_first, pair.only_second)):
            told = _told(scene, pair, names, thresholds)
            if is_sound(told.margin):
                yield told


def _told(scene: Scene, pair: ImagePair, names: Mapping[int, str], thresholds: Thresholds) -> _Told:
    shown = references.observed_in(scene, pair.first, thresholds)
    width = scene.frames[pair.first].size_px[0]
    off = {thing: each.point_px[0] / width - 0.5 for thing, each in shown.items() if thing in names}
    turn = named_turn(camera_motion.motion(scene, *pair.frames), "pan", thresholds.camera_motion)
    return _Told(
        pair=pair,
        names=names,
        left=tuple(thing for thing in off if off[thing] < -SIDE_SHARE),
        right=tuple(thing for thing in off if off[thing] > SIDE_SHARE),
        others=tuple(thing for thing in off if abs(off[thing]) < MIDDLE_SHARE),
        pan=None if turn is None else turn[0],
        margin=smallest([] if turn is None else [turn[1]]),
    )
