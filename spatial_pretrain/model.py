"""Backbones by name: the nano model, a folder, or the hub."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor
from transformers.utils.import_utils import is_flash_attn_2_available

from spatial_pretrain.attention import use_attention
from spatial_pretrain.nano import NANO_V1, NanoArchitecture, build_nano
from vst_robot.errors import DataError, InputError, UnavailableError

Attention = Literal["auto", "eager", "sdpa", "varlen", "flash_attention_2"]

PROCESSOR_FILES = ("tokenizer.json", "tokenizer_config.json")
PICTURE_FILES = ("processor_config.json", "preprocessor_config.json")
WEIGHT_FILES = ("model.safetensors", "model.safetensors.index.json")


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A vision-language model with the processor that belongs to it."""

    model: Qwen2_5_VLForConditionalGeneration
    processor: Qwen2_5_VLProcessor


def load_backbone(
    name: str,
    *,
    nano: NanoArchitecture = NANO_V1,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    attention: Attention = "auto",
    revision: str | None = None,
) -> Backbone:
    """Builds or loads a Qwen2.5-VL on the CPU, in evaluation mode.

    Args:
        name: `nano` (fresh weights), a folder written by `save_pretrained`, or a hub id such as
            `Qwen/Qwen2.5-VL-3B-Instruct` or `rayruiyang/VST-3B-SFT`.
        nano: Sizes of a fresh nano model.
        seed: Seed of a fresh nano model's weights.
        dtype: Type of the weights.
        attention: Kernel; `auto` takes flash-attn where it is installed and a GPU is present, else our own
            variable-length attention (`attention.py`).
        revision: Branch or commit on the hub.

    Raises:
        InputError: The name is neither a folder nor the form of a hub id, or a kernel cannot be had.
        DataError: The folder is incomplete or damaged.
        UnavailableError: The hub cannot be reached.
    """
    kernel = choose_attention(attention)
    if name == "nano":
        model, processor = build_nano(nano, seed=seed)
        model = _cast(model, dtype)
    else:
        model, processor = _load(name, dtype, revision)
    use_attention(model, kernel)
    return Backbone(model=model.eval(), processor=processor)


def _cast(model: Any, dtype: torch.dtype) -> Qwen2_5_VLForConditionalGeneration:
    return model.to(dtype)


def choose_attention(attention: Attention) -> str:
    """Resolves `auto`, or raises InputError if flash attention was asked for and cannot run here."""
    flash = is_flash_attn_2_available() and torch.cuda.is_available()
    if attention == "auto":
        return "flash_attention_2" if flash else "varlen"
    if attention == "flash_attention_2" and not flash:
        raise InputError("attention 'flash_attention_2' needs a CUDA device and pip install 'vst-robot[flash]'")
    return attention


def check_model_folder(folder: Path) -> None:
    """Raises DataError naming the first file that a complete model folder would have."""
    for names in ((("config.json"),), PROCESSOR_FILES[:1], PROCESSOR_FILES[1:], PICTURE_FILES, WEIGHT_FILES):
        if not any((folder / name).is_file() for name in names):
            raise DataError(f"'{folder}' is not a complete model folder: {' or '.join(names)} is missing")


def _load(
    name: str, dtype: torch.dtype, revision: str | None
) -> tuple[Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor]:
    folder = Path(name)
    if folder.is_dir():
        check_model_folder(folder)
    elif folder.is_absolute() or name.startswith(".") or name.count("/") != 1:
        raise InputError(f"no model folder '{name}' (and not a hub id of the form owner/name)")
    arguments = {"revision": revision, "local_files_only": folder.is_dir()}
    try:
        processor = AutoProcessor.from_pretrained(name, **arguments)
        load: Any = Qwen2_5_VLForConditionalGeneration.from_pretrained
        model, report = load(name, dtype=dtype, use_safetensors=True, output_loading_info=True, **arguments)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise _explain(name, folder.is_dir(), error) from error
    if not isinstance(processor, Qwen2_5_VLProcessor):
        raise DataError(f"'{name}' is not a Qwen2.5-VL: its processor is a {type(processor).__name__}")
    if missing := sorted(report["missing_keys"]):  # transformers would go on with random weights in their place
        raise DataError(f"'{name}' lacks {len(missing)} of the model's weights, among them {missing[0]}")
    return model, processor


def _explain(name: str, local: bool, error: Exception) -> DataError | UnavailableError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if local:
        return DataError(f"the model folder '{name}' is damaged ({reason}): write or download it again")
    return UnavailableError(f"cannot load '{name}' from the hub ({reason}): check the name and the network")
