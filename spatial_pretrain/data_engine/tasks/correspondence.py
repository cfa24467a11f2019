"""Which point of the second picture is the one of the first (paper, Table 27 and appendix C)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spatial_pretrain.data_engine import marks, visibility
from spatial_pretrain.data_engine.margins import sound
from spatial_pretrain.data_engine.options import LETTERS, Options
from spatial_pretrain.data_engine.pairs import ImagePair, image_pairs
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.templates import load_templates
from spatial_pretrain.data_engine.thresholds import Thresholds
from vst_robot.geometry import pose
from vst_robot.scenes import Frame, Scene, View

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class _Points:
    """Points seen in both pictures.

    Attributes:
        world_m: Where they are (n, 3).
        things: Places of their objects in `Scene.objects` (n,).
        first_px: In the first picture (n, 2).
        second_px: In the second (n, 2).
    """

    world_m: Float[Array, "n 3"]
    things: Array
    first_px: Float[Array, "n 2"]
    second_px: Float[Array, "n 2"]

    def at(self, rows: list[int]) -> "_Points":
        """Some of them."""
        return _Points(
            world_m=self.world_m[rows],
            things=self.things[rows],
            first_px=self.first_px[rows],
            second_px=self.second_px[rows],
        )


@dataclass(frozen=True, kw_only=True)
class Correspondence:
    """A gold circle in the first picture, four lettered ones in the second.

    All four candidates are seen in both pictures, and each could have been the one that is circled in the first.
    """

    name: str = "mi_correspondence"
    view: View = "multi"

    @property
    def forms(self) -> Mapping[str, float]:
        """There is one form."""
        return {"points": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """One question.

        Raises:
            Rejected: No pair shows enough points that are far enough from each other.
        """
        pair, points = _spread_points(scene, rng, setting.thresholds)
        letters = LETTERS[: len(points.world_m)]
        texts = tuple(f"point-{letter}" for letter in letters)
        options = Options(texts=texts, answer_index=int(rng.integers(len(texts))), style="A: x, B: y")
        templates = load_templates(self.name, setting.template_sets)
        question = templates.question(form, rng, options=options.listed, letters=", ".join(letters))
        right = options.answer_index
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=question, answer=templates.answer(form, rng, answer=options.answer)),),
            pictures=(
                marks.draw_circles(scene.frames[pair.first].rgb, [tuple(points.first_px[right])], ["gold"]),
                marks.draw_circles(
                    scene.frames[pair.second].rgb,
                    [tuple(point) for point in points.second_px],
                    ["gold"] * len(letters),
                    letters,
                ),
            ),
            truth={
                "frames": list(pair.frames),
                "instances": [scene.objects[thing].instance for thing in points.things],
                "point_first_px": points.first_px[right].tolist(),
                "points_second_px": points.second_px.tolist(),
                "points_world_m": points.world_m.tolist(),
                **options.truth,
            },
            margin=_margin(points, right, scene.frames[pair.second]),
            scene=scene.name,
            source=scene.source,
        )


def _spread_points(scene: Scene, rng: np.random.Generator, thresholds: Thresholds) -> tuple[ImagePair, _Points]:
    """The first pair with enough points that lie apart in both pictures and in space."""
    for pair in image_pairs(scene, rng, thresholds.visibility)[:4]:
        points = _seen_in_both(scene, pair, rng, thresholds)
        chosen = _apart(points, scene.frames[pair.second], rng, thresholds)
        if len(chosen) == thresholds.correspondence.candidates:
            found = points.at(chosen)
            sound(_margin(found, 0, scene.frames[pair.second]))
            return pair, found
    raise Rejected("too few points seen in both pictures")


def _seen_in_both(scene: Scene, pair: ImagePair, rng: np.random.Generator, thresholds: Thresholds) -> _Points:
    """Surface points of shared objects that both pictures show."""
    first, second = (scene.frames[frame] for frame in pair.frames)
    drawn = [_surface_points(scene, thing, first, rng, thresholds) for thing in pair.shared]
    world_m = np.concatenate(drawn)
    things = np.repeat(pair.shared, [len(points) for points in drawn])
    numbers = np.array([thing.instance for thing in scene.objects])[things]
    # The point is what the first picture shows, so that only the second can be off.
    rows, first_px, world_m = _shown(world_m, numbers, first, thresholds)
    kept, second_px, _ = _shown(world_m, numbers[rows], second, thresholds)
    return _Points(world_m=world_m[kept], things=things[rows][kept], first_px=first_px[kept], second_px=second_px)


def _surface_points(
    scene: Scene, thing: int, frame: Frame, rng: np.random.Generator, thresholds: Thresholds
) -> Float[Array, "n 3"]:
    """Points of an object's surface: the source's, else what the depth map shows under its mask."""
    wanted, points_m = thresholds.visibility.surface_points, scene.objects[thing].surface_m
    if points_m is None:
        if frame.instances is None or frame.depth_m is None:
            return np.zeros((0, 3))
        rows, columns = np.nonzero((frame.instances == scene.objects[thing].instance) & (frame.depth_m > 0))
        chosen = rng.permutation(len(rows))[:wanted]
        points_m = _unprojected(frame, rows[chosen], columns[chosen])
    return points_m[rng.permutation(len(points_m))[:wanted]].astype(np.float64)


def _unprojected(frame: Frame, rows: Array, columns: Array) -> Float[Array, "n 3"]:
    """Where the surface is, in the world, that some pixels' centres show."""
    assert frame.depth_m is not None
    rays = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))], axis=-1) @ np.linalg.inv(frame.K).T
    return pose.apply(frame.T_world_camera, rays * frame.depth_m[rows, columns, None].astype(np.float64))


def _shown(world_m: Array, numbers: Array, frame: Frame, thresholds: Thresholds) -> tuple[Array, Array, Array]:
    """The rows of the points that a frame shows, the centres of their pixels, and what is there in the world.

    The paper's three checks, and two of ours: the pixel belongs to the object, and what it shows is within half the
    distance between candidates. A twentieth of the depth alone would let a point on a wall pass for one on the thing
    before it.
    """
    if frame.depth_m is None:
        return np.zeros(0, dtype=int), np.zeros((0, 2)), np.zeros((0, 3))
    seen = visibility.visible_points(world_m, frame, depth_tolerance=thresholds.visibility.depth_tolerance)
    rows = np.flatnonzero(seen)
    columns, lines = visibility.pixels_of(world_m[rows], frame)[0].astype(int).T
    shown_m = _unprojected(frame, lines, columns)
    near = np.linalg.norm(shown_m - world_m[rows], axis=1) <= thresholds.correspondence.min_apart_m / 2
    if frame.instances is not None:
        near &= frame.instances[lines, columns] == numbers[rows]
    return rows[near], np.stack([columns, lines], axis=-1)[near] + 0.5, shown_m[near]


def _apart(points: _Points, second: Frame, rng: np.random.Generator, thresholds: Thresholds) -> list[int]:
    """As many points as candidates are wanted, taken in random order if far from all taken before."""
    rule = thresholds.correspondence
    least_px = rule.min_apart_px_share * float(np.hypot(*second.size_px))
    chosen: list[int] = []
    for row in rng.permutation(len(points.world_m)):
        apart_m = np.linalg.norm(points.world_m[chosen] - points.world_m[row], axis=1)
        apart_px = np.linalg.norm(points.second_px[chosen] - points.second_px[row], axis=1)
        pixels = [tuple(points.second_px[each]) for each in [*chosen, row]]
        if (
            (apart_m >= rule.min_apart_m).all()
            and (apart_px >= least_px).all()
            and marks.points_apart(pixels, second.size_px)
        ):
            chosen.append(int(row))
        if len(chosen) == rule.candidates:
            break
    return chosen


def _margin(points: _Points, right: int, second: Frame) -> Margin:
    """How far point and camera may move before the true point is nearer to a wrong candidate's circle."""
    others = [row for row in range(len(points.world_m)) if row != right]
    apart_m = np.linalg.norm(points.world_m[others] - points.world_m[right], axis=1).min()
    apart_px = np.linalg.norm(points.second_px[others] - points.second_px[right], axis=1).min()
    focal = float(max(second.K[0, 0], second.K[1, 1]))
    local_m = pose.apply(pose.inverse(second.T_world_camera), points.world_m)
    outer = float(np.linalg.norm(local_m[:, :2] / local_m[:, 2:], axis=1).max())
    # A point at r focal lengths from the picture's centre moves by up to focal sqrt(1 + r²) m / (z - m) pixels if it
    # moves by m, and by up to focal (1 + r²) tan d / (1 - r tan d) if the camera turns by d.
    step = apart_px / 2 / (focal * np.sqrt(1 + outer**2))
    reach_m = step * float(local_m[:, 2].min()) / (1 + step)
    turn = np.arctan(apart_px / 2 / (focal * (1 + outer**2) + apart_px / 2 * outer))
    return Margin(metres=float(min(apart_m / 2, reach_m)), degrees=float(np.degrees(turn)))
