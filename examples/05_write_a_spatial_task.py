"""Write a spatial task and build samples of it from furnished rooms.

    python examples/05_write_a_spatial_task.py

A task is any picklable object with `name`, `view`, `forms` and `sample`
(`spatial_pretrain.data_engine.task.SpatialTask`); the builder, the files, the page and the checks come for free.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from envs.scenes.room_scenes import RoomScenes
from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.build import build
from spatial_pretrain.data_engine.observed import observe
from spatial_pretrain.data_engine.options import Options
from spatial_pretrain.data_engine.plan import Feed
from spatial_pretrain.data_engine.samples import Margin, Rejected, SpatialSample, Turn
from spatial_pretrain.data_engine.task import Setting
from spatial_pretrain.data_engine.thresholds import load_profile
from vst_robot.scenes import Scene, View

LEAST_GAP_M = 0.2


@dataclass(frozen=True, kw_only=True)
class Highest:
    """Which of the things in the picture stands highest above the floor?"""

    name: str = "si_highest"
    view: View = "single"

    @property
    def forms(self) -> Mapping[str, float]:
        """One form, so it gets all samples."""
        return {"words": 1.0}

    def sample(self, scene: Scene, rng: np.random.Generator, setting: Setting, *, form: str) -> SpatialSample:
        """A question whose answer leads by 20 cm; pure: it follows from scene and generator alone."""
        seen = {each.thing.label: each.thing for each in observe(scene, 0, setting.thresholds)}
        if scene.gravity is None or len(seen) < 3:
            raise Rejected("fewer than three kinds of things")  # counted by this text; the next scene is tried
        height_m = {label: float(-thing.box.centre_m @ scene.gravity) for label, thing in seen.items()}
        first, second, *others = sorted(height_m, key=lambda label: -height_m[label])
        gap_m = height_m[first] - height_m[second]
        if gap_m < LEAST_GAP_M:
            raise Rejected("no thing is clearly the highest")
        options = Options.shuffled(rng, first, [second, *others][:3])
        question = f"Whose centre is the highest above the floor? Options: {options.listed}"
        return SpatialSample(
            task=self.name,
            form=form,
            turns=(Turn(question=question, answer=options.answer),),
            pictures=(scene.frames[0].rgb,),
            truth={"heights_m": height_m, **options.truth},
            margin=Margin(metres=gap_m / 2),
            scene=scene.name,
            source=scene.source,
        )


def main() -> None:
    """Builds twelve samples and shows the first."""
    rooms = RoomScenes(seed=0, image_size=96)
    feed = Feed(source=rooms, setting=Setting(thresholds=load_profile("room")), profile="room")
    with tempfile.TemporaryDirectory() as folder:
        (record,) = build([feed], [Highest()], {"si_highest": 12}, Path(folder))
        rows = [row for path in shards.files(Path(folder)) for row in shards.read(path)]
    print(f"{record.total} samples from {record.scenes} rooms; rejected: {record.rejected.get('si_highest', {})}")
    for message in rows[0].messages:
        print(f"{message.speaker}: {message.text}")


if __name__ == "__main__":
    main()
