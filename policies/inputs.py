"""From what the robot sees to what the model reads, and from demonstrations to training samples.

Training and control come through the same functions, so the same raw picture gives the same ids and pixels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from transformers import Qwen2_5_VLProcessor

from action_tokenizer import LIBERO, ActionCodec, Robot
from policies import pictures
from policies.config import PolicyConfig
from policies.proprioception import select
from spatial_pretrain.chat import ChatFormat, Turn, assistant, user
from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.prompts import Prompt
from spatial_pretrain.samples import IGNORED, Sample
from vst_robot.errors import DataError
from vst_robot.types import Orientation, Picture


class PolicyInputs:
    """The prompt of a policy: pictures, question, and the proprioceptive numbers as tokens."""

    def __init__(
        self,
        policy: PolicyConfig,
        processor: Qwen2_5_VLProcessor,
        action_codec: ActionCodec,
        proprio_codec: ActionCodec | None,
        robot: Robot = LIBERO,
    ) -> None:
        """Binds a configuration to a processor, and to the codecs and the robot of one checkpoint."""
        self.robot = robot
        self.policy = policy
        self.action_codec = action_codec
        self.proprio_codec = proprio_codec
        self._chat = ChatFormat(processor.tokenizer, system=policy.prompt.system or None)
        self._encoder = PictureEncoder(processor)

    def square(self, picture: Picture, orientation: Orientation) -> Picture:
        """One camera picture as the vision tower sees it, before training-time augmentation."""
        return self._encoder.fit(pictures.prepare(picture, orientation, self.policy.pictures))

    def prompt(self, images: Mapping[str, Picture], instruction: str, proprio: Float[np.ndarray, " p"]) -> Prompt:
        """What the model reads before it answers, from true camera pictures.

        Raises:
            DataError: A camera that the policy looks through is missing.
        """
        squares = tuple(self.square(self._camera(images, name), "true") for name in self.policy.pictures.cameras)
        turns = [self._ask(squares, instruction, proprio)]
        return Prompt(input_ids=self._chat.encode(turns, open_assistant=True).ids, pictures=squares)

    def sample(
        self,
        squares: Sequence[Picture],
        instruction: str,
        proprio: Float[np.ndarray, " p"],
        actions: Float[np.ndarray, "horizon d"],
        weights: Float[np.ndarray, " horizon"] | None = None,
    ) -> Sample:
        """Builds a training sample: the same prompt, answered by the action tokens.

        Args:
            squares: One per camera, from `square` (and perhaps augmented).
            instruction: The task in words.
            proprio: Observed numbers, all of them.
            actions: Labels in robot units, as many as the policy's chunk.
            weights: The weight of each action's tokens in Eq. 1; None: 1.
        """
        answer = self.action_codec.encode(actions)
        conversation = self._chat.encode([self._ask(squares, instruction, proprio), assistant(answer.ravel().tolist())])
        return Sample(
            input_ids=conversation.ids,
            labels=conversation.labels,
            pictures=tuple(squares),
            loss_weights=None if weights is None else self._token_weights(conversation.labels, weights),
        )

    def _token_weights(self, labels: np.ndarray, weights: Float[np.ndarray, " horizon"]) -> Float[np.ndarray, " n"]:
        """The answer's tokens are the first labelled ones; its end mark keeps weight 1."""
        per_token = np.ones(len(labels))
        (labelled,) = np.nonzero(labels != IGNORED)
        tokens = np.repeat(weights, self.action_codec.num_dims)
        per_token[labelled[: len(tokens)]] = tokens
        return per_token

    def _ask(self, squares: Sequence[Picture], instruction: str, proprio: np.ndarray) -> Turn:
        places = [self._chat.picture(self._encoder.tokens(*square.shape[:2])) for square in squares]
        question = self.policy.prompt.question.format(instruction=instruction.lower())
        return user(*places, question, *self._state(proprio))

    def _state(self, proprio: np.ndarray) -> list[list[int]]:
        if self.proprio_codec is None:
            return []
        return [self.proprio_codec.encode(select(proprio, self.policy.prompt.proprio, self.robot)).tolist()]

    def _camera(self, images: Mapping[str, Picture], name: str) -> Picture:
        if name not in images:
            raise DataError(f"the policy looks through camera '{name}', the observation has: {', '.join(images)}")
        return images[name]
