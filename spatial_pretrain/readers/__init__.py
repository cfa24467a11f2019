"""Data sets on disk as scenes (`SceneSource`) and as ready conversations (`SampleSource`).

`scene_source("scannet:~/data/scannet")` opens one by its name and folder.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.readers.arkitscenes import ARKitScenes
from spatial_pretrain.readers.embodiedscan import EmbodiedScan
from spatial_pretrain.readers.hypersim import Hypersim
from spatial_pretrain.readers.matterport3d import Matterport3D
from spatial_pretrain.readers.monocular import PlainImages
from spatial_pretrain.readers.omni3d import Omni3D
from spatial_pretrain.readers.onevision import OneVision
from spatial_pretrain.readers.scannet import ScanNet
from spatial_pretrain.readers.scannetpp import ScanNetPlusPlus
from spatial_pretrain.readers.scans import ScanSource
from spatial_pretrain.readers.vlm3r import Vlm3r
from vst_robot.errors import InputError, unknown_name
from vst_robot.interfaces import SceneSource

SCENE_READERS: Mapping[str, Callable[[Path], SceneSource]] = {
    "omni3d": Omni3D,
    "embodiedscan": lambda folder: ScanSource(EmbodiedScan(folder)),
    "arkitscenes": lambda folder: ScanSource(ARKitScenes(folder)),
    "scannet": lambda folder: ScanSource(ScanNet(folder)),
    "hypersim": lambda folder: ScanSource(Hypersim(folder)),
    "matterport3d": lambda folder: ScanSource(Matterport3D(folder)),
    "scannetpp": lambda folder: ScanSource(ScanNetPlusPlus(folder)),
    "images": PlainImages,
}
"""Data sets of scenes, by the name in front of the colon."""

SAMPLE_READERS: Mapping[str, Callable[[Path], SampleSource]] = {"vlm3r": Vlm3r, "onevision": OneVision}
"""Data sets of ready conversations."""


def scene_source(text: str) -> SceneSource:
    """The source that ``"<name>:<folder>"`` names. Nothing is read yet.

    Raises:
        InputError: There is no reader of that name, or no folder is given.
    """
    name, folder = _parts(text, SCENE_READERS)
    return SCENE_READERS[name](folder)


def sample_source(text: str) -> SampleSource:
    """As `scene_source`, for data sets of ready conversations."""
    name, folder = _parts(text, SAMPLE_READERS)
    return SAMPLE_READERS[name](folder)


def _parts(text: str, readers: Mapping[str, object]) -> tuple[str, Path]:
    name, colon, folder = text.partition(":")
    if name not in readers:
        raise unknown_name("data set", name, readers)
    if not colon or not folder:
        raise InputError(f"'{text}' names no folder: write {name}:<folder of the data set>")
    return name, Path(folder).expanduser()
