import pytest
import torch

from spatial_pretrain.optim import adamw, count_parameters, freeze, learning_rates, parameter_groups, part_of
from tests.spatial_pretrain.conftest import build_tiny


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("model.visual.blocks.0.attn.qkv.weight", "vit"),
        ("model.visual.merger.mlp.0.bias", "merger"),
        ("model.language_model.layers.1.mlp.up_proj.weight", "llm"),
        ("lm_head.weight", "llm"),
        ("base_model.model.model.visual.patch_embed.proj.weight", "vit"),
    ],
)
def test_parts(name, part) -> None:
    assert part_of(name) == part


@pytest.mark.parametrize("merger_with_vit", [True, False])
def test_every_weight_is_in_one_group_at_its_rate(tiny, merger_with_vit) -> None:
    model, _ = tiny
    groups = parameter_groups(model, learning_rates(1e-3, 1e-4, merger_with_vit), 0.1)
    by_weight = {id(weight): group for group in groups for weight in group["params"]}
    assert len(by_weight) == sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    for name, weight in model.named_parameters():
        group = by_weight[id(weight)]
        slow = part_of(name) == "vit" or (part_of(name) == "merger" and merger_with_vit)
        assert group["lr"] == (1e-4 if slow else 1e-3)
        decays = weight.ndim > 1 and "embed_tokens" not in name
        assert group["weight_decay"] == (0.1 if decays else 0.0)


def test_frozen_parts_are_left_out() -> None:
    model, _ = build_tiny()
    freeze(model, ("vit", "merger"))
    names = {group["name"] for group in parameter_groups(model, learning_rates(1e-3, None, True), 0.0)}
    assert names == {"llm", "llm_no_decay"}


def test_counts(tiny) -> None:
    counts = count_parameters(tiny[0])
    assert sum(counts.values()) == sum(weight.numel() for weight in tiny[0].parameters())
    assert all(counts.values())


def test_optimizer_keeps_the_groups(tiny) -> None:
    optimizer = adamw(parameter_groups(tiny[0], learning_rates(1e-3, 1e-4, True), 0.1), (0.9, 0.95))
    assert isinstance(optimizer, torch.optim.AdamW)
    assert {group["name"] for group in optimizer.param_groups} >= {"llm", "vit", "merger"}
