"""What a run asks of the machine: the model's parameters and memory, and room on the disk for its frames."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from policies.config import ALL, FinetuneConfig, PicturesConfig
from vst_robot.errors import UnavailableError
from vst_robot.types import Episode

if TYPE_CHECKING:
    from spatial_pretrain.plan import ModelPlan

GIB, GB = 2**30, 10**9
LARGE_GB = 4.0
"""From here on a run says beforehand how much disk its frames take."""
SHARE_OF_LIMIT = 0.5
"""Length of a collected demonstration over its suite's step limit, to plan with; measured: 0.42 to 0.47."""


def plan(config: FinetuneConfig) -> "ModelPlan":
    """Parameters and memory of a configuration, on torch's meta device."""
    from action_tokenizer import NUM_BINS
    from spatial_pretrain.plan import plan

    added = NUM_BINS if config.policy.actions.vocabulary == "added" else 0
    return plan(config.policy.backbone, new_tokens=added, frozen_parts=config.training.frozen_parts)


def memory(config: FinetuneConfig) -> str:
    """The same in half a line."""
    planned = plan(config)
    billions = sum(planned.parameters.values()) / 1e9
    return f"{billions:.2g} B parameters, {planned.total_bytes / GIB:.0f} GiB of GPU memory and activations"


def show(config: FinetuneConfig) -> None:
    """Prints parameter counts and the memory that training holds, without weights, files or network."""
    training, planned = config.training, plan(config)
    for part, count in planned.parameters.items():
        print(f"  {part:8s} {count:>14,} parameters, {planned.trainable[part]:,} trained")
    for name in ("weight", "gradient", "optimizer", "total"):
        print(f"  {name:10s} {getattr(planned, name + '_bytes') / GIB:9.2f} GiB")
    rows = training.batch_size * training.accumulation_steps
    kind = f"packed rows of {config.packing.row_tokens} tokens" if config.packing.enabled else "samples"
    print(f"  {training.max_steps} steps of {rows} {kind}; activations come on top")


def num_pictures(episodes: Iterable[Episode], pictures: PicturesConfig) -> int:
    """How many pictures of these demonstrations a policy sees."""
    named = None if pictures.cameras == ALL else len(pictures.cameras)
    return sum(len(episode) * (len(episode.images) if named is None else named) for episode in episodes)


def frames_gb(pictures: int, size_px: int) -> float:
    """Size of a frame cache in GB of 10^9 bytes; whatever is not a picture is small."""
    return pictures * size_px**2 * 3 / GB


def free_gb(folder: Path) -> float:
    """Free disk where a folder is, or will be."""
    folder = folder.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(existing).free / GB


def told_room(needed_gb: float, folder: Path) -> str:
    """One line on the disk that frames need and find."""
    return f"frame cache: about {needed_gb:.1f} GB in {folder}, where {free_gb(folder):.1f} GB are free"


def check_room(needed_gb: float, folder: Path) -> None:
    """Refuses frames that cannot fit.

    Raises:
        UnavailableError: Names both sizes.
    """
    if needed_gb > free_gb(folder):
        raise UnavailableError(
            f"{told_room(needed_gb, folder)}: free some space, choose another --output, or take fewer demonstrations "
            "(--demonstrations.per-task)"
        )
