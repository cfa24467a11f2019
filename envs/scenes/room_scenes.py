"""Scenes without end from furnished rooms that our own code builds."""

import importlib.metadata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from envs.rendering import RenderMode
from envs.scenes.capture import FrameRenderer
from envs.scenes.frame_selection import Novelty, select
from envs.scenes.rooms import model, room, skins
from envs.scenes.rooms.ground import FreeFloor
from envs.scenes.rooms.model import RoomModel
from envs.scenes.rooms.room import Room
from envs.scenes.rooms.walks import Walker
from envs.scenes.visibility import MaskRule, is_seen
from vst_robot.errors import DataError, InputError
from vst_robot.geometry import camera
from vst_robot.scenes import CAMERA_VIEWS, VIEWS, Frame, Scene, SceneObject, View

Array = np.ndarray

SCENES_PER_ROOM: dict[View, int] = {"single": 8, "multi": 4, "video": 1}
"""A room costs as much as a few pictures."""

NOVELTY = Novelty(min_move_m=0.25, min_turn_deg=10.0)
FOVY_DEG: dict[View, tuple[float, float]] = {"single": (45.0, 72.0), "multi": (50.0, 72.0), "video": (60.0, 75.0)}
MULTI_FRAMES = (2, 4)
VIDEO_FRAMES, VIDEO_HZ = 32, 2.0
SURFACE_POINTS = 256
MIN_FLOOR_M2, MIN_THINGS = 1.5, 6
"""A room with less to stand on, or less to see, is drawn again."""

ROOM_RULE = MaskRule(min_pixels=20, min_area_share=0.001, min_seen_share=0.12)
"""Chairs, plants and lamps fill a third of their outline where nothing hides them, so 12 % is a third of them."""

_TRIES = 20
_GRAVITY = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stage:
    """A room that is ready to be looked at."""

    number: tuple[int, int]
    room: Room
    built: RoomModel
    floor: FreeFloor
    outlines_m: tuple[Float[Array, "n 3"], ...]
    surfaces_m: tuple[Float[Array, "n 3"], ...]


@dataclass(kw_only=True)
class RoomScenes:
    """Furnished rooms: bedrooms, living rooms, dining rooms, kitchens, offices and bathrooms.

    Attributes:
        seed: All scenes follow from it.
        image_size: Width and height of pictures, in pixels.
        render: Quality of the pictures.
        rule: When an object counts as seen.

    Raises:
        InputError: A number is out of range.
    """

    seed: int = 0
    image_size: int = 256
    render: RenderMode = "fast"
    rule: MaskRule = field(default_factory=lambda: ROOM_RULE)

    def __post_init__(self) -> None:
        self.name = "rooms"
        self.views: tuple[View, ...] = CAMERA_VIEWS
        if self.image_size < 16 or self.seed < 0:
            raise InputError("image_size must be at least 16 and the seed not negative")
        self._renderer: FrameRenderer | None = None
        self._stage: _Stage | None = None

    def __getstate__(self) -> dict[str, object]:
        """Room and renderer stay in their process."""
        return {**self.__dict__, "_renderer": None, "_stage": None}

    def count(self, view: View) -> int | None:
        """There is no end of them."""
        return None

    def scene(self, view: View, index: int) -> Scene:
        """The `index`-th scene of a view, the same however often and in whatever process it is asked for.

        Raises:
            DataError: The room allows no such view.
            UnavailableError: No off-screen OpenGL works here.
        """
        if index < 0:
            raise InputError(f"scenes are counted from 0, got {index}")
        stage = self._staged(VIEWS.index(view), index // SCENES_PER_ROOM[view])
        rng = np.random.default_rng([self.seed, 1, VIEWS.index(view), index])
        fovy_deg = float(rng.uniform(*FOVY_DEG[view]))
        poses = _poses(self._walker(stage, rng, fovy_deg), view)
        rate_hz = VIDEO_HZ if view == "video" else np.inf
        frames = tuple(self._frame(stage, T, fovy_deg, time_s=i / rate_hz) for i, T in enumerate(poses))
        return Scene(
            name=f"rooms/{self.seed}/{view}-{index}",
            source=self.name,
            view=view,
            frames=frames,
            objects=_objects(stage, frames, self.rule),
            gravity=_GRAVITY,
            floor_area_m2=stage.room.shell.floor_area_m2,
            provenance={"room": stage.room.kind, "room_number": str(stage.number[1]), "seed": str(self.seed)},
        )

    def close(self) -> None:
        """Frees room and renderer; the source can be asked again afterwards."""
        if self._renderer is not None:
            self._renderer.close()
        self._renderer = self._stage = None

    def fingerprint(self) -> Mapping[str, str]:
        """All that scenes depend on, beside view and index."""
        return {
            "source": self.name,
            "seed": str(self.seed),
            "image_size": str(self.image_size),
            "render": self.render,
            "visibility": str(self.rule),
            **{package: importlib.metadata.version(package) for package in ("mujoco", "numpy", "scipy")},
        }

    def _staged(self, view: int, number: int) -> _Stage:
        """The room of some scenes; the last one is kept, for its neighbours to come."""
        if self._stage is None or self._stage.number != (view, number):
            self._stage = None
            if self._renderer is not None:
                self._renderer.unload()  # the old room would take its memory until the new one's first picture
            self._stage = _built(self.seed, view, number)
        return self._stage

    def _walker(self, stage: _Stage, rng: np.random.Generator, fovy_deg: float) -> Walker:
        size = self.image_size
        return Walker(
            floor=stage.floor,
            targets_m=np.array([thing.box.centre_m for thing in stage.room.things]),
            K=camera.intrinsics_from_fovy(fovy_deg, width_px=size, height_px=size),
            size_px=(size, size),
            in_sight=stage.built.in_sight,
            rng=rng,
        )

    def _frame(self, stage: _Stage, T_world_camera: Float[Array, "4 4"], fovy_deg: float, *, time_s: float) -> Frame:
        if self._renderer is None:
            self._renderer = FrameRenderer((self.image_size, self.image_size), mode=self.render)
        self._renderer.load(stage.built.model)
        captured = self._renderer.capture(stage.built.data, T_world_camera, fovy_deg)
        return captured.frame(stage.built.instance_of_geom, time_s=time_s)


def _built(seed: int, view: int, number: int) -> _Stage:
    """Draws rooms until one has enough in it and room to walk."""
    for attempt in range(_TRIES):
        rng = np.random.default_rng([seed, 0, view, number, attempt])
        drawn = room.drawn(rng)
        floor = FreeFloor(*drawn.shell.size_m[:2], [thing.zone for thing in drawn.things])
        if floor.area_m2 >= MIN_FLOOR_M2 and len(drawn.things) >= MIN_THINGS:
            break
    else:
        raise DataError("no room with enough free floor was found")
    return _Stage(
        number=(view, number),
        room=drawn,
        built=model.compiled(drawn.shell, drawn.things),
        floor=floor,
        outlines_m=tuple(skins.outline_m(thing) for thing in drawn.things),
        surfaces_m=tuple(skins.surface_m(thing, rng, SURFACE_POINTS) for thing in drawn.things),
    )


def _poses(walker: Walker, view: View) -> list[Float[Array, "4 4"]]:
    """Cameras of one scene, in the order of its frames."""
    if view == "single":
        return [walker.look()]
    if view == "video":
        return walker.clip(VIDEO_FRAMES, VIDEO_HZ)
    count = int(walker.rng.integers(MULTI_FRAMES[0], MULTI_FRAMES[1] + 1))
    stops = walker.stops(count + 1)
    chosen = select(stops, NOVELTY, limit=count)
    if len(chosen) < 2:
        raise DataError("the walk's cameras are too much alike")
    return [stops[i] for i in chosen]


def _objects(stage: _Stage, frames: tuple[Frame, ...], rule: MaskRule) -> tuple[SceneObject, ...]:
    """Everything in the room; what no frame shows has no visible flag set."""
    words = Counter((thing.piece.label, thing.piece.word) for thing in stage.room.things)
    made = []
    for number, (thing, outline, surface) in enumerate(
        zip(stage.room.things, stage.outlines_m, stage.surfaces_m, strict=True), start=1
    ):
        piece = thing.piece
        alone = words[piece.label, piece.word] == 1
        made.append(
            SceneObject(
                label=piece.label,
                instance=number,
                box=thing.box,
                visible=tuple(is_seen(frame, number, outline, rule) for frame in frames),
                has_front=piece.has_front,
                surface_m=surface,
                description=f"the {piece.word} {piece.label}" if alone else None,
            )
        )
    return tuple(made)
