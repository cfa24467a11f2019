"""Fused pieces of a transformer for small models on a CPU, each with its own backward pass.

At a width of 128 the time goes into passes over memory rather than into matrix products. These functions do what the
model's modules do with fewer passes, and avoid torch's CPU attention kernel, whose backward pass in bfloat16 is an
order of magnitude slower than the batched products below.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch.autograd import Function

Rotation = tuple[torch.Tensor, torch.Tensor]
"""Cosine and sine of the rotary angles, each (b or 1, n, d / 2)."""


class Normalise(Function):
    """x / rms(x), without a learned scale (that is folded into the next matrix)."""

    @staticmethod
    def forward(ctx: Any, x: Float[torch.Tensor, "*b d"], eps: float) -> Float[torch.Tensor, "*b d"]:
        """Divides each vector by its root mean square."""
        scale = _wide(torch.linalg.vecdot(x, x)).div_(x.shape[-1]).add_(eps).rsqrt_().to(x.dtype)[..., None]
        normal = x * scale
        ctx.save_for_backward(normal, scale)
        return normal

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Removes the gradient's share along the vector, then scales."""
        normal, scale = ctx.saved_tensors
        along = torch.linalg.vecdot(grads[0], normal).div_(-normal.shape[-1])[..., None]
        return torch.addcmul(grads[0], normal, along).mul_(scale), None


class GatedSilu(Function):
    """silu(g) · u for g and u side by side in one tensor."""

    @staticmethod
    def forward(ctx: Any, both: Float[torch.Tensor, "n two_d"]) -> Float[torch.Tensor, "n d"]:
        """Keeps only the input for the backward pass."""
        gate, up = both.chunk(2, dim=-1)
        ctx.save_for_backward(both)
        return torch.nn.functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        """Writes both halves of the gradient in place."""
        (both,) = ctx.saved_tensors
        gate, up = both.chunk(2, dim=-1)
        out = torch.empty_like(both)
        out_gate, out_up = out.chunk(2, dim=-1)
        torch.mul(torch.nn.functional.silu(gate), grads[0], out=out_up)
        torch.ops.aten.silu_backward.grad_input(up * grads[0], gate, grad_input=out_gate)
        return out


class RotaryAttention(Function):
    """Rotates queries and keys, and attends with explicit products; heads may share keys and values."""

    @staticmethod
    def forward(
        ctx: Any,
        query: Float[torch.Tensor, "b k hd"],
        key_value: Float[torch.Tensor, "b n two_gd"],
        query_rotation: Rotation,
        key_rotation: Rotation,
        mask: Float[torch.Tensor, "b_or_1 k n"] | None,
        head_width: int,
    ) -> Float[torch.Tensor, "b k hd"]:
        """Attends.

        Args:
            ctx: Autograd's.
            query: Heads side by side.
            key_value: Keys of all shared heads, then their values.
            query_rotation: Angles of the queries; multiplied by the scale of the scores.
            key_rotation: Angles of the keys.
            mask: Added to the scores, in fp32; None attends to everything.
            head_width: Size of a head.
        """
        key, value = key_value.chunk(2, dim=-1)
        q = _rotated(_heads(query, head_width), query_rotation)
        k = _rotated(_heads(key, head_width), key_rotation)
        v = _heads(value, head_width).contiguous()
        q, k, v = _grouped(q, v.shape[1]), k.flatten(0, 1), v.flatten(0, 1)
        scores = _wide(torch.bmm(q, k.mT))
        if mask is not None:
            _ungrouped(scores, query, key).add_(mask[:, None])
        weights = torch.softmax(scores, dim=-1).to(q.dtype)
        ctx.save_for_backward(q, k, v, weights, *query_rotation, *key_rotation)
        ctx.shapes = (query.shape, key_value.shape, head_width)
        return _side_by_side(torch.bmm(weights, v), query.shape, head_width)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Repeats the products backwards."""
        q, k, v, weights, query_cos, query_sin, key_cos, key_sin = ctx.saved_tensors
        query_shape, key_shape, head_width = ctx.shapes
        batch, kv_heads = key_shape[0], key_shape[2] // head_width // 2
        grad = _grouped(_heads(grads[0], head_width), kv_heads)
        grad_scores = torch.ops.aten._softmax_backward_data(torch.bmm(grad, v.mT), weights, -1, weights.dtype)
        grad_query = torch.empty(query_shape, dtype=q.dtype)
        grad_key_value = torch.empty(key_shape, dtype=q.dtype)
        grad_key, grad_value = grad_key_value.chunk(2, dim=-1)
        grad_q = torch.bmm(grad_scores, k).view(batch, -1, query_shape[1], head_width)
        grad_k = torch.bmm(grad_scores.mT, q).view(batch, kv_heads, -1, head_width)
        _rotate(grad_q, (query_cos, -query_sin), _heads(grad_query, head_width))
        _rotate(grad_k, (key_cos, -key_sin), _heads(grad_key, head_width))
        _heads(grad_value, head_width).copy_(torch.bmm(weights.mT, grad).view(batch, kv_heads, -1, head_width))
        return grad_query, grad_key_value, None, None, None, None


def _wide(x: torch.Tensor) -> torch.Tensor:
    """At least fp32."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _heads(x: torch.Tensor, head_width: int) -> torch.Tensor:
    """View (b, n, h · d) as (b, h, n, d)."""
    return x.unflatten(-1, (-1, head_width)).transpose(1, 2)


def _grouped(x: torch.Tensor, kv_heads: int) -> torch.Tensor:
    """Turns (b, h, k, d) into (b · kv_heads, h / kv_heads · k, d): one product per shared key head."""
    return x.reshape(x.shape[0] * kv_heads, -1, x.shape[-1])


def _ungrouped(scores: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """View of grouped scores as (b, h, k, n)."""
    return scores.view(query.shape[0], -1, query.shape[1], key.shape[1])


def _side_by_side(x: torch.Tensor, shape: torch.Size, head_width: int) -> torch.Tensor:
    """Turns grouped results into (b, k, h · d)."""
    return x.view(shape[0], -1, shape[1], head_width).transpose(1, 2).reshape(shape)


def _rotated(x: torch.Tensor, rotation: Rotation) -> torch.Tensor:
    out = torch.empty(x.shape, dtype=x.dtype)
    _rotate(x, rotation, out)
    return out


def _rotate(x: torch.Tensor, rotation: Rotation, out: torch.Tensor) -> None:
    """Turns the pairs (x[i], x[i + d/2]) of (b, h, n, d) by their angles, into `out`."""
    cos, sin = rotation[0][:, None], rotation[1][:, None]
    first, second = x.chunk(2, dim=-1)
    out_first, out_second = out.chunk(2, dim=-1)
    torch.mul(first, cos, out=out_first).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=out_second).addcmul_(first, sin)
