"""The nano model: a real Qwen2.5-VL of a few million parameters, built offline and the same everywhere.

It shares every class with the full models (`Qwen2_5_VLForConditionalGeneration`, `Qwen2_5_VLProcessor`), so the
whole chain of training stages runs on it in minutes on a CPU.
"""

from dataclasses import asdict, dataclass, replace

import torch
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2Tokenizer,
    Qwen2VLVideoProcessor,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from spatial_pretrain.nano_tokenizer import CHAT_TEMPLATE, build_tokenizer
from vst_robot.errors import InputError

PATCHES_PER_TOKEN_SIDE = 2
FRAMES_PER_PATCH = 2
"""Fixed by Qwen2.5-VL: 2 × 2 patches become one token, a still picture is repeated to two frames."""


@dataclass(frozen=True, kw_only=True)
class NanoArchitecture:
    """Sizes of a nano model. A published set of weights names the `version` that it belongs to.

    Attributes:
        version: Name of this architecture and of its vocabulary.
        width: Hidden size of the language model.
        layers: Number of decoder layers.
        heads: Attention heads; each is `width / heads` wide, a multiple of 8.
        kv_heads: Heads of keys and values (grouped-query attention); divides `heads`.
        mlp_width: Inner size of the decoder's gated MLP.
        vision_width: Hidden size of the vision tower.
        vision_layers: Blocks of the vision tower; all attend to the whole picture.
        vision_heads: Attention heads of the vision tower.
        vision_mlp_width: Inner size of the tower's gated MLP.
        image_size_px: Side of the square whose area bounds a picture; larger pictures are shrunk.
        patch_size_px: Side of a vision patch; `(image_size_px / patch_size_px / 2)²` tokens per square picture.
        vocab_size: Ordinary vocabulary entries, bytes included.
        context: Longest sequence in tokens.
        tie_embeddings: Whether the output layer shares the embedding's weights (as in Qwen2.5-VL-3B).
        init_std: Standard deviation of freshly drawn weights.
    """

    version: str = "nano-v1"
    width: int = 128
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    mlp_width: int = 512
    vision_width: int = 128
    vision_layers: int = 4
    vision_heads: int = 4
    vision_mlp_width: int = 512
    image_size_px: int = 128
    patch_size_px: int = 16
    vocab_size: int = 1536
    context: int = 4096
    tie_embeddings: bool = True
    init_std: float = 0.02

    def __post_init__(self) -> None:
        """Raises InputError for sizes that do not fit together."""
        cell_px = self.patch_size_px * PATCHES_PER_TOKEN_SIDE
        _require(self.image_size_px % cell_px == 0, f"image_size_px must be a multiple of {cell_px}")
        _require(self.width % (8 * self.heads) == 0, "width must be a multiple of 8 × heads")
        _require(self.heads % self.kv_heads == 0, "kv_heads must divide heads")
        _require(self.vision_width % (4 * self.vision_heads) == 0, "vision_width must be a multiple of 4 × heads")

    @property
    def tokens_per_picture(self) -> int:
        """Language-model tokens of one square picture of the largest size."""
        return (self.image_size_px // self.patch_size_px // PATCHES_PER_TOKEN_SIDE) ** 2


def _require(condition: bool, rule: str) -> None:
    if not condition:
        raise InputError(f"nano architecture: {rule}")


NANO_V1 = NanoArchitecture()
"""2.8 M parameters, 16 tokens per picture."""

NANO_V1_WIDE = replace(
    NANO_V1,
    version="nano-v1-wide",
    width=192,
    heads=6,
    kv_heads=2,
    mlp_width=768,
    vision_width=192,
    vision_heads=6,
    vision_mlp_width=768,
)
"""5.9 M parameters, otherwise as `NANO_V1`."""


def build_nano(
    architecture: NanoArchitecture = NANO_V1, *, seed: int = 0
) -> tuple[Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor]:
    """Draws an untrained nano model in fp32 on the CPU, and its processor. Needs no files and no network.

    Args:
        architecture: Its sizes.
        seed: Seed of the weights; the caller's random state is left alone.
    """
    processor = build_processor(architecture)
    config = nano_config(architecture, processor.tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen2_5_VLForConditionalGeneration(config)
    return model.eval(), processor


def build_processor(architecture: NanoArchitecture = NANO_V1) -> Qwen2_5_VLProcessor:
    """Builds tokenizer, picture and video processor with Qwen2.5-VL's chat template."""
    cell_px = architecture.patch_size_px * PATCHES_PER_TOKEN_SIDE
    sizes = {
        "patch_size": architecture.patch_size_px,
        "merge_size": PATCHES_PER_TOKEN_SIDE,
        "temporal_patch_size": FRAMES_PER_PATCH,
        "size": {"shortest_edge": cell_px**2, "longest_edge": architecture.image_size_px**2},
    }
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessorPil(**sizes),
        tokenizer=build_tokenizer(architecture.vocab_size, architecture.context),
        video_processor=Qwen2VLVideoProcessor(**sizes),
        chat_template=CHAT_TEMPLATE,
    )


def nano_config(architecture: NanoArchitecture, tokenizer: Qwen2Tokenizer) -> Qwen2_5_VLConfig:
    """Translates the architecture into Qwen2.5-VL's configuration.

    The architecture itself is kept under `nano` in the saved `config.json`.
    """
    ids = tokenizer.get_added_vocab()
    config = Qwen2_5_VLConfig(
        text_config=_text_config(architecture, len(tokenizer), ids["<|im_end|>"], ids["<|endoftext|>"]),
        vision_config=_vision_config(architecture),
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=architecture.tie_embeddings,
    )
    config.nano = asdict(architecture)
    return config


def _text_config(architecture: NanoArchitecture, vocabulary: int, eos: int, pad: int) -> dict:
    """Language model: rotary pairs are shared out over time, height and width as 1 : 1.5 : 1.5 like Qwen's."""
    pairs = architecture.width // architecture.heads // 2
    time = pairs // 4
    height = (pairs - time) // 2
    return {
        "vocab_size": vocabulary,
        "hidden_size": architecture.width,
        "intermediate_size": architecture.mlp_width,
        "num_hidden_layers": architecture.layers,
        "num_attention_heads": architecture.heads,
        "num_key_value_heads": architecture.kv_heads,
        "max_position_embeddings": architecture.context,
        "initializer_range": architecture.init_std,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10_000.0,
            "mrope_section": [time, height, pairs - time - height],
        },
        "bos_token_id": None,
        "eos_token_id": eos,
        "pad_token_id": pad,
    }


def _vision_config(architecture: NanoArchitecture) -> dict:
    """Vision tower: every block attends to the whole picture, so that windows never matter."""
    return {
        "depth": architecture.vision_layers,
        "hidden_size": architecture.vision_width,
        "intermediate_size": architecture.vision_mlp_width,
        "num_heads": architecture.vision_heads,
        "out_hidden_size": architecture.width,
        "patch_size": architecture.patch_size_px,
        "spatial_merge_size": PATCHES_PER_TOKEN_SIDE,
        "temporal_patch_size": FRAMES_PER_PATCH,
        "tokens_per_second": 2,
        "window_size": architecture.image_size_px,
        "fullatt_block_indexes": list(range(architecture.vision_layers)),
        "initializer_range": architecture.init_std,
    }
