"""What drawn sheets show, found out from their pixels alone: connected regions, their outlines, rows and angles."""

import re
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from spatial_pretrain.data_engine.drawn import fonts
from spatial_pretrain.data_engine.drawn.colours import INKS
from spatial_pretrain.data_engine.drawn.vocabulary import vocabulary

CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
STAR_FILLS = 0.5
"""Largest share of the circle around it that a star covers; a pentagon, of the same symmetry, covers 0.76."""

ROUND = 0.1
"""Largest share of a moment that a circle's pixels leave over."""

MIN_REGION_PX = 40


@dataclass(frozen=True)
class Seen:
    """A shape as pixels show it."""

    colour: str
    kind: str
    centre: np.ndarray
    radius: float


def shapes(picture):
    """All shapes of a sheet."""
    return [seen for colour, rgb in INKS.items() for seen in _of_colour(picture, colour, rgb)]


def _of_colour(picture, colour, rgb):
    paper = picture[0, 0].astype(float)
    labels, number = ndimage.label((picture == np.array(rgb)).all(axis=-1))
    for region in range(1, number + 1):
        core = labels == region
        if core.sum() >= MIN_REGION_PX:
            near = ndimage.binary_dilation(core, iterations=2)
            points = np.argwhere(near)[:, ::-1] + 0.5
            covered = np.clip((picture[near] - paper) @ (rgb - paper) / ((rgb - paper) @ (rgb - paper)), 0, 1)
            centre = np.average(points, axis=0, weights=covered)
            radius = np.linalg.norm(points - centre, axis=1)[covered > 0.5].max() + 0.4
            filled = covered.sum() / (np.pi * radius**2)
            yield Seen(colour, _kind((points - centre) @ [1, 1j], covered, filled), centre, radius)


def _kind(z, covered, filled):
    """By its symmetry: of a regular polygon of n corners the n-th complex moment is the first that does not vanish."""
    for kind, n in CORNERS.items():
        if abs((covered * z**n).sum()) > ROUND * (covered * abs(z) ** n).sum():
            return "star" if n == 5 and filled < STAR_FILLS else kind
    return "circle"


def values(picture, chart):
    """The values of a chart, by name, given its axis and its legend."""
    read = {"bar": _bars, "line": _line, "pie": _pie}[chart["kind"]]
    return dict(zip(chart["names"], read(picture, chart), strict=True))


def _mask(picture, ink):
    return (picture == np.array(INKS[ink])).all(axis=-1)


def _level(row, picture, chart):
    """A grid line's number from its row: the axis runs from 86 % of the height up to 16 %."""
    height = picture.shape[0]
    share = (round(0.86 * height) - row) / (round(0.86 * height) - round(0.16 * height))
    number = share * 8
    assert abs(number - round(number)) < 0.2, "a value lies between grid lines"
    return round(number) * chart["step"]


def _bars(picture, chart):
    for ink in chart["inks"]:
        rows = np.flatnonzero(_mask(picture, ink).sum(axis=1) > 8)
        yield _level(rows.min(), picture, chart)


def _line(picture, chart):
    """The dot of each column; the columns share the width between 15 % and 97 % evenly."""
    mask, width, number = _mask(picture, chart["inks"][0]), picture.shape[1], len(chart["names"])
    left, right = round(0.15 * width), round(0.97 * width)
    for place in range(number):
        rows = np.flatnonzero(mask[:, round(left + (right - left) * (place + 0.5) / number)])
        yield _level((rows.min() + rows.max()) / 2, picture, chart)


def _pie(picture, chart):
    half = picture.shape[1] // 2  # the legend is on the right
    counts = np.array([_mask(picture[:, :half], ink).sum() for ink in chart["inks"]])
    for share in 100 * counts / counts.sum():
        assert abs(share - 5 * round(share / 5)) < 1.5
        yield 5 * round(share / 5)


def lines(picture, truth, rng):
    """The lines of a sheet from the top: each is the one of many candidates that its pixels equal."""
    for line in truth["lines"]:
        left, top, right, bottom = line["box_px"]
        crop = picture[top:bottom, left:right]
        words = [word for k in rng.permutation(len(vocabulary().words))[:15] for word in _cases(vocabulary().words[k])]
        parts = line["text"].split(" ")
        candidates = {line["text"], *(" ".join([word, *parts[1:]]) for word in words), *_cases(line["text"])}
        yield (
            next(text for text in candidates if np.array_equal(_written(text, line, picture), crop)),
            _ink(crop, picture[0, 0]),
        )


def _cases(word):
    return word.lower(), word.upper(), word.capitalize()


def _written(text, line, picture):
    face = fonts.font(line["face"], line["height_px"])
    left, top, right, bottom = face.getbbox(text)
    image = Image.new("RGB", (right - left, bottom - top), tuple(picture[0, 0].tolist()))
    ImageDraw.Draw(image).text((-left, -top), text, fill=INKS[line["colour"]], font=face)
    return np.asarray(image)


def _ink(crop, paper):
    """The ink of most pixels; thin strokes are all mixed with the paper, so the one whose mixtures fit best."""
    counts = {name: _mask(crop, name).sum() for name in INKS}
    if any(counts.values()):
        return max(counts, key=counts.get)
    return min(
        INKS, key=lambda name: _misfit(crop.reshape(-1, 3) - paper.astype(float), INKS[name] - paper.astype(float))
    )


def _misfit(pixels, ink):
    shares = np.clip(pixels @ ink / (ink @ ink), 0, 1)
    return np.linalg.norm(pixels - shares[:, None] * ink, axis=1).sum()


def number_in(text):
    """The only number of an answer."""
    (found,) = re.findall(r"-?\d+", text)
    return int(found)
