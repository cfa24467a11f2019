"""`vst-robot assets`: look at the asset packs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from vst_robot.errors import InputError


@dataclass(frozen=True, kw_only=True)
class SheetOptions:
    """Draw every object class of LIBERO's suites, labelled, the packs below each other, into one PNG."""

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("objects.png")
    """Picture to write."""
    assets: tuple[str, ...] = ()
    """Packs to draw, top to bottom. Default: primitive, and official if VST_ROBOT_LIBERO_ASSETS names its folder."""
    size: int = 112
    """Width and height of one object's picture, in pixels."""
    columns: int = 11
    """Objects side by side."""


def sheet(options: SheetOptions) -> None:
    """Draws the contact sheet.

    Raises:
        InputError: A number or the output's ending is wrong.
        UnavailableError: A pack or off-screen OpenGL is missing.
    """
    if options.output.suffix != ".png" or options.size < 16 or options.columns < 1:
        raise InputError("--output must end with .png, --size be at least 16 and --columns at least 1")
    # Imported late: other commands of this module's group must not load the simulator.
    from envs.assets import contact_sheet, packs

    chosen = [packs.resolve(name) for name in options.assets or _default_packs(packs.OFFICIAL_VARIABLE)]
    names = contact_sheet.object_names()
    contact_sheet.write(options.output, chosen, names, columns=options.columns, cell_px=options.size)
    print(f"{options.output}: {len(names)} classes, {' above '.join(pack.name for pack in chosen)}")


def _default_packs(variable: str) -> tuple[str, ...]:
    return ("primitive", "official") if os.environ.get(variable) else ("primitive",)
