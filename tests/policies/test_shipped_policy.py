"""The policy that comes with the package."""

import numpy as np

from policies import manifest
from policies.vla import VlaPolicy
from vst_robot.cli.actors import SHIPPED, policy_folder
from vst_robot.types import Observation

FOLDER = policy_folder(SHIPPED[0])


def test_is_whole_and_small():
    manifest.require_whole(FOLDER)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 10e6
    assert {path.suffix for path in FOLDER.iterdir()} <= {".json", ".safetensors", ".jinja", ".md"}


def test_its_card_says_how_it_was_made():
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for words in ("libero_spatial", "demonstrations", "command", "vst-robot evaluate"):
        assert words in card


def test_loads_and_acts():
    policy = VlaPolicy.load(FOLDER, device="cpu")
    observation = Observation(
        images={camera: np.full((256, 256, 3), 128, np.uint8) for camera in policy.cameras},
        instruction="pick up the black bowl next to the plate and place it on the plate",
        proprio=np.array([-0.2, 0.0, 1.17, 3.14, 0.0, 0.0, 0.02, -0.02]),
        episode="libero_spatial/8/0",
        step=0,
    )
    (chunk,) = policy.act([observation])
    assert chunk.actions.shape == (policy.horizon, 7)
    assert np.isfinite(chunk.actions).all()
    assert set(np.unique(chunk.actions[:, 6])) <= {-1.0, 1.0}
