from dataclasses import replace

import numpy as np
import pytest
import torch

from spatial_pretrain.attention import use_attention
from spatial_pretrain.collate import RowCollator, picture_grids
from spatial_pretrain.samples import IGNORED, Sample
from tests.spatial_pretrain.conftest import make_samples
from vst_robot.errors import DataError


@torch.no_grad()
def packed_logits(model, batch):
    return model(**{name: value for name, value in batch.items() if name != "labels"}, use_cache=False).logits


@pytest.mark.parametrize(("kernel", "isolation"), [("sdpa", "mask"), ("eager", "mask"), ("varlen", "lengths")])
@pytest.mark.parametrize("pictures", [1, 2])
def test_packed_samples_are_as_if_alone(tiny, parts, alone, kernel, isolation, pictures) -> None:
    model, processor = tiny
    samples = make_samples(processor, pictures=pictures)
    rows = [samples[:4], samples[4:]]
    expected = torch.cat(alone(samples))
    try:
        use_attention(model, kernel)
        batch = RowCollator(**parts, isolation=isolation)(rows)
        logits = packed_logits(model, batch)
    finally:
        use_attention(model, "sdpa")
    kept = (
        torch.cat([row[: sum(map(len, r))] for row, r in zip(logits, rows, strict=True)])
        if isolation == "mask"
        else logits[0]
    )
    assert expected.std() > 0.1
    assert torch.allclose(kept, expected, atol=2e-5)


def test_the_comparison_can_fail(tiny, parts, samples, alone) -> None:
    """Without isolation the same positions give other logits, so the test above means something."""
    batch = RowCollator(**parts)([samples])
    del batch["attention_mask"]
    mixed = packed_logits(tiny[0], batch)[0]
    expected = torch.cat(alone(samples))
    assert torch.allclose(mixed[: len(samples[0])], expected[: len(samples[0])], atol=2e-5)
    assert (mixed[len(samples[0]) :] - expected[len(samples[0]) :]).abs().max() > 0.05


def test_boolean_mask_is_wrong_with_eager_attention(tiny, parts, samples, alone) -> None:
    """Why the mask is additive: eager attention adds a boolean one as numbers."""
    batch = RowCollator(**parts)([samples])
    batch["attention_mask"] = batch["attention_mask"] == 0
    expected = torch.cat(alone(samples))
    try:
        tiny[0].set_attn_implementation("eager")
        wrong = packed_logits(tiny[0], batch)[0]
    finally:
        tiny[0].set_attn_implementation("sdpa")
    assert (wrong - expected).abs().max() > 0.05


def test_padding_reaches_nobody(tiny, batch_collator, samples, alone) -> None:
    logits = packed_logits(tiny[0], batch_collator(samples))
    for row, sample, expected in zip(logits, samples, alone(samples), strict=True):
        assert torch.allclose(row[: len(sample)], expected, atol=2e-5)


def test_labels_follow_their_tokens(parts, samples) -> None:
    batch = RowCollator(**parts)([samples[:3]])
    start = 0
    for sample in samples[:3]:
        labels = batch["labels"][0, start : start + len(sample)]
        assert torch.equal(labels, torch.from_numpy(sample.labels))
        start += len(sample)


def test_nobody_predicts_the_next_samples_first_token(parts, samples) -> None:
    greedy = [replace(sample, labels=sample.input_ids) for sample in samples[:2]]
    labels = RowCollator(**parts)([greedy])["labels"][0]
    assert labels[0] == IGNORED == labels[len(greedy[0])]


def test_loss_weights_are_carried(batch_collator, samples) -> None:
    weighted = replace(samples[0], loss_weights=np.full(len(samples[0]), 0.25))
    weights = batch_collator([weighted, samples[1]])["loss_weights"]
    assert (weights[0, : len(weighted)] == 0.25).all()
    assert (weights[1] == 1).all()


def test_ready_made_patches_give_the_same_batch(batch_collator, parts, samples) -> None:
    values, grid = parts["encoder"].encode(list(samples[0].pictures))
    done = Sample(
        input_ids=samples[0].input_ids,
        labels=samples[0].labels,
        pixel_values=values.numpy(),
        image_grid_thw=grid.numpy(),
    )
    raw, ready = batch_collator([samples[0]]), batch_collator([done])
    assert all(torch.equal(raw[name], ready[name]) for name in raw)
    with pytest.raises(DataError, match="mixes"):
        batch_collator([samples[0], done])


def test_text_only_batch_has_no_pictures(batch_collator, parts, tiny) -> None:
    ids = np.array(tiny[1].tokenizer.encode("just words"))
    sample = Sample(input_ids=ids, labels=ids)
    assert "pixel_values" not in batch_collator([sample])
    assert picture_grids(sample, parts["encoder"]).shape == (0, 3)
