import numpy as np
import pytest

from spatial_pretrain.samples import Sample
from vst_robot.errors import DataError

IDS = np.arange(3)
PATCHES = np.zeros((4, 12), np.float32)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"labels": np.arange(2)}, "3 ids but 2 labels"),
        ({"pixel_values": PATCHES}, "both pixel_values and image_grid_thw"),
        (
            {
                "pixel_values": PATCHES,
                "image_grid_thw": np.ones((1, 3), np.int64),
                "pictures": (np.zeros((4, 4, 3), np.uint8),),
            },
            "either raw or as patches",
        ),
    ],
)
def test_parts_must_belong_together(parts, message) -> None:
    with pytest.raises(DataError, match=message):
        Sample(**({"input_ids": IDS, "labels": IDS} | parts))
