import pytest

from spatial_pretrain.nano import build_nano
from spatial_pretrain.optim import count_parameters
from spatial_pretrain.plan import plan
from vst_robot.errors import InputError


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Qwen/Qwen2.5-VL-3B-Instruct", 3_754_622_976),
        ("rayruiyang/VST-7B-SFT", 8_292_166_656),
        ("Qwen2.5-VL-32B-Instruct", 33_452_718_336),
        ("some/folder_72b", 73_410_777_344),
    ],
)
def test_parameters_are_the_published_ones(name, parameters) -> None:
    assert sum(plan(name).parameters.values()) == parameters


def test_nano_is_counted_exactly() -> None:
    assert plan("nano").parameters == count_parameters(build_nano()[0])


def test_new_tokens_fit_into_the_released_padding() -> None:
    assert plan("VST-3B-SFT", new_tokens=256).parameters == plan("VST-3B-SFT").parameters
    grown = plan("nano", new_tokens=256).parameters["llm"] - plan("nano").parameters["llm"]
    assert grown == 256 * 128


def test_memory_counts_what_is_trained() -> None:
    whole, part = plan("nano"), plan("nano", frozen_parts=("vit",))
    trained = sum(part.trainable.values())
    assert whole.total_bytes == 16 * sum(whole.parameters.values())
    assert part.weight_bytes == whole.weight_bytes
    assert (part.gradient_bytes, part.optimizer_bytes) == (4 * trained, 8 * trained)


def test_unknown_size() -> None:
    with pytest.raises(InputError, match="unknown model size"):
        plan("Qwen/Qwen2.5-VL-13X")
