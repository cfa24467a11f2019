"""What a model weighs before anything is downloaded: built on torch's meta device from a table of sizes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from spatial_pretrain.nano import NANO_V1, NanoArchitecture, build_processor, nano_config
from spatial_pretrain.optim import PARTS, Part, count_parameters
from vst_robot.errors import unknown_name


@dataclass(frozen=True, kw_only=True)
class Qwen25VlSizes:
    """Sizes of a released Qwen2.5-VL; what all of them share is in `_config`.

    Source: `config.json` of Qwen/Qwen2.5-VL-{3B,7B,32B,72B}-Instruct on the Hugging Face hub.
    """

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    intermediate_size: int
    vocab_size: int
    tie_word_embeddings: bool
    vision_intermediate_size: int


SIZES: Mapping[str, Qwen25VlSizes] = {
    "3B": Qwen25VlSizes(
        hidden_size=2048,
        num_hidden_layers=36,
        num_attention_heads=16,
        num_key_value_heads=2,
        intermediate_size=11008,
        vocab_size=151936,
        tie_word_embeddings=True,
        vision_intermediate_size=3420,
    ),
    "7B": Qwen25VlSizes(
        hidden_size=3584,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
        intermediate_size=18944,
        vocab_size=152064,
        tie_word_embeddings=False,
        vision_intermediate_size=3420,
    ),
    "32B": Qwen25VlSizes(
        hidden_size=5120,
        num_hidden_layers=64,
        num_attention_heads=40,
        num_key_value_heads=8,
        intermediate_size=27648,
        vocab_size=152064,
        tie_word_embeddings=False,
        vision_intermediate_size=3456,
    ),
    "72B": Qwen25VlSizes(
        hidden_size=8192,
        num_hidden_layers=80,
        num_attention_heads=64,
        num_key_value_heads=8,
        intermediate_size=29568,
        vocab_size=152064,
        tie_word_embeddings=False,
        vision_intermediate_size=3456,
    ),
}
"""By the size in the model's name; VST's checkpoints (`rayruiyang/VST-3B-SFT` …) have the sizes of their base."""


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """Parameters and the memory that training keeps permanently, without activations and summed over devices.

    Attributes:
        parameters: Parameters of each part; tied ones count once.
        trainable: Trained parameters of each part.
        weight_bytes: All weights.
        gradient_bytes: Gradients of what is trained.
        optimizer_bytes: AdamW's two moments in fp32, and fp32 master weights where the weights are narrower.
    """

    parameters: Mapping[Part, int]
    trainable: Mapping[Part, int]
    weight_bytes: int
    gradient_bytes: int
    optimizer_bytes: int

    @property
    def total_bytes(self) -> int:
        """Weights, gradients and optimizer."""
        return self.weight_bytes + self.gradient_bytes + self.optimizer_bytes


def plan(
    name: str,
    *,
    nano: NanoArchitecture = NANO_V1,
    new_tokens: int = 0,
    frozen_parts: tuple[Part, ...] = (),
    bytes_per_weight: int = 4,
) -> ModelPlan:
    """Counts a model's parameters and memory without weights, files or network.

    Args:
        name: `nano`, or a hub id or folder name that contains 3B, 7B, 32B or 72B.
        nano: Sizes of a nano model.
        new_tokens: Tokens that will be added. The released models' padded vocabularies have room for some.
        frozen_parts: Parts that are not trained.
        bytes_per_weight: 4 for fp32 weights (bf16 arithmetic included), 2 for pure bf16 with fp32 masters.

    Raises:
        InputError: The name tells no known size.
    """
    counts = count_parameters(empty_model(name, nano=nano, new_tokens=new_tokens))
    trainable: dict[Part, int] = {part: 0 if part in frozen_parts else counts[part] for part in PARTS}
    trained = sum(trainable.values())
    return ModelPlan(
        parameters=counts,
        trainable=trainable,
        weight_bytes=sum(counts.values()) * bytes_per_weight,
        gradient_bytes=trained * bytes_per_weight,
        optimizer_bytes=trained * (8 if bytes_per_weight == 4 else 12),
    )


def empty_model(
    name: str, *, nano: NanoArchitecture = NANO_V1, new_tokens: int = 0
) -> Qwen2_5_VLForConditionalGeneration:
    """Builds a model without storage on the meta device."""
    config = nano_config(nano, build_processor(nano).tokenizer) if name == "nano" else _config(_sizes_of(name))
    text: Any = config.text_config
    needed = text.vocab_size + new_tokens if name == "nano" else _QWEN_TOKENS + new_tokens
    text.vocab_size = max(text.vocab_size, needed)
    with torch.device("meta"):
        return Qwen2_5_VLForConditionalGeneration(config)


_QWEN_TOKENS = 151_665
"""Entries of Qwen2.5-VL's tokenizer, special tokens included; its embeddings are padded beyond that."""


def _sizes_of(name: str) -> Qwen25VlSizes:
    parts = name.upper().replace("/", "-").replace("_", "-").split("-")
    for size, sizes in SIZES.items():
        if size in parts:
            return sizes
    raise unknown_name("model size", name, ("nano", *SIZES))


def _config(sizes: Qwen25VlSizes) -> Qwen2_5_VLConfig:
    """Completes the sizes with what all released models share."""
    return Qwen2_5_VLConfig(
        text_config={
            "hidden_size": sizes.hidden_size,
            "num_hidden_layers": sizes.num_hidden_layers,
            "num_attention_heads": sizes.num_attention_heads,
            "num_key_value_heads": sizes.num_key_value_heads,
            "intermediate_size": sizes.intermediate_size,
            "vocab_size": sizes.vocab_size,
            "max_position_embeddings": 128_000,
            "rms_norm_eps": 1e-6,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1_000_000.0,
                "mrope_section": [16, 24, 24],
            },
        },
        vision_config={
            "depth": 32,
            "hidden_size": 1280,
            "num_heads": 16,
            "intermediate_size": sizes.vision_intermediate_size,
            "out_hidden_size": sizes.hidden_size,
            "patch_size": 14,
            "window_size": 112,
            "fullatt_block_indexes": [7, 15, 23, 31],
            "tokens_per_second": 2,
        },
        tie_word_embeddings=sizes.tie_word_embeddings,
    )
