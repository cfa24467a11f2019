"""Named configurations as TOML package data; every value that is not a default cites its source."""

from importlib.resources import files
from pathlib import Path

from policies.config import FinetuneConfig
from vst_robot import config
from vst_robot.errors import unknown_name


def names() -> tuple[str, ...]:
    """Names of the shipped presets."""
    return tuple(sorted(p.name.removesuffix(".toml") for p in files(__name__).iterdir() if p.name.endswith(".toml")))


def load(preset: str) -> FinetuneConfig:
    """Loads a shipped preset by name, or a TOML file by path.

    Raises:
        InputError: No such preset (the nearest is offered), or an invalid file.
    """
    if preset.endswith(".toml"):
        return config.load(Path(preset), FinetuneConfig)
    if preset not in names():
        raise unknown_name("preset", preset, names())
    text = files(__name__).joinpath(f"{preset}.toml").read_text(encoding="utf-8")
    return config.loads(text, FinetuneConfig, source=f"preset '{preset}'")
