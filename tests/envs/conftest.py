"""One simulator per task is shared by all tests of a run: an episode must not depend on what came before."""

from functools import cache

import pytest

from envs.libero import LiberoEnvironment, LiberoFactory


@cache
def _environment(task_id: int) -> LiberoEnvironment:
    return LiberoFactory(suite="libero_spatial", image_size=64, settle_steps=2)(task_id)


@pytest.fixture(scope="session")
def spatial_environment():
    """Task id → environment of libero_spatial with primitive assets, 64 px, two settle steps."""
    yield _environment
    _environment.cache_clear()
