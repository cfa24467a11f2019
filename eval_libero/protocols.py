"""Evaluation protocols as published, each number with its source.

Scores are comparable only under one protocol: step limits, start states and seeds move them by points.
What a protocol asks for and this tool does differently is listed under `deviations` and printed with every
result.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vst_robot.errors import InputError, unknown_name
from vst_robot.types import Orientation


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a suite is evaluated.

    Attributes:
        name: What the user calls it.
        max_steps: Suite → control steps that the policy has, settle steps not counted.
        episodes_per_task: Episodes of the full protocol.
        num_starts: Start states that exist per task.
        settle_steps: Steps of `settle_action` before the policy is asked, so that objects come to rest.
        settle_action: Six zero displacements and the gripper, -1 open.
        env_seed: Seed of fixture placement, set once per task; episode i is the i-th reset after it.
        policy_seed: Seed of a policy that draws random numbers.
        image_size: Side of the rendered pictures in pixels.
        cameras: Cameras that the reference policy sees.
        orientation: Orientation of the pictures that the reference policy is given. A policy of ours declares
            its own and converts the true picture itself, so this is what to compare with, not a setting.
        source: Where the numbers stand.
        deviations: What this tool does otherwise.
    """

    name: str
    max_steps: Mapping[str, int]
    episodes_per_task: int = 50
    num_starts: int = 50
    settle_steps: int = 10
    settle_action: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0)
    env_seed: int
    policy_seed: int = 7
    image_size: int = 256
    cameras: tuple[str, ...] = ("agentview",)
    orientation: Orientation = "mirrored"
    source: str
    deviations: tuple[str, ...] = ()

    def step_limit(self, suite: str) -> int:
        """Control steps per episode of a suite.

        Raises:
            InputError: The protocol does not cover the suite.
        """
        if suite not in self.max_steps:
            covered = ", ".join(self.max_steps)
            raise InputError(f"protocol '{self.name}' says nothing about suite '{suite}': it covers {covered}")
        return self.max_steps[suite]


# Longest reference demonstrations 193 / 254 / 270 / 505 / 373 steps; OpenVLA, experiments/robot/libero/
# run_libero_eval.py, lines "max_steps = …". VST, OFT, openpi and starVLA copied them.
_OPENVLA_STEPS = {
    "libero_spatial": 220,
    "libero_object": 280,
    "libero_goal": 300,
    "libero_10": 520,
    "libero_90": 400,
}
_BOTH_CAMERAS = ("agentview", "robot0_eye_in_hand")

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            name="vst",
            max_steps=_OPENVLA_STEPS,
            env_seed=0,
            source="Visual Spatial Tuning, vst/vla/libero/run_libero_eval_mp.py",
        ),
        Protocol(
            name="openvla",
            max_steps=_OPENVLA_STEPS,
            env_seed=0,
            source="OpenVLA, experiments/robot/libero/run_libero_eval.py",
            deviations=(
                "episodes that end in an exception are errors and are tried again; the reference counts them "
                "as failures",
            ),
        ),
        Protocol(
            name="openpi",
            max_steps=_OPENVLA_STEPS,
            env_seed=7,
            cameras=_BOTH_CAMERAS,
            source="openpi, examples/libero/main.py",
            deviations=(
                "episodes that end in an exception are errors and are tried again; the reference counts them "
                "as failures",
                "how many actions of a chunk are executed is the policy's setting; the reference executes 5 of 10",
            ),
        ),
        Protocol(
            name="lerobot",
            max_steps={**_OPENVLA_STEPS, "libero_spatial": 280},
            env_seed=1000,
            policy_seed=1000,
            cameras=_BOTH_CAMERAS,
            source="LeRobot 0.6, src/lerobot/envs/libero.py and src/lerobot/scripts/lerobot_eval.py",
            deviations=(
                "fixtures are placed as by the i-th reset under one seed; the reference seeds anew before every reset",
                "pictures are rendered at 256 px as in the data; the reference's default is 360 px",
            ),
        ),
        Protocol(
            name="fake",
            max_steps={"point_reach": 60},
            env_seed=0,
            image_size=64,
            orientation="true",
            settle_steps=0,
            source="envs/fake.py: the world without a simulator",
        ),
    )
}


def get_protocol(name: str) -> Protocol:
    """Returns a protocol by name.

    Raises:
        InputError: There is none of that name; the nearest is offered.
    """
    if name not in PROTOCOLS:
        raise unknown_name("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]
