"""Faces to write with: Pillow's own, and those that Matplotlib brings where it is installed."""

import importlib.util
from functools import cache
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont

OWN = "Pillow"
FILES = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
)
"""Files in Matplotlib's `mpl-data/fonts/ttf`, all of whose Latin letters and digits are easy to tell apart."""


@cache
def names() -> tuple[str, ...]:
    """The faces of this machine."""
    folder = _folder()
    return (OWN, *(name for name in FILES if folder is not None and (folder / f"{name}.ttf").is_file()))


@cache
def font(name: str, height_px: int) -> Font:
    """A face in a size.

    Args:
        name: One of `names()`.
        height_px: Font size.
    """
    loaded = ImageFont.load_default(height_px) if name == OWN else ImageFont.truetype(_file(name), height_px)
    assert isinstance(loaded, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return loaded


def _file(name: str) -> str:
    folder = _folder()
    assert folder is not None, "a face of Matplotlib without Matplotlib"
    return str(folder / f"{name}.ttf")


@cache
def _folder() -> Path | None:
    """Found without importing Matplotlib, which takes a second."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
