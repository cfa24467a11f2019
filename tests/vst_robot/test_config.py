import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from vst_robot import config
from vst_robot.errors import DataError, InputError, UnavailableError


@dataclass(frozen=True, kw_only=True)
class AdamW:
    kind: Literal["adamw"] = "adamw"
    lr: float
    betas: tuple[float, float] = (0.9, 0.999)

    def __post_init__(self):
        if self.lr <= 0:
            raise InputError(f"lr must be positive, got {self.lr}")


@dataclass(frozen=True, kw_only=True)
class Sgd:
    kind: Literal["sgd"] = "sgd"
    momentum: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    optim: AdamW | Sgd
    steps: int = 100
    name: str = "stage"
    dtype: Literal["float32", "bfloat16"] = "float32"
    shuffle: bool = True
    output: Path = Path("runs")
    cameras: tuple[str, ...] = ("agentview",)
    sizes: list[int] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    limit: int | None = None
    teacher: Source | None = None
    extra: Any = None
    pairs: tuple[tuple[int, int], ...] | None = None
    dropout: Annotated[float, "a note for the command line"] = 0.0
    schedule: Literal["none"] | float = "none"


FULL = """
steps = 2_500
dtype = "bfloat16"
shuffle = false
output = "runs/a"
cameras = ["agentview", "wrist"]
sizes = [128, 256]
limit = 3
extra = {anything = [1, "x"]}
dropout = 1
schedule = 0.1
[optim]
kind = "adamw"
lr = 5e-5
betas = [0.9, 0.95]
[[sources]]
name = "depth"
[[sources]]
name = "layout"
weight = 2
[weights]
depth = 0.5
[teacher]
name = "big"
"""


def read(text):
    return config.loads(text, Stage, "test.toml")


def message(text):
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


def test_everything_is_read():
    stage = read(FULL)
    assert stage.optim == AdamW(lr=5e-5, betas=(0.9, 0.95))
    assert stage.output == Path("runs/a")
    assert stage.cameras == ("agentview", "wrist")
    assert stage.sizes == [128, 256]
    assert stage.sources == (Source(name="depth"), Source(name="layout", weight=2.0))
    assert stage.weights == {"depth": 0.5}
    assert stage.teacher == Source(name="big")
    assert stage.extra == {"anything": [1, "x"]}
    assert stage.schedule == 0.1
    assert type(stage.dropout) is float


@pytest.mark.parametrize("text", [FULL, "[optim]\nkind = 'sgd'"])
def test_toml_in_json_out_and_back_is_equal(text, tmp_path):
    stage = read(text)
    config.dump_json(stage, tmp_path / "new folder" / "config.json")
    assert config.load(tmp_path / "new folder" / "config.json", Stage) == stage
    assert config.from_dict(json.loads(json.dumps(config.to_dict(stage))), Stage) == stage


def test_all_errors_come_at_once_each_with_its_path():
    text = message("setps = 3\nshuffle = 'yes'\nsizes = [1, 2.5]\n[optim]\nkind = 'adamw'\nlr = '1e-3'\nbetas = [1]")
    assert text == (
        "test.toml: setps: unknown key; did you mean 'steps'?; "
        "optim.lr: expected a number, got text '1e-3'; "
        "optim.betas: expected 2 items, got 1; "
        "shuffle: expected true or false, got text 'yes'; "
        "sizes[1]: expected a whole number, got 2.5 (5 errors)"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("steps = true", "steps: expected a whole number, got true"),
        ("steps = 1.0", "steps: expected a whole number, got 1.0"),
        ("dropout = true", "dropout: expected a number, got true"),
        ("dropout = 1" + 400 * "0", "dropout: expected a finite number, got inf"),
        ("dropout = nan", "dropout: expected a finite number, got nan"),
        ("dropout = -inf", "dropout: expected a finite number, got -inf"),
        ("shuffle = 1", "shuffle: expected true or false, got 1"),
        ("name = 3", "name: expected text, got 3"),
        ("output = 3", "output: expected a path, got 3"),
        (
            "dtype = 'bfloat61'",
            "dtype: expected one of 'float32', 'bfloat16', got text 'bfloat61'; did you mean 'bfloat16'?",
        ),
        ("cameras = 'agentview'", "cameras: expected a list, got text 'agentview'"),
        ("limit = 'none'", "limit: expected a whole number or nothing, got text 'none'"),
        ("schedule = 'nope'", "schedule: expected 'none' or a number, got text 'nope'"),
        ("weights = [1]", "weights: expected a table, got a list"),
        ("weights = {depth = 'x'}", "weights.depth: expected a number, got text 'x'"),
        ("sources = [{name = 'a'}, {nam = 'b'}]", "sources[1].nam: unknown key; did you mean 'name'?"),
        ("sources = [{name = 'a'}, {weight = 1}]", "sources[1].name: missing, and it has no default"),
        ("pairs = [[1, 2], [3, 'x']]", "pairs[1][1]: expected a whole number, got text 'x'"),
        ("teacher = 3", "teacher: expected a table (Source) or nothing, got 3"),
        ("teacher = {}", "teacher.name: missing, and it has no default"),
        ("zzz = 1", "zzz: unknown key; known: optim, steps, name"),
    ],
)
def test_messages(line, expected):
    assert expected in message(line + "\n[optim]\nkind = 'sgd'")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("optim = {}", "optim: missing key 'kind': one of 'adamw', 'sgd'"),
        (
            "optim = {kind = 'sdg'}",
            "optim.kind: expected one of 'adamw', 'sgd', got text 'sdg'; did you mean 'sgd'?",
        ),
        ("optim = {kind = 'sgd', lr = 1.0}", "optim.lr: unknown key; known: kind, momentum"),
        ("optim = {kind = 'adamw', lr = 0.0}", "test.toml: optim: lr must be positive, got 0.0"),
        ("optim = 3", "optim: expected a table (AdamW) or a table (Sgd), got 3"),
        ("", "optim: missing, and it has no default"),
    ],
)
def test_union_members_are_chosen_by_kind(table, expected):
    assert expected in message(table)


def test_json_is_as_strict_as_toml():
    with pytest.raises(InputError, match="dropout: expected a finite number, got nan"):
        config.loads('{"optim": {"kind": "sgd"}, "dropout": NaN}', Stage, "x.json")
    with pytest.raises(InputError, match="key 'steps' appears twice"):
        config.loads('{"optim": {"kind": "sgd"}, "steps": 1, "steps": 2}', Stage, "x.json")
    assert config.loads('{"optim": {"kind": "sgd"}, "limit": null}', Stage, "x.json").limit is None


@pytest.mark.parametrize("text", ["steps = ", '{"steps": ', "steps = 1\nsteps = 2"])
def test_broken_syntax_names_the_source(text):
    assert message(text).startswith("test.toml is neither valid TOML nor JSON: ")


def test_unreadable_files(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*absent.toml: No such file"):
        config.load(tmp_path / "absent.toml", Stage)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot read .*binary"):
        config.load(tmp_path / "binary", Stage)


def test_the_caller_chooses_the_kind_of_error():
    with pytest.raises(DataError):
        config.from_dict({}, Stage, error=DataError)
    with pytest.raises(DataError):
        config.load("/nowhere", Stage, error=DataError)


def test_unsupported_annotations_are_the_programmers_fault():
    cls = dataclasses.make_dataclass("Odd", [("numbers", set[int])])
    with pytest.raises(TypeError, match="numbers: fields of type"):
        config.from_dict({"numbers": []}, cls)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_not_a_number_is_never_written(value, tmp_path):
    with pytest.raises(ValueError):
        config.dump_json({"a": [value]}, tmp_path / "config.json")
    assert list(tmp_path.iterdir()) == []


def test_only_plain_values_are_written():
    with pytest.raises(TypeError, match="cannot hold a complex"):
        config.to_dict({"a": 1j})


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "config.json"
    config.dump_json({"a": 1}, path)

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(UnavailableError, match=r"config.json: No space left on device"):
        config.dump_json({"a": 2}, path)
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_an_unwritable_place_is_one_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"cannot write .*choose another folder"):
        config.dump_json({"a": 1}, tmp_path / "file" / "config.json")
