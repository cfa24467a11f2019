import hashlib
import json

import pytest

from spatial_pretrain.nano_tokenizer import SPECIAL_TOKENS, build_tokenizer

VOCABULARY_SHA256 = "7ff1742880856541b60df2647cba7cb6002025d95a0aab94a93fc99d9f84a64b"
"""Of nano-v1. A change here breaks every set of published weights: make a new version instead."""


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


def test_vocabulary_is_frozen(tokenizer) -> None:
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    content = json.dumps([tokenizer.get_vocab(), model["merges"]], sort_keys=True).encode()
    assert hashlib.sha256(content).hexdigest() == VOCABULARY_SHA256


def test_two_builds_write_the_same_files(tokenizer, tmp_path) -> None:
    for folder, built in (("a", tokenizer), ("b", build_tokenizer())):
        built.save_pretrained(tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert "tokenizer.json" in names
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_special_tokens_are_atomic(tokenizer) -> None:
    for token in SPECIAL_TOKENS:
        assert tokenizer.encode(token) == [tokenizer.convert_tokens_to_ids(token)]


@pytest.mark.parametrize(
    "text",
    ["pick up the black bowl", '[{"bbox_3d": [0.12, -0.50], "label": "chair"}]', "Größe: 3 m²\n\n→ 日本", ""],
)
def test_every_text_survives(tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_digits_are_one_token_each(tokenizer) -> None:
    assert len(tokenizer.encode("20251118")) == 8


def test_instructions_are_short(tokenizer) -> None:
    instruction = " pick up the black bowl in the top drawer of the wooden cabinet and place it on the plate"
    assert len(tokenizer.encode(instruction)) == len(instruction.split())
