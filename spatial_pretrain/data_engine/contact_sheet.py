"""Pictures of scenes side by side, one row per source: the first look at where samples will come from."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from vst_robot.types import Picture

GAP_PX = 4


def contact_sheet(rows: Sequence[Sequence[Picture]], cell_px: int) -> Picture:
    """Pictures in rows on white, each fitted into a square cell.

    Args:
        rows: At least one row with at least one picture.
        cell_px: Side of a cell.
    """
    columns = max(len(row) for row in rows)
    pitch = cell_px + GAP_PX
    sheet = Image.new("RGB", (columns * pitch - GAP_PX, len(rows) * pitch - GAP_PX), "white")
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            image = Image.fromarray(picture)
            width, height = (max(1, round(side * cell_px / max(image.size))) for side in image.size)
            sheet.paste(image.resize((width, height), Image.Resampling.LANCZOS), (across * pitch, down * pitch))
    return np.asarray(sheet)
