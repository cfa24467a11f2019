"""Low-rank adapters through PEFT, with trainable rows for new tokens."""

from collections.abc import Sequence

from torch import nn
from transformers import Qwen2_5_VLForConditionalGeneration

from spatial_pretrain.configs import LoraSettings
from vst_robot.errors import missing_extra

_LLM_LINEAR = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"


def add_adapters(
    model: Qwen2_5_VLForConditionalGeneration, settings: LoraSettings, new_token_ids: Sequence[int]
) -> nn.Module:
    """Wraps the model with adapters on the language model; everything else is frozen.

    Args:
        model: Wrapped, not copied.
        settings: Rank, scale and dropout.
        new_token_ids: Rows of the embedding (and of an untied output layer) that are trained in full.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise missing_extra("peft", "train", "LoRA") from error
    rows = {"embed_tokens": list(new_token_ids)}
    if not model.config.tie_word_embeddings:
        rows["lm_head"] = list(new_token_ids)
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,  # pyright: ignore[reportArgumentType]
        lora_dropout=settings.dropout,
        target_modules=_LLM_LINEAR,
        trainable_token_indices=rows if new_token_ids else None,
    )
    return get_peft_model(model, config)
