import pytest
import torch

from spatial_pretrain.attention import use_attention, varlen_attention
from tests.spatial_pretrain.conftest import build_tiny


class Layer(torch.nn.Module):
    is_causal = True


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("lengths", [[5, 3, 5, 2], [4, 4, 4], [7]])
def test_segments_are_as_if_alone(lengths, causal) -> None:
    generator = torch.Generator().manual_seed(0)
    total = sum(lengths)
    query = torch.randn(1, 4, total, 8, generator=generator)
    key, value = torch.randn(2, 1, 2, total, 8, generator=generator)
    bounds = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    found, _ = varlen_attention(Layer(), query, key, value, None, is_causal=causal, cu_seq_lens_q=bounds)
    expected = [
        torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=True)
        for q, k, v in zip(*(x.split(lengths, dim=2) for x in (query, key, value)), strict=True)
    ]
    assert torch.allclose(found, torch.cat(expected, dim=2).transpose(1, 2), atol=1e-6)


def test_gradients_flow_through_segments() -> None:
    query, key, value = (torch.randn(1, 2, 6, 4, dtype=torch.float64, requires_grad=True) for _ in range(3))
    bounds = torch.tensor([0, 2, 6], dtype=torch.int32)
    assert torch.autograd.gradcheck(
        lambda *qkv: varlen_attention(Layer(), *qkv, None, cu_seq_lens_q=bounds)[0], (query, key, value)
    )


def test_a_mask_takes_precedence() -> None:
    query, key, value = torch.randn(3, 1, 2, 4, 8)
    mask = torch.full((1, 1, 4, 4), -torch.inf).triu(1)
    bounds = torch.tensor([0, 2, 4], dtype=torch.int32)
    found, _ = varlen_attention(Layer(), query, key, value, mask, cu_seq_lens_q=bounds)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    assert torch.allclose(found, expected.transpose(1, 2), atol=1e-6)


def test_padded_batch_still_gets_its_mask(samples, batch_collator) -> None:
    """A two-dimensional mask, as `generate` passes it, must not be lost under our name."""
    model, _ = build_tiny()
    batch = {name: value for name, value in batch_collator(samples).items() if name != "labels"}
    mask = torch.ones_like(batch["input_ids"])
    mask[:, :4] = 0
    logits = {}
    for kernel in ("sdpa", "varlen"):
        use_attention(model, kernel)
        with torch.no_grad():
            logits[kernel] = model(**batch, attention_mask=mask, use_cache=False).logits[:, 4:]
            unmasked = model(**batch, use_cache=False).logits[:, 4:]
    assert torch.allclose(logits["varlen"], logits["sdpa"], atol=2e-5)
    assert (unmasked - logits["sdpa"]).abs().max() > 0.05


def test_selecting_twice_adds_one_hook() -> None:
    model, _ = build_tiny()
    for kernel in ("varlen", "sdpa", "varlen"):
        use_attention(model, kernel)
    assert len(model.model.visual._forward_pre_hooks) == 1
