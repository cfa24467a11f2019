"""A layout seen from above: what a teacher model is shown beside the pictures (paper, appendix C.1).

Gravity-levelled ground plane of the first camera, which stands at the bottom in the middle and looks up the picture.
Boxes' footprints are filled in a colour per object, both cameras are wedges as wide as their field of view, and a grid
of 1 m (of 10 cm on tables) gives the scale. The paper prints one such picture (Table 18) without saying how it was
made; the rest is our choice.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont
from scipy.spatial import ConvexHull, QhullError

from spatial_pretrain.data_engine.layout import Layout, LayoutCamera
from vst_robot.types import Picture

Array = np.ndarray

SCALES_PX_PER_M = (800, 400, 200, 120, 80, 60, 40, 25, 15)
"""The largest with which everything fits is taken."""

MAX_SIDE_PX, MIN_SIDE_PX, EDGE_PX = 768, 320, 24
TABLE_SCALE_PX_PER_M = 200
"""From this scale on the grid is one of 10 cm."""

_WEDGE_PX, _FONT_PX = 46, 13
_PAPER, _GRID, _INK = (255, 255, 255), (225, 225, 225), (25, 25, 25)
_CAMERAS = ((200, 30, 30), (30, 60, 200))

Ground = Float[Array, "n 2"]
"""Points on the ground, metres: x to the right and z ahead of the first camera."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet and its scale.

    Attributes:
        size_px: Width and height.
        px_per_m: Pixels per metre.
        bottom_m: z of the sheet's lower edge; x of its middle is 0.
    """

    size_px: tuple[int, int]
    px_per_m: int
    bottom_m: float

    @property
    def grid_m(self) -> float:
        """Between two lines of the grid."""
        return 0.1 if self.px_per_m >= TABLE_SCALE_PX_PER_M else 1.0

    def pixels(self, points: Ground) -> Ground:
        """Pixels of points on the ground."""
        width, height = self.size_px
        x, z = np.asarray(points, dtype=np.float64).T
        return np.stack([width / 2 + x * self.px_per_m, height - (z - self.bottom_m) * self.px_per_m], axis=1)


def draw(layout: Layout) -> Picture:
    """The picture from above, uint8 (h, w, 3); the same for the same layout."""
    sheet = sheet_of(layout)
    image = Image.new("RGB", sheet.size_px, _PAPER)
    canvas = ImageDraw.Draw(image)
    _grid(canvas, sheet)
    outlines = [footprint(each.box.corners_m) for each in layout.objects]
    colours = [colour_of(number) for number in range(len(outlines))]
    # Large footprints first: a bowl is drawn on its table.
    for number in sorted(range(len(outlines)), key=lambda number: -_area(outlines[number])):
        canvas.polygon(_flat(sheet.pixels(outlines[number])), fill=colours[number], outline=_INK)
    for number, each in enumerate(layout.cameras):
        _camera(canvas, sheet, each, number)
    _labels(canvas, sheet, layout)
    return np.asarray(image)


def sheet_of(layout: Layout) -> Sheet:
    """The sheet on which a layout is drawn: the first camera in the middle, low, and everything on it."""
    outlines = [footprint(each.box.corners_m) for each in layout.objects]
    points = np.concatenate([*outlines, [[each.position_m[0], each.position_m[2]] for each in layout.cameras]])
    reach, low, high = np.abs(points[:, 0]).max(), min(points[:, 1].min(), 0.0), max(points[:, 1].max(), 0.0)
    room = MAX_SIDE_PX - 2 * (EDGE_PX + _WEDGE_PX)
    fitting = [scale for scale in SCALES_PX_PER_M if max(2 * reach, high - low) * scale <= room]
    scale = fitting[0] if fitting else SCALES_PX_PER_M[-1]
    edge_m = (EDGE_PX + _WEDGE_PX) / scale
    width, height = (round((length + 2 * edge_m) * scale) for length in (2 * reach, high - low))
    return Sheet(
        size_px=(max(width, MIN_SIDE_PX), max(height, MIN_SIDE_PX)), px_per_m=scale, bottom_m=float(low - edge_m)
    )


def footprint(corners_m: Float[Array, "8 3"]) -> Ground:
    """The outline of a box on the ground: a rotated rectangle if the box stands upright."""
    points = corners_m[:, [0, 2]]
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:  # a box without extent
        return points


def colour_of(number: int) -> tuple[int, int, int]:
    """A light colour for the `number`-th object; neighbours in number are far apart in hue."""
    red, green, blue = colorsys.hsv_to_rgb(0.08 + number * 0.618034 % 1.0, 0.45, 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


def wedge(camera: LayoutCamera, length_m: float) -> Ground:
    """The triangle of a camera's view on the ground, its corner at the camera."""
    at = np.array([camera.position_m[0], camera.position_m[2]])
    sides = np.radians(camera.heading_deg + np.array([-0.5, 0.5]) * camera.hfov_deg)
    return np.concatenate([at[None], at + length_m * np.stack([np.sin(sides), np.cos(sides)], axis=1)])


def _grid(canvas: ImageDraw.ImageDraw, sheet: Sheet) -> None:
    """Lines through the first camera and at every step from it."""
    width, height = sheet.size_px
    step = sheet.grid_m * sheet.px_per_m
    middle = sheet.pixels(np.zeros((1, 2)))[0]
    for origin, length, vertical in ((middle[0], width, True), (middle[1], height, False)):
        for number in range(-int(origin // step), int((length - origin) // step) + 1):
            at = round(origin + number * step)
            canvas.line((at, 0, at, height) if vertical else (0, at, width, at), fill=_GRID)


def _camera(canvas: ImageDraw.ImageDraw, sheet: Sheet, camera: LayoutCamera, number: int) -> None:
    colour = _CAMERAS[number % len(_CAMERAS)]
    corners = sheet.pixels(wedge(camera, _WEDGE_PX / sheet.px_per_m))
    canvas.line([*_flat(corners), *corners[0]], fill=colour, width=2)
    x, y = corners[0]
    canvas.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
    canvas.text((x + 7, y - 5), f"camera {number + 1}", fill=colour, font=_font())


def _labels(canvas: ImageDraw.ImageDraw, sheet: Sheet, layout: Layout) -> None:
    """Names at the middles of objects, moved down where they would hide each other."""
    taken: list[tuple[float, float, float, float]] = []
    for each in layout.objects:
        x, y = sheet.pixels(np.array([[each.centre_m[0], each.centre_m[2]]]))[0]
        while any(_meet(_label_box(canvas, x, y, each.name), other) for other in taken):
            y += _FONT_PX / 2
        taken.append(_label_box(canvas, x, y, each.name))
        canvas.text((x, y), each.name, fill=_INK, font=_font(), anchor="mm", stroke_width=2, stroke_fill=_PAPER)


def _label_box(canvas: ImageDraw.ImageDraw, x: float, y: float, name: str) -> tuple[float, float, float, float]:
    left, upper, right, lower = canvas.textbbox((x, y), name, font=_font(), anchor="mm")
    return float(left), float(upper), float(right), float(lower)


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size=_FONT_PX)


def _flat(points: Ground) -> Sequence[float]:
    return [float(value) for value in points.ravel()]


def _area(outline: Ground) -> float:
    x, z = outline.T
    return abs(float(x @ np.roll(z, 1) - z @ np.roll(x, 1))) / 2
