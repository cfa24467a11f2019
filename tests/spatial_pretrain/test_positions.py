import torch

from spatial_pretrain.collate import picture_grids
from tests.spatial_pretrain.conftest import make_samples


def test_positions_are_the_models(tiny, parts) -> None:
    model, processor = tiny
    for sample in make_samples(processor, count=3, size=(32, 64), pictures=2):
        grid = picture_grids(sample, parts["encoder"])
        ids = torch.from_numpy(sample.input_ids)[None]
        kinds = (ids == model.config.image_token_id).int()
        expected, _ = model.model.get_rope_index(ids, mm_token_type_ids=kinds, image_grid_thw=grid)
        assert torch.equal(parts["positions"](sample.input_ids, grid), expected[:, 0])


def test_text_alone_counts_up(tiny, parts) -> None:
    ids = tiny[1].tokenizer.encode("no picture at all")
    positions = parts["positions"](torch.tensor(ids).numpy(), torch.zeros((0, 3), dtype=torch.int64))
    assert torch.equal(positions, torch.arange(len(ids)).expand(3, -1))


def test_layouts_are_remembered_by_layout(parts, samples) -> None:
    grid = picture_grids(samples[0], parts["encoder"])
    first = parts["positions"](samples[0].input_ids, grid)
    changed = samples[0].input_ids.copy()
    changed[-1] += 1
    assert parts["positions"](changed, grid) is first
    assert parts["positions"](samples[1].input_ids, grid) is not first
