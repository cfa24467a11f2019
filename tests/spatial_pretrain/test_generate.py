import numpy as np
import pytest
import torch

from spatial_pretrain.attention import use_attention
from spatial_pretrain.generate import ConstrainedDecoder, decode
from spatial_pretrain.prompts import Prompt, PromptCollator
from spatial_pretrain.samples import IGNORED
from tests.spatial_pretrain.conftest import make_samples
from vst_robot.errors import InputError

TOKENS = 6


@pytest.fixture(scope="module")
def allowed():
    return torch.arange(300, 360)


@pytest.fixture(scope="module")
def prompts(samples):
    cut = [int(np.flatnonzero(sample.labels != IGNORED)[0]) for sample in samples]
    return [Prompt(input_ids=s.input_ids[:end], pictures=s.pictures) for s, end in zip(samples, cut, strict=True)]


@pytest.fixture(scope="module")
def collator(parts, prompts):
    return PromptCollator(**parts, length=max(len(prompt.input_ids) for prompt in prompts) + 3)


@torch.no_grad()
def stepwise(model, parts, prompt, allowed):
    """The slow and plain way: the whole sequence again for every token."""
    ids = prompt.input_ids
    pixels, grid = parts["encoder"].encode(list(prompt.pictures))
    for _ in range(TOKENS):
        position_ids = parts["positions"](ids, grid)[:, None]
        logits = model(
            input_ids=torch.from_numpy(ids)[None],
            position_ids=position_ids,
            pixel_values=pixels,
            image_grid_thw=grid,
            use_cache=False,
        ).logits[0, -1]
        ids = np.append(ids, int(allowed[logits[allowed].argmax()]))
    return ids[-TOKENS:].tolist()


@pytest.mark.parametrize("way", ["lean", "stock", "varlen"])
def test_equals_repeated_full_forward(tiny, parts, collator, prompts, allowed, way) -> None:
    model, _ = tiny
    batch = collator(prompts)
    if way == "varlen":
        use_attention(model, "varlen")
    decoder = ConstrainedDecoder(model)
    assert decoder.is_lean
    found = decoder(batch, allowed, TOKENS) if way == "lean" else decode(model, batch, allowed, TOKENS)
    model.set_attn_implementation("sdpa")
    expected = [stepwise(model, parts, prompt, allowed) for prompt in prompts]
    assert found.tolist() == expected
    assert len({tuple(row) for row in expected}) > 1


@pytest.mark.parametrize("lean", [True, False])
def test_rows_do_not_depend_on_each_other(tiny, collator, prompts, allowed, lean) -> None:
    run = ConstrainedDecoder(tiny[0]) if lean else lambda *args: decode(tiny[0], *args)
    whole = run(collator(prompts), allowed, TOKENS)
    order = [3, 0, 5, 1, 4, 2]
    assert torch.equal(run(collator([prompts[i] for i in order]), allowed, TOKENS), whole[order])
    others = [prompts[0], *prompts[:5]]
    assert torch.equal(run(collator(others), allowed, TOKENS)[0], whole[0])


def test_only_allowed_tokens(tiny, collator, prompts) -> None:
    few = torch.tensor([17, 400])
    assert set(ConstrainedDecoder(tiny[0])(collator(prompts), few, 4).flatten().tolist()) <= {17, 400}


def test_pictures_of_two_sizes_take_the_stock_way(tiny, parts, collator, prompts, allowed) -> None:
    wide = make_samples(tiny[1], count=1, size=(32, 64))[0]
    mixed = [prompts[0], Prompt(input_ids=wide.input_ids[:30], pictures=wide.pictures)]
    batch = collator(mixed)
    assert not batch.has_equal_stills()
    found = ConstrainedDecoder(tiny[0])(batch, allowed, TOKENS)
    assert found.tolist() == [stepwise(tiny[0], parts, prompt, allowed) for prompt in mixed]


def test_long_prompt_is_refused(parts, prompts) -> None:
    with pytest.raises(InputError, match="more than 8"):
        PromptCollator(**parts, length=8)(prompts)
