import numpy as np
import pytest
import torch

from spatial_pretrain.vocabulary import add_tokens
from tests.spatial_pretrain.conftest import build_tiny
from vst_robot.errors import InputError

TOKENS = [f"<|action_{index:03d}|>" for index in range(16)]
SMOOTH = np.cos(np.pi * np.linspace(0, 1, 16)[:, None] * np.arange(1, 9))


def test_new_tokens_are_atomic_and_last() -> None:
    model, processor = build_tiny()
    before = len(processor.tokenizer)
    ids = add_tokens(model, processor, TOKENS)
    assert ids == list(range(before, before + 16))
    assert processor.tokenizer.encode("".join(TOKENS)) == ids
    assert model.get_input_embeddings().weight.shape[0] == before + 16 == model.config.text_config.vocab_size


@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_rows_are_mean_plus_scaled_features(tie_embeddings: bool) -> None:
    model, processor = build_tiny(tie_embeddings=tie_embeddings)
    old = [model.get_input_embeddings().weight.detach().clone(), model.get_output_embeddings().weight.detach().clone()]
    ids = add_tokens(model, processor, TOKENS, SMOOTH)
    new = [model.get_input_embeddings().weight[ids], model.get_output_embeddings().weight[ids]]
    for before, after in zip(old, new, strict=True):
        offset = after - before.mean(dim=0)
        assert offset.std().item() == pytest.approx(before.std().item(), rel=1e-4)
    assert torch.equal(model.get_input_embeddings().weight[: len(old[0])], old[0])


def test_neighbouring_bins_start_alike() -> None:
    model, processor = build_tiny()
    rows = model.get_input_embeddings().weight[add_tokens(model, processor, TOKENS, SMOOTH)]
    offsets = rows - rows.mean(dim=0)
    likeness = torch.nn.functional.cosine_similarity(offsets[:-1], offsets[1:])
    assert likeness.mean() > 0.5 > torch.nn.functional.cosine_similarity(offsets[:1], offsets[-1:]).abs().max()


def test_same_rows_every_time() -> None:
    rows = []
    for _ in range(2):
        model, processor = build_tiny()
        rows.append(model.get_input_embeddings().weight[add_tokens(model, processor, TOKENS, SMOOTH[:, :4])])
    assert torch.equal(*rows)


def test_known_token_is_refused() -> None:
    model, processor = build_tiny()
    with pytest.raises(InputError, match="exists already"):
        add_tokens(model, processor, ["<|im_end|>"])


def test_features_must_fit() -> None:
    model, processor = build_tiny()
    with pytest.raises(InputError, match="features have shape"):
        add_tokens(model, processor, TOKENS, np.zeros((15, 4)))
