"""Points, boxes and circles drawn into pictures, which questions call by their colour and letter.

Sizes follow the picture's shorter side, so that a mark is readable at 128 px and does not hide things at 960 px. All
functions return a copy.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vst_robot.types import Picture

COLOURS = {
    "red": (230, 25, 25),
    "orange": (255, 140, 0),
    "yellow": (255, 235, 20),
    "green": (20, 170, 40),
    "cyan": (0, 225, 235),
    "blue": (30, 70, 240),
    "purple": (140, 30, 190),
    "pink": (255, 120, 200),
    "brown": (130, 75, 25),
    "gold": (255, 200, 40),
}
"""Name in a question → RGB."""

OBJECT_COLOURS = tuple(name for name in COLOURS if name != "gold")
"""Colours that tell objects of one picture apart; gold, too near to yellow and orange, is for circles."""

Point = tuple[float, float]
Box = tuple[int, int, int, int]
_RGB = tuple[int, int, int]


def object_colours(number: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Different colours for up to nine marks."""
    return tuple(OBJECT_COLOURS[index] for index in rng.permutation(len(OBJECT_COLOURS))[:number])


def point_radius_px(size_px: tuple[int, int]) -> int:
    """Radius of a point's disk in a picture of a width and height."""
    return max(2, round(0.011 * min(size_px)))


def letter_height_px(size_px: tuple[int, int]) -> int:
    """Font size of letters at marks."""
    return round(max(11, min(14, 0.073 * min(size_px)), 0.035 * min(size_px)))


def points_apart(points_px: Sequence[Point], size_px: tuple[int, int]) -> bool:
    """Whether points are so far apart that neither hides the other or its letter."""
    points = np.asarray(points_px, dtype=np.float64).reshape(-1, 2)
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1) + np.diag(np.full(len(points), np.inf))
    return bool((apart >= 2 * point_radius_px(size_px) + letter_height_px(size_px)).all())


def boxes_apart(boxes_px: Sequence[Box]) -> bool:
    """Whether no two boxes are so alike that it is unclear which object each is around: their IoU is under 0.6."""
    boxes = np.asarray(boxes_px, dtype=np.float64).reshape(-1, 4)
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=-1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1)
    iou = shared / (areas[:, None] + areas[None] - shared)
    return bool((iou[~np.eye(len(boxes), dtype=bool)] < 0.6).all())


def draw_points(
    picture: Picture, points_px: Sequence[Point], colours: Sequence[str], texts: Sequence[str] = ()
) -> Picture:
    """Disks with a rim, each with its text (if there are texts) beside it.

    Args:
        picture: uint8 (h, w, 3).
        points_px: (x, y) from the upper left corner of the picture.
        colours: A name from `COLOURS` per point.
        texts: Nothing, or a short text per point.
    """
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    radius = point_radius_px(image.size)
    for point, colour in zip(points_px, colours, strict=True):
        _disk(draw, point, radius + 1, _rim(colour))
        _disk(draw, point, radius, COLOURS[colour])
    for point, colour, text in zip(points_px, colours, texts, strict=bool(texts)):
        _letter(draw, point, radius, colour, text, image.size)
    return np.asarray(image)


def draw_circles(
    picture: Picture, points_px: Sequence[Point], colours: Sequence[str], texts: Sequence[str] = ()
) -> Picture:
    """Rings around points, which leave what is inside to be seen; arguments as `draw_points`."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    radius = 2 * point_radius_px(image.size) + 1
    width = max(1, radius // 4)
    for (x, y), colour in zip(points_px, colours, strict=True):
        around = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(
            (around[0] - 1, around[1] - 1, around[2] + 1, around[3] + 1), outline=_rim(colour), width=width + 2
        )
        draw.ellipse(around, outline=COLOURS[colour], width=width)
    for point, colour, text in zip(points_px, colours, texts, strict=bool(texts)):
        _letter(draw, point, radius, colour, text, image.size)
    return np.asarray(image)


def draw_boxes(picture: Picture, boxes_px: Sequence[Box], colours: Sequence[str], texts: Sequence[str] = ()) -> Picture:
    """Outlines of boxes, each with its text (if there are texts) in a filled label at its upper left corner.

    Args:
        picture: uint8 (h, w, 3).
        boxes_px: Left, upper, right and lower edge; the outline is drawn inside.
        colours: A name from `COLOURS` per box.
        texts: Nothing, or a short text per box.
    """
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    width = max(1, round(0.007 * min(image.size)))
    for (left, upper, right, lower), colour in zip(boxes_px, colours, strict=True):
        edges = (left, upper, max(right - 1, left), max(lower - 1, upper))
        draw.rectangle(edges, outline=_rim(colour), width=width + 1)  # a red box around a red thing is seen, too
        draw.rectangle(edges, outline=COLOURS[colour], width=width)
    for box, colour, text in zip(boxes_px, colours, texts, strict=bool(texts)):
        _tab(draw, box, colour, text, image.size)
    return np.asarray(image)


@cache
def _font(height_px: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size=height_px)


def _disk(draw: ImageDraw.ImageDraw, point: Point, radius: float, colour: _RGB) -> None:
    x, y = point
    draw.ellipse((x - radius - 0.5, y - radius - 0.5, x + radius - 0.5, y + radius - 0.5), fill=colour)


def _rim(colour: str) -> _RGB:
    """Black around light colours, white around dark ones."""
    red, green, blue = COLOURS[colour]
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 110 else (255, 255, 255)


def _letter(
    draw: ImageDraw.ImageDraw, point: Point, radius: int, colour: str, text: str, size_px: tuple[int, int]
) -> None:
    """Text to the right of a mark, or to the left where there is no room."""
    font = _font(letter_height_px(size_px))
    left, upper, right, lower = draw.textbbox((0, 0), text, font=font, stroke_width=1)
    x = point[0] + radius + 1
    if x + right - left > size_px[0]:
        x = point[0] - radius - 1 - (right - left)
    y = min(max(point[1] - (lower - upper) / 2, 0), size_px[1] - (lower - upper))
    draw.text((x - left, y - upper), text, fill=COLOURS[colour], font=font, stroke_width=1, stroke_fill=_rim(colour))


def _tab(draw: ImageDraw.ImageDraw, box: Box, colour: str, text: str, size_px: tuple[int, int]) -> None:
    """Text on the colour of its box, inside its upper left corner."""
    font = _font(letter_height_px(size_px))
    left, upper, right, lower = draw.textbbox((0, 0), text, font=font)
    x = min(box[0], size_px[0] - (right - left) - 4)
    y = min(box[1], size_px[1] - (lower - upper) - 4)
    draw.rectangle((x, y, x + right - left + 3, y + lower - upper + 3), fill=COLOURS[colour])
    draw.text((x + 2 - left, y + 2 - upper), text, fill=_rim(colour), font=font)
