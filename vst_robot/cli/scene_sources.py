"""Sources of scenes by the words of `--source`: LIBERO's suites, furnished rooms, data sets on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from spatial_pretrain.data_engine.plan import Feed, ReadyFeed
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.task import BoxText, Setting
from spatial_pretrain.data_engine.templates import SETS
from spatial_pretrain.data_engine.thought_rules import ThoughtForm
from spatial_pretrain.data_engine.thresholds import load_profile
from vst_robot.errors import InputError, unknown_name
from vst_robot.interfaces import SceneSource

Profile = Literal["auto", "room", "tabletop"]
ROOMS, DRAWN = "rooms", "drawn"
SUITES = ("libero_spatial", "libero_object", "libero_goal", "libero_10", "libero_90")


@dataclass(frozen=True, kw_only=True)
class Making:
    """What a simulator needs to make scenes; data sets on disk have their own pictures.

    Attributes:
        seed: All scenes follow from it.
        image_size: Side of the pictures in pixels.
        assets: LIBERO's asset pack.
    """

    seed: int
    image_size: int
    assets: str


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How samples are worded.

    Attributes:
        sets: Template sets.
        boxes: How 3D boxes are written.
        thought_form: How thoughts are written.
    """

    sets: tuple[str, ...] = SETS
    boxes: BoxText = field(default_factory=BoxText)
    thought_form: ThoughtForm = "rt_bev"


def open_any(text: str, making: Making) -> SceneSource | SampleSource:
    """As `open_source`, for data sets of ready conversations as well."""
    name, _, folder = text.partition(":")
    if name in conversation_sets() and folder:
        from spatial_pretrain import readers

        _check_folder(name, Path(folder).expanduser(), text)
        return readers.sample_source(text)
    return open_source(text, making)


def open_source(text: str, making: Making) -> SceneSource:
    """The source that `--source` names; nothing is read or simulated yet.

    Raises:
        InputError: There is none of that name, or a data set's folder is missing.
    """
    name, colon, folder = text.partition(":")
    if colon:
        return _data_set(name, Path(folder).expanduser(), text)
    if name == ROOMS:
        from envs.scenes.room_scenes import RoomScenes

        return RoomScenes(seed=making.seed, image_size=making.image_size)
    if name == DRAWN:
        from spatial_pretrain.data_engine.drawn.sheets import BlankSheets

        return BlankSheets(seed=making.seed, image_size=making.image_size)
    if name in SUITES:
        from envs.scenes.libero_scenes import LiberoScenes

        return LiberoScenes(suite=name, seed=making.seed, image_size=making.image_size, assets=making.assets)
    if name in (*data_sets(), *conversation_sets()):
        raise InputError(f"'{text}' names no folder: write {name}:<folder of the data set>")
    raise unknown_name(
        "source", text, [ROOMS, DRAWN, *SUITES, *(f"{name}:<folder>" for name in (*data_sets(), *conversation_sets()))]
    )


def open_feed(text: str, making: Making, *, profile: Profile, wording: Wording) -> Feed | ReadyFeed:
    """A source with its thresholds: `tabletop` for LIBERO's tables, `room` for all others, unless one is named.

    Raises:
        InputError: As `open_source`; or a template set is unknown.
    """
    for name in wording.sets:
        if name not in SETS:
            raise unknown_name("template set", name, SETS)
    source = open_any(text, making)
    if isinstance(source, SampleSource):
        return ReadyFeed(source=source)
    automatic = "tabletop" if text in SUITES else "room"
    chosen = automatic if profile == "auto" else profile
    setting = Setting(
        thresholds=load_profile(chosen),
        template_sets=wording.sets,
        boxes=wording.boxes,
        thought_form=wording.thought_form,
    )
    return Feed(source=source, setting=setting, profile=chosen)


def data_sets() -> Sequence[str]:
    """Names of the data sets that can be read from a folder."""
    from spatial_pretrain import readers

    return tuple(readers.SCENE_READERS)


def conversation_sets() -> Sequence[str]:
    """Names of the data sets whose conversations are taken as they are."""
    from spatial_pretrain import readers

    return tuple(readers.SAMPLE_READERS)


def described() -> Mapping[str, str]:
    """All sources and what they give."""
    suites = {name: "tabletop scenes of this LIBERO suite, simulated; no end of them" for name in SUITES}
    rooms = {ROOMS: "furnished rooms made by our code, simulated; no end of them"}
    drawn = {DRAWN: "text, shapes and charts drawn on blank sheets, for general tasks; no end of them"}
    scenes = {f"{name}:<folder>": "scenes of this data set, as published" for name in data_sets()}
    ready = {f"{name}:<folder>": "conversations of this data set, as published" for name in conversation_sets()}
    return {**suites, **rooms, **drawn, **scenes, **ready}


def _data_set(name: str, folder: Path, text: str) -> SceneSource:
    from spatial_pretrain import readers

    if name not in readers.SCENE_READERS:
        raise unknown_name("data set", name, [*data_sets(), *conversation_sets()])
    _check_folder(name, folder, text)
    return readers.scene_source(f"{name}:{folder}")


def _check_folder(name: str, folder: Path, text: str) -> None:
    if not folder.exists():
        raise InputError(f"no folder '{folder}' for --source {text}: download {name} or correct the path")
