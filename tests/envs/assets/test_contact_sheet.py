import numpy as np
import pytest
from PIL import Image

from envs.assets import contact_sheet, resolve
from vst_robot.cli.assets import SheetOptions, sheet
from vst_robot.errors import InputError, UnavailableError


def test_every_class_of_the_suites_is_on_the_sheet():
    names = contact_sheet.object_names()
    assert len(names) == 33 and {"ketchup", "microwave", "wooden_two_layer_shelf"} <= set(names)
    assert not {"table", "floor", "libero_study_base_style"} & set(names)


def test_an_object_fills_its_cell():
    picture = contact_sheet.portrait(resolve("primitive"), "ketchup", 48).astype(int)
    red = (picture[..., 0] > 100) & (picture[..., 1] < 60) & (picture[..., 2] < 60)
    assert red.mean() > 0.05
    drawn = np.abs(picture - picture[0, 0]).sum(axis=-1) > 30
    rows = np.flatnonzero(drawn.any(axis=1))
    assert rows[-1] - rows[0] > 30 and not drawn[:, 0].any()


def test_sheet_has_a_row_per_pack(tmp_path):
    pack = resolve("primitive")
    contact_sheet.write(
        tmp_path / "a" / "sheet.png", [pack, pack], ["butter", "plate", "cookies"], columns=2, cell_px=32
    )
    picture = np.asarray(Image.open(tmp_path / "a" / "sheet.png"))
    height = contact_sheet.LABEL_PX + 2 * 32
    assert picture.shape == (2 * (height + contact_sheet.GAP_PX), 64, 3)
    upper, lower = picture[contact_sheet.LABEL_PX :][:32], picture[contact_sheet.LABEL_PX + 32 :][:32]
    assert np.array_equal(upper, lower) and list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "sheet.png"]


def test_bad_requests(tmp_path):
    with pytest.raises(InputError, match=r"\.png"):
        sheet(SheetOptions(output=tmp_path / "sheet.jpg"))
    with pytest.raises(UnavailableError, match="no file for 'kettle'"):
        contact_sheet.draw([resolve("primitive")], ["kettle"])
