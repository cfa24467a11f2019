"""Contact sheets: every picture in its place, nothing cut off."""

import numpy as np

from spatial_pretrain.data_engine.contact_sheet import GAP_PX, contact_sheet


def plain(height, width, colour):
    return np.full((height, width, 3), colour, np.uint8)


def test_rows_and_columns():
    red, green, blue = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    sheet = contact_sheet([[plain(64, 64, red), plain(16, 32, green)], [plain(8, 8, blue)]], cell_px=32)
    pitch = 32 + GAP_PX
    assert sheet.shape == (2 * 32 + GAP_PX, 2 * 32 + GAP_PX, 3)
    assert tuple(sheet[16, 16]) == red and tuple(sheet[8, pitch + 16]) == green
    assert tuple(sheet[pitch + 16, 16]) == blue
    assert (sheet[20:32, pitch:] == 255).all(), "a wide picture keeps its shape"
    assert (sheet[pitch:, pitch:] == 255).all()
