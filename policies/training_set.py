"""Demonstrations as a map-style data set of training samples, and how they become batches."""

import numpy as np
from jaxtyping import Bool, Float
from torch.utils.data import Dataset

from policies import pictures
from policies.config import FinetuneConfig
from policies.demos.cache import FrameCache, Labels
from policies.inputs import PolicyInputs
from spatial_pretrain.collate import BatchCollator, RowCollator
from spatial_pretrain.model import Backbone
from spatial_pretrain.packing import PackedDataset, pack
from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.positions import RotaryPositions
from spatial_pretrain.samples import Sample

FAITHFUL_WITHIN = 0.6
"""Largest difference between what was executed and its label that still counts as following it: four standard
deviations of the default noise; a push is larger."""


class DemonstrationSet(Dataset[Sample]):
    """Every recorded step of a frame cache, answered by the next `chunk` actions.

    Expert's labels answer the states that were reached. Where the hand was pushed, the labels after the push answer a
    state that the policy's own chunk would not have led to; their weight in the loss is 0.
    """

    def __init__(self, cache: FrameCache, inputs: PolicyInputs, *, labels: Labels, seed: int) -> None:
        """Looks through `cache`, whose frames `inputs` prepared; `seed` is the augmentation's."""
        self._cache, self._inputs, self._seed = cache, inputs, seed
        self._labels: Labels = labels
        difference = np.abs(cache.actions - cache.actions_clean).max(axis=1)
        self._faithful = difference < (FAITHFUL_WITHIN if labels == "clean" else np.inf)

    def __len__(self) -> int:
        """Number of steps."""
        return len(self._cache)

    def __getitem__(self, index: int) -> Sample:
        """The sample of one step; augmentation depends on (seed, step) alone."""
        policy = self._inputs.policy
        squares = [self._cache.pictures[camera][index] for camera in policy.pictures.cameras]
        if policy.pictures.shift_px or policy.pictures.brightness:
            rng = np.random.default_rng((self._seed, index))
            squares = [pictures.augment(square, policy.pictures, rng) for square in squares]
        window = self._cache.chunk(index, policy.actions.chunk, labels=self._labels)
        weights = self._weights(index, window.valid)
        return self._inputs.sample(
            squares, self._cache.instruction(index), self._cache.proprio[index], window.actions, weights
        )

    def _weights(self, index: int, valid: Bool[np.ndarray, " horizon"]) -> Float[np.ndarray, " horizon"] | None:
        """1 for labels whose predecessors in the chunk were all followed; the first label always counts."""
        followed = np.ones(len(valid))
        inside = int(valid.sum())
        followed[1:inside] = np.logical_and.accumulate(self._faithful[index : index + inside - 1])
        followed[inside:] = followed[inside - 1]
        return None if followed.all() else followed

    def lengths(self) -> list[int]:
        """Tokens of every sample; they depend on the instruction alone."""
        known: dict[str, int] = {}
        for step in self._cache.episode_starts[:-1]:
            instruction = self._cache.instruction(int(step))
            if instruction not in known:
                known[instruction] = len(self[int(step)])
        return [known[self._cache.instruction(step)] for step in range(len(self))]

    def longest_prompt(self) -> int:
        """Tokens of the longest sample without its answer and end mark."""
        answer = self._inputs.policy.actions.chunk * self._inputs.action_codec.num_dims
        return max(self.lengths()) - answer


def batching(
    dataset: DemonstrationSet, backbone: Backbone, config: FinetuneConfig
) -> tuple[Dataset, BatchCollator | RowCollator]:
    """What the trainer iterates over: padded samples, or rows packed with several of them."""
    parts = {
        "encoder": PictureEncoder(backbone.processor),
        "positions": RotaryPositions(backbone.model.config),
        "pad_id": backbone.processor.tokenizer.pad_token_id,
        "still": True,
    }
    if not config.packing.enabled:
        return dataset, BatchCollator(**parts)
    packing = pack(dataset.lengths(), config.packing.row_tokens, seed=config.training.seed)
    flash = "flash" in str(backbone.model.config._attn_implementation)
    return PackedDataset(dataset, packing), RowCollator(isolation="lengths" if flash else "mask", **parts)
