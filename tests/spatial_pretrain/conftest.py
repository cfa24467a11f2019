from dataclasses import replace

import numpy as np
import pytest
import torch

from spatial_pretrain.chat import ChatFormat, assistant, user
from spatial_pretrain.collate import BatchCollator
from spatial_pretrain.nano import NANO_V1, build_nano
from spatial_pretrain.pictures import PictureEncoder
from spatial_pretrain.positions import RotaryPositions
from spatial_pretrain.samples import Sample

TINY = replace(
    NANO_V1,
    version="tiny",
    width=32,
    layers=2,
    heads=4,
    kv_heads=2,
    mlp_width=48,
    vision_width=32,
    vision_layers=2,
    vision_heads=2,
    vision_mlp_width=48,
    image_size_px=64,
)
ANSWERS = ("yes", "no, the bowl is on the left", "three", "0.75 m")


def build_tiny(seed=0, **changes):
    """A model whose weights are large enough that a wrong attention pattern shows."""
    model, processor = build_nano(replace(TINY, **changes), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise, alpha=0.1 if parameter.ndim == 1 else 0.15)
    return model, processor


def make_samples(processor, count=6, size=(64, 64), pictures=1):
    """Conversations of different lengths, each with its own pictures."""
    draw = np.random.default_rng(0)
    chat, encoder = ChatFormat(processor.tokenizer), PictureEncoder(processor)
    samples = []
    for index in range(count):
        shown = tuple(draw.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(pictures))
        places = [chat.picture(encoder.tokens(*size)) for _ in shown]
        question = "Which object is closer to the camera? " * (1 + index % 3)
        talk = chat.encode([user(*places, question), assistant(ANSWERS[index % len(ANSWERS)])])
        samples.append(Sample(input_ids=talk.ids, labels=talk.labels, pictures=shown))
    return samples


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny():
    """Model and processor, shared: tests leave the weights alone."""
    return build_tiny()


@pytest.fixture(scope="session")
def samples(tiny):
    return make_samples(tiny[1])


@pytest.fixture(scope="session")
def parts(tiny):
    """What every collator needs."""
    model, processor = tiny
    return {
        "encoder": PictureEncoder(processor),
        "positions": RotaryPositions(model.config),
        "pad_id": processor.tokenizer.pad_token_id,
    }


@pytest.fixture(scope="session")
def batch_collator(parts):
    return BatchCollator(**parts)


@pytest.fixture
def alone(tiny, batch_collator):
    """Logits of each sample run by itself."""

    @torch.no_grad()
    def run(samples):
        model, _ = tiny
        batches = [batch_collator([sample]) for sample in samples]
        return [model(**{k: v for k, v in b.items() if k != "labels"}, use_cache=False).logits[0] for b in batches]

    return run
