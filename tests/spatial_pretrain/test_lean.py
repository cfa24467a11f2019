from dataclasses import replace

import numpy as np
import pytest
import torch

from spatial_pretrain.collate import RowCollator
from spatial_pretrain.lean import fits_lean, lean_loss, why_not_lean
from spatial_pretrain.lean_ops import GatedSilu, Normalise, RotaryAttention
from spatial_pretrain.objective import supervised_loss
from tests.spatial_pretrain.conftest import build_tiny, make_samples


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: weight.grad.clone() for name, weight in model.named_parameters()}


@pytest.mark.parametrize("changes", [{}, {"tie_embeddings": False}, {"kv_heads": 4}, {"layers": 1}])
@pytest.mark.parametrize("pictures", [1, 2])
def test_loss_and_gradients_are_the_stock_models(batch_collator, changes, pictures) -> None:
    model, processor = build_tiny(**changes)
    batch = batch_collator(make_samples(processor, count=4, pictures=pictures))
    stock, lean = supervised_loss(model, batch), lean_loss(model, batch)
    assert lean.item() == pytest.approx(stock.item(), rel=1e-5)
    expected, found = gradients(model, stock), gradients(model, lean)
    for name in expected:
        assert torch.allclose(found[name], expected[name], rtol=1e-3, atol=1e-6), name


def test_left_out_frames_and_given_divisor(batch_collator, tiny, samples) -> None:
    full, still = batch_collator(samples), replace(batch_collator, still=True)(samples)
    with torch.no_grad():
        assert lean_loss(tiny[0], still).item() == pytest.approx(lean_loss(tiny[0], full).item(), rel=1e-5)
        count = int((full["labels"] != -100).sum())
        assert lean_loss(tiny[0], full, 2 * count).item() == pytest.approx(
            lean_loss(tiny[0], full).item() / 2, rel=1e-5
        )


def test_loss_weights(batch_collator, tiny, samples) -> None:
    draw = np.random.default_rng(0)
    weighted = [replace(sample, loss_weights=draw.uniform(0, 2, len(sample))) for sample in samples]
    batch = batch_collator(weighted)
    with torch.no_grad():
        assert lean_loss(tiny[0], batch).item() == pytest.approx(supervised_loss(tiny[0], batch).item(), rel=1e-5)


def test_bfloat16_is_near(batch_collator, samples) -> None:
    model, _ = build_tiny()
    batch = batch_collator(samples)
    exact, near = lean_loss(model, batch), lean_loss(model, batch, dtype=torch.bfloat16)
    assert near.item() == pytest.approx(exact.item(), rel=0.01)
    expected, found = gradients(model, exact), gradients(model, near)
    flat = [torch.cat([grads[name].flatten() for name in sorted(expected)]) for grads in (expected, found)]
    assert torch.nn.functional.cosine_similarity(*flat, dim=0) > 0.99


def test_what_does_not_fit_is_named(tiny, parts, samples) -> None:
    assert why_not_lean(tiny[0]) is None
    model, _ = build_tiny()
    model.lm_head = torch.nn.Sequential(model.lm_head)
    assert "wrapped" in why_not_lean(model)
    model, _ = build_tiny()
    model.config.vision_config.fullatt_block_indexes = [0]
    assert "windows" in why_not_lean(model)
    assert "plain" in why_not_lean(torch.nn.Linear(2, 2))
    assert not fits_lean(RowCollator(**parts)([samples]))


def double(*shape):
    return torch.randn(
        *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(len(shape)), requires_grad=True
    )


def test_normalise_backward() -> None:
    assert torch.autograd.gradcheck(lambda x: Normalise.apply(x, 1e-6), double(3, 5))


def test_gated_silu_backward() -> None:
    assert torch.autograd.gradcheck(GatedSilu.apply, double(3, 8))


def test_attention_backward() -> None:
    angles = torch.linspace(0, 3, 10, dtype=torch.float64).view(1, 5, 2)
    rotation = (angles.cos(), angles.sin())
    mask = torch.zeros(1, 5, 5).masked_fill_(torch.ones(5, 5).triu(1) > 0, -torch.inf)

    def attend(query, key_value):
        return RotaryAttention.apply(query, key_value, rotation, rotation, mask, 4)

    assert torch.autograd.gradcheck(attend, (double(2, 5, 16), double(2, 5, 16)))
