"""A policy's configuration meets the robot and the cameras of its demonstrations."""

from collections.abc import Sequence
from dataclasses import replace

from action_tokenizer import Robot
from policies.config import ALL, PolicyConfig
from vst_robot.errors import InputError


def resolve(policy: PolicyConfig, robot: Robot, cameras: Sequence[str]) -> PolicyConfig:
    """The configuration with `all` replaced by the cameras and proprioceptive numbers that there are.

    Args:
        policy: As configured.
        robot: Of the demonstrations.
        cameras: Cameras of the demonstrations; none if that is not known yet.

    Raises:
        InputError: The robot does not measure one of the numbers, or nobody knows what all cameras are.
    """
    pictures, prompt = policy.pictures, policy.prompt
    if pictures.cameras == ALL:
        if not cameras:
            raise InputError("cameras = all means those of the demonstrations, and there are none yet: name them")
        pictures = replace(pictures, cameras=tuple(cameras))
    if prompt.proprio == ALL:
        prompt = replace(prompt, proprio=robot.proprio)
    robot.columns(prompt.proprio)
    return replace(policy, pictures=pictures, prompt=prompt)
