import math

import pytest
import torch

from spatial_pretrain.objective import supervised_loss, token_loss
from spatial_pretrain.samples import IGNORED


def test_by_hand() -> None:
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0], [5.0, 9.0]])
    targets = torch.tensor([0, 0, IGNORED])
    parts = [math.log(2), math.log(4 / 3)]
    assert token_loss(logits, targets).item() == pytest.approx(sum(parts) / 2)
    assert token_loss(logits, targets, count=10).item() == pytest.approx(sum(parts) / 10)
    weighted = token_loss(logits, targets, torch.tensor([2.0, 0.5, 7.0])).item()
    assert weighted == pytest.approx((2 * parts[0] + 0.5 * parts[1]) / 2)


def test_equals_the_models_own_loss(tiny, batch_collator, samples) -> None:
    batch = batch_collator(samples)
    with torch.no_grad():
        assert supervised_loss(tiny[0], batch).item() == pytest.approx(tiny[0](**batch).loss.item(), rel=1e-5)


def test_halves_of_a_batch_add_up(tiny, batch_collator, samples) -> None:
    count = int(sum((sample.labels != IGNORED).sum() for sample in samples))
    with torch.no_grad():
        whole = supervised_loss(tiny[0], batch_collator(samples))
        halves = [supervised_loss(tiny[0], batch_collator(half), count) for half in (samples[:2], samples[2:])]
    assert whole.item() == pytest.approx(sum(halves).item(), rel=1e-5)
