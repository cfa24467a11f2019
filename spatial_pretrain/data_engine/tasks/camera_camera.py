"""Where one camera is and looks, seen from the other (paper, Table 29)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from spatial_pretrain.data_engine import directions, pairs
from spatial_pretrain.data_engine.directions import COMPASS, EGOCENTRIC
from spatial_pretrain.data_engine.margins import is_sound
from spatial_pretrain.data_engine.options import Options, pooled
from spatial_pretrain.data_engine.pairs import ImagePair
from spatial_pretrain.data_engine.samples import Margin, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Direction
from vst_robot.scenes import Scene, View


@dataclass(frozen=True, kw_only=True)
class _Relation:
    """Sector and angle of what is asked, for one pair."""

    pair: ImagePair
    step: int
    angle_deg: float
    margin: Margin


@dataclass(frozen=True, kw_only=True)
class CameraCameraRelation:
    """`facing`: which way the second camera looks if the first looks west. `position`: where the first camera is.

    Pairs share an object and show one each that the other does not. Both are judged on the ground plane.
    """

    name: str = "mi_camera_camera_relation"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """Half of each."""
        return {"facing": 0.5, "position": 0.5}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question with up to four options.

        Raises:
            Rejected: No pair shares an object, or too few answers are possible.
        """
        thresholds = setting.thresholds
        found = [pair for pair in pairs.image_pairs(scene, rng, thresholds.visibility) if pair.has_anchors]
        judge = {"facing": _facing, "position": _position}[form]
        relations = [relation for pair in found if (relation := judge(scene, pair, thresholds.direction)) is not None]
        premise = COMPASS[int(rng.integers(len(COMPASS)))]
        word = {"facing": lambda step: directions.turned(premise, step), "position": EGOCENTRIC.__getitem__}[form]
        pool = pooled((word(relation.step), relation) for relation in relations)
        options, relation = Options.drawn(rng, pool, least=2)
        templates = load_templates(self.name, setting.template_sets)
        question = templates.question(form, rng, premise=premise, options=options.listed)
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=question, answer=templates.answer(form, rng, answer=options.answer)),),
            pictures=pairs.pictures(scene, relation.pair),
            truth={
                "frames": list(relation.pair.frames),
                "clockwise_deg": relation.angle_deg,
                "premise": premise if form == "facing" else None,
                **options.truth,
            },
            margin=relation.margin,
            scene=scene.name,
            source=scene.source,
        )


def _facing(scene: Scene, pair: ImagePair, rule: Direction) -> _Relation | None:
    """From the first camera's heading to the second's."""
    down = directions.down(scene, pair.first)
    first, second = (scene.frames[frame].T_world_camera[:3, 2] for frame in pair.frames)
    angle = directions.clockwise_deg(first, second, down)
    return _judged(pair, angle, rule, lambda border: directions.angle_margin(border, down, headings=[first, second]))


def _position(scene: Scene, pair: ImagePair, rule: Direction) -> _Relation | None:
    """From the second camera's heading to where the first camera is."""
    down = directions.down(scene, pair.first)
    T_first, T_second = (scene.frames[frame].T_world_camera for frame in pair.frames)
    heading, span_m = T_second[:3, 2], T_first[:3, 3] - T_second[:3, 3]
    if directions.ground_length(span_m, down) < rule.min_m:
        return None
    angle = directions.clockwise_deg(heading, span_m, down)
    return _judged(
        pair, angle, rule, lambda border: directions.angle_margin(border, down, spans_m=[span_m], headings=[heading])
    )


def _judged(
    pair: ImagePair, angle_deg: float, rule: Direction, margin_of: Callable[[float], Margin]
) -> _Relation | None:
    sector = directions.sector(angle_deg)
    if sector.border_deg < rule.border_deg or not is_sound(margin := margin_of(sector.border_deg)):
        return None
    return _Relation(pair=pair, step=sector.index, angle_deg=angle_deg, margin=margin)
