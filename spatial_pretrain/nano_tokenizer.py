"""The nano model's tokenizer: Qwen's pre-tokenisation and special tokens, a vocabulary of its own.

Byte-level BPE, trained here from the built-in word lists in a fraction of a second. Every text can be encoded
(bytes are the fallback) and digits are one token each, as in Qwen2.5.
"""

import json

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AddedToken, Qwen2Tokenizer

from spatial_pretrain.nano_corpus import corpus

SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""Names as in Qwen2.5-VL's tokenizer. Their ids follow the ordinary vocabulary."""

CHAT_TEMPLATE = (
    "{%- if messages[0].role != 'system' %}"
    "{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' }}"
    "{%- if message.content is string %}{{- message.content }}{%- else %}"
    "{%- for part in message.content %}"
    "{%- if part.type == 'image' %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{%- elif part.type == 'video' %}{{- '<|vision_start|><|video_pad|><|vision_end|>' }}"
    "{%- else %}{{- part.text }}{%- endif %}"
    "{%- endfor %}{%- endif %}"
    "{{- '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
"""ChatML with Qwen2.5-VL's picture markers and its default system turn."""


def build_tokenizer(vocab_size: int = 1536, context: int = 4096) -> Qwen2Tokenizer:
    """Trains the tokenizer; the same bytes on every machine.

    Args:
        vocab_size: Ordinary entries, the 256 bytes included; the special tokens come on top.
        context: Longest sequence that the model is made for, in tokens.
    """
    vocabulary, merges = _train_bpe(vocab_size)
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=merges, model_max_length=context)  # pyright: ignore[reportArgumentType]
    special = [AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS]
    tokenizer.add_tokens(special, special_tokens=True)
    tokenizer.eos_token = "<|im_end|>"
    return tokenizer


def _train_bpe(vocab_size: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Learns the vocabulary (entry → id) and the merges in their order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = Qwen2Tokenizer().backend_tokenizer.pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    return _read_back(tokenizer)


def _read_back(tokenizer: Tokenizer) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Reads vocabulary and merges from the tokenizer's own serial form."""
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(sorted(model["vocab"].items(), key=lambda entry: entry[1]))
    return vocabulary, [tuple(pair) for pair in model["merges"]]
