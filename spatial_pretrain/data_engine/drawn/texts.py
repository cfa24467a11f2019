"""Sheets of text: a few lines, each in an ink, a face and a size of its own."""

from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image, ImageDraw

from spatial_pretrain.data_engine.drawn import colours, fonts
from spatial_pretrain.data_engine.drawn.colours import RGB
from spatial_pretrain.data_engine.drawn.vocabulary import vocabulary
from spatial_pretrain.data_engine.samples import Rejected
from vst_robot.types import Picture

HEIGHT_SHARE = (0.075, 0.14)
"""Font size as a share of the shorter side."""

MIN_HEIGHT_PX = 15
MAX_LINES = 4
NUMBER_SHARE = 0.4
"""Of lines of two words, how many have a number for the second."""

_BORDER_SHARE = 0.04


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text; pixels.

    Attributes:
        text: What it says.
        colour: Name of its ink.
        face: Name of its font.
        height_px: Font size.
        box_px: Left, upper, right and lower edge of its ink.
    """

    text: str
    colour: str
    face: str
    height_px: int
    box_px: tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class TextSheet:
    """Lines from top to bottom, no two of them alike or of one colour."""

    size_px: tuple[int, int]
    background: RGB
    lines: tuple[Line, ...]

    def draw(self) -> Picture:
        """The picture, uint8 (h, w, 3)."""
        image = Image.new("RGB", self.size_px, self.background)
        pen = ImageDraw.Draw(image)
        for line in self.lines:
            face = fonts.font(line.face, line.height_px)
            left, top, _, _ = face.getbbox(line.text)
            place = (line.box_px[0] - left, line.box_px[1] - top)
            pen.text(place, line.text, fill=colours.INKS[line.colour], font=face)
        return np.asarray(image)

    def truth(self) -> dict[str, object]:
        """For `SpatialSample.truth`."""
        return {"lines": [asdict(line) for line in self.lines]}


def text_sheet(rng: np.random.Generator, size_px: tuple[int, int], *, words_per_line: int | None = None) -> TextSheet:
    """A sheet of two to four lines.

    Args:
        rng: Draws everything.
        size_px: Width and height.
        words_per_line: One or two words; drawn per line if None. Single words are never numbers.

    Raises:
        Rejected: The text does not fit.
    """
    background = colours.paper(rng)
    inks = colours.readable_on(background)
    count = int(rng.integers(2, min(MAX_LINES, len(inks)) + 1))
    texts = _texts(rng, count, words_per_line)
    order = [inks[int(k)] for k in rng.permutation(len(inks))]
    band, border = size_px[1] / count, round(_BORDER_SHARE * min(size_px))
    lines = []
    for number, text in enumerate(texts):
        face = fonts.names()[int(rng.integers(len(fonts.names())))]
        height = max(MIN_HEIGHT_PX, round(float(rng.uniform(*HEIGHT_SHARE)) * min(size_px)))
        left, top, right, bottom = fonts.font(face, height).getbbox(text)
        room = np.array([size_px[0] - 2 * border - (right - left), band - border - (bottom - top)])
        if (room < 0).any():
            raise Rejected("a line is longer than the sheet is wide")
        x, y = (rng.random(2) * room).astype(int) + np.array([border, int(number * band) + border // 2])
        box = (int(x), int(y), int(x + right - left), int(y + bottom - top))
        lines.append(Line(text=text, colour=order[number], face=face, height_px=height, box_px=box))
    return TextSheet(size_px=size_px, background=background, lines=tuple(lines))


def _texts(rng: np.random.Generator, count: int, words_per_line: int | None) -> list[str]:
    """Different texts, no word of which stands twice on the sheet."""
    known = vocabulary().words
    words = [known[int(k)] for k in rng.permutation(len(known))[: 2 * count]]
    cases = (str.lower, str.upper, str.capitalize)
    texts = []
    for number in range(count):
        length = words_per_line or int(rng.integers(1, 3))
        said = " ".join(words[2 * number : 2 * number + length])
        if length == 2 and rng.random() < NUMBER_SHARE:
            said = f"{words[2 * number]} {int(rng.integers(10, 1000))}"
        texts.append(cases[int(rng.integers(len(cases)))](said))
    return texts
