"""One simulator per task is shared by all tests of a run: an episode must not depend on what came before."""

import pytest

from envs.libero import LiberoEnvironment, LiberoFactory


@pytest.fixture(scope="package")
def spatial_environment():
    """Task id → environment of libero_spatial with primitive assets, 64 px, two settle steps."""
    factory = LiberoFactory(suite="libero_spatial", image_size=64, settle_steps=2)
    made: dict[int, LiberoEnvironment] = {}

    def environment(task_id: int) -> LiberoEnvironment:
        if task_id not in made:
            made[task_id] = factory(task_id)
        return made[task_id]

    yield environment
    for one in made.values():
        one.close()
