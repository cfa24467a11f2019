"""Cached decoding for nano models on a CPU: about fifteen operations per layer and token."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Complex, Float, Int64
from torch.nn import functional
from transformers import Qwen2_5_VLForConditionalGeneration

from spatial_pretrain.choices import Chooser, greedy
from spatial_pretrain.lean import vision_features
from spatial_pretrain.prompts import PromptBatch


@dataclass(frozen=True, kw_only=True, eq=False)
class _Layer:
    """One decoder layer's matrices, transposed, with the norms' scales folded in.

    Query and key columns are reordered so that the two numbers of a rotary pair are neighbours: a complex number.
    """

    qkv: torch.Tensor
    qkv_bias: torch.Tensor
    out: torch.Tensor
    gate: torch.Tensor
    up: torch.Tensor
    down: torch.Tensor


class LeanDecoder:
    """A copy of the language model's weights in the form that decoding wants."""

    def __init__(self, model: Qwen2_5_VLForConditionalGeneration) -> None:
        """Reads the weights once; build a new decoder after training.

        Args:
            model: One that `lean.why_not_lean` has nothing against, in fp32.
        """
        text: Any = model.config.text_config
        self.model: Any = model
        self.heads, self.kv_heads = text.num_attention_heads, text.num_key_value_heads
        self.head_width = text.hidden_size // text.num_attention_heads
        self.eps = text.rms_norm_eps
        with torch.no_grad():
            self.layers = [self._read(layer) for layer in self.model.model.language_model.layers]

    @torch.inference_mode()
    def __call__(
        self, prompts: PromptBatch, allowed_ids: Int64[torch.Tensor, " k"], tokens: int, choose: Chooser = greedy
    ) -> Int64[torch.Tensor, "b tokens"]:
        """Decodes; see `generate.decode`."""
        batch, length = prompts.input_ids.shape
        head = self._head(allowed_ids)
        embedding = self.model.get_input_embeddings().weight[allowed_ids]
        turns = self._turns(prompts, tokens)
        mask, cache = _masks(prompts, tokens), self._new_cache(batch, length + tokens)
        states = self._embed(prompts)
        chosen: list[torch.Tensor] = []
        start, count = 0, length
        for _ in range(tokens):
            end = start + count
            states = self._run(states, turns[:, start:end], mask[:, :, start:end], cache, start)
            chosen.append(choose(states[:, -1] @ head))
            states = embedding[chosen[-1]][:, None]
            start, count = end, 1
        return allowed_ids[torch.stack(chosen, dim=1)]

    def _run(
        self,
        states: Float[torch.Tensor, "b n width"],
        turns: Complex[torch.Tensor, "b n pairs"],
        mask: Float[torch.Tensor, "b 1 n total"],
        cache: list[Float[torch.Tensor, "2 b kv total d"]],
        start: int,
    ) -> Float[torch.Tensor, "b n width"]:
        """Runs n new tokens through all layers and returns their states before the head's norm scale."""
        width = states.shape[-1]
        for layer, memory in zip(self.layers, cache, strict=True):
            normal = functional.rms_norm(states, (width,), eps=self.eps)
            mixed = self._attend(torch.matmul(normal, layer.qkv) + layer.qkv_bias, turns, mask, memory, start)
            states = states + mixed @ layer.out
            normal = functional.rms_norm(states, (width,), eps=self.eps)
            states = states + (functional.silu(normal @ layer.gate) * (normal @ layer.up)) @ layer.down
        return functional.rms_norm(states, (width,), eps=self.eps)

    def _attend(
        self,
        qkv: Float[torch.Tensor, "b n columns"],
        turns: Complex[torch.Tensor, "b n pairs"],
        mask: Float[torch.Tensor, "b 1 n total"],
        memory: Float[torch.Tensor, "2 b kv total d"],
        start: int,
    ) -> Float[torch.Tensor, "b n width"]:
        """Rotates, stores keys and values, and attends to everything stored so far."""
        batch, count, _ = qkv.shape
        heads = qkv.view(batch, count, -1, self.head_width)
        pairs = torch.view_as_complex(heads[:, :, : -self.kv_heads].unflatten(-1, (-1, 2)))
        turned = torch.view_as_real(pairs * turns[:, :, None]).flatten(-2).transpose(1, 2)
        memory[0, :, :, start : start + count] = turned[:, self.heads :]
        memory[1, :, :, start : start + count] = heads[:, :, -self.kv_heads :].transpose(1, 2)
        mixed = functional.scaled_dot_product_attention(
            turned[:, : self.heads], memory[0], memory[1], attn_mask=mask, enable_gqa=self.heads != self.kv_heads
        )
        return mixed.transpose(1, 2).reshape(batch, count, -1)

    def _embed(self, prompts: PromptBatch) -> Float[torch.Tensor, "b n width"]:
        states = self.model.get_input_embeddings()(prompts.input_ids)
        if prompts.pixel_values is not None and prompts.image_grid_thw is not None:
            features = vision_features(self.model, prompts.pixel_values, prompts.image_grid_thw, states.dtype)
            states[prompts.input_ids == self.model.config.image_token_id] = features
        return states

    def _turns(self, prompts: PromptBatch, tokens: int) -> Complex[torch.Tensor, "b total pairs"]:
        """Rotary factors of the prompts and of all tokens to come."""
        following = prompts.position_ids.amax(dim=(0, 2))[:, None] + 1 + torch.arange(tokens)
        positions = torch.cat([prompts.position_ids, following.expand(3, -1, -1)], dim=2)
        cos, sin = self.model.model.language_model.rotary_emb(torch.zeros(()), positions)
        return torch.complex(*(table[..., : self.head_width // 2].contiguous() for table in (cos, sin)))

    def _new_cache(self, batch: int, total: int) -> list[torch.Tensor]:
        return [torch.zeros(2, batch, self.kv_heads, total, self.head_width) for _ in self.layers]

    def _head(self, allowed_ids: torch.Tensor) -> Float[torch.Tensor, "width k"]:
        norm = self.model.model.language_model.norm.weight
        return (self.model.get_output_embeddings().weight[allowed_ids] * norm).T.contiguous()

    def _read(self, layer: Any) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        before, between = layer.input_layernorm.weight, layer.post_attention_layernorm.weight
        rotated = [self._paired(part.weight) for part in (attention.q_proj, attention.k_proj)]
        biases = [self._paired(part.bias) for part in (attention.q_proj, attention.k_proj)]
        return _Layer(
            qkv=(torch.cat([*rotated, attention.v_proj.weight]) * before).T.contiguous(),
            qkv_bias=torch.cat([*biases, attention.v_proj.bias]),
            out=attention.o_proj.weight.T.contiguous(),
            gate=(mlp.gate_proj.weight * between).T.contiguous(),
            up=(mlp.up_proj.weight * between).T.contiguous(),
            down=mlp.down_proj.weight.T.contiguous(),
        )

    def _paired(self, rows: torch.Tensor) -> torch.Tensor:
        """Reorders each head's rows from (first halves, second halves) to pairs."""
        halves = rows.unflatten(0, (-1, 2, self.head_width // 2))
        return halves.transpose(1, 2).flatten(0, 2)


def _masks(prompts: PromptBatch, tokens: int) -> Float[torch.Tensor, "b 1 total total"]:
    """Additive causal mask over prompt and answer that hides the padding, except from itself."""
    total = prompts.input_ids.shape[1] + tokens
    valid = functional.pad(prompts.valid, (0, tokens), value=True)
    square = torch.ones(total, total, dtype=torch.bool)
    visible = (square.tril() & valid[:, None]) | torch.eye(total, dtype=torch.bool)
    return torch.zeros(visible.shape).masked_fill_(~visible, -torch.inf)[:, None]
