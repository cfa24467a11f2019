"""Proof that a checkpoint's inputs come out today as they did in training."""

import hashlib

import numpy as np

from policies.inputs import PolicyInputs

SIDE_PX = 256
INSTRUCTION = "Pick up the black bowl and place it on the plate"


def parity_sha256(inputs: PolicyInputs) -> str:
    """Hash of ids and pixels that a fixed observation becomes.

    It changes with the prompt, the tokenizer, resizing, mirroring and the statistics: with everything between the
    camera and the model but the weights.
    """
    ramp = np.arange(SIDE_PX * SIDE_PX * 3, dtype=np.int64).reshape(SIDE_PX, SIDE_PX, 3)
    picture = (ramp * 2654435761 >> 13).astype(np.uint8)
    picture[16:48, 16:24] = 255  # an asymmetric mark, so that flips and mirrors show
    images = dict.fromkeys(inputs.policy.pictures.cameras, picture)
    prompt = inputs.prompt(images, INSTRUCTION, np.linspace(-0.5, 0.5, len(inputs.robot.proprio)))
    digest = hashlib.sha256(np.asarray(prompt.input_ids, dtype="<i8").tobytes())
    for square in prompt.pictures:
        digest.update(repr(square.shape).encode() + square.tobytes())
    return digest.hexdigest()
