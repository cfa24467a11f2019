"""Self-contained HTML pages: one file that opens anywhere, offline, in light and dark.

A page is a list of sections, a section a list of blocks (`Text`, `Facts`, `Table`, `Bars`, `Gallery`, …);
whoever wants to show something fills these in and needs no template of their own. All text is escaped.
"""

import base64
import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import jinja2

from vst_robot import atomic
from vst_robot.types import Picture

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, kw_only=True)
class Text:
    """A paragraph; `tone` "warning" sets it apart."""

    text: str
    tone: Literal["plain", "warning"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The one number of a page.

    Attributes:
        value: The number as it shall be read, e.g. ``"61.5 %"``.
        detail: What belongs to it: interval, counts.
    """

    value: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names and their values."""

    rows: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; columns named in `numeric` are set flush right, the `footer` is a row that sums up."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[str] = ()
    footer: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a chart, all values as fractions of the full width.

    Attributes:
        label: What it stands for.
        value: Length in [0, 1].
        low: Left end of the whisker.
        high: Right end of the whisker.
        note: Text to the right, e.g. ``"7/10"``.
    """

    label: str
    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Horizontal bars from 0 to 100 %, each with the whisker of its interval."""

    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class Medium:
    """A picture or a video.

    Attributes:
        uri: What `picture_uri` or `video_uri` returned.
        caption: Text below.
        kind: Which of the two it is.
    """

    uri: str
    caption: str
    kind: Literal["picture", "video"]


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Pictures and videos side by side."""

    media: Sequence[Medium]


@dataclass(frozen=True, kw_only=True)
class Links:
    """Other pages beside this one.

    Attributes:
        pages: Text → address relative to this page.
    """

    pages: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Card:
    """One example: pictures, what was said about them, and facts that unfold.

    Attributes:
        group: What it can be filtered by.
        title: Small heading.
        media: Pictures and videos.
        exchanges: Questions and their answers.
        facts: Names and values, folded.
    """

    group: str
    title: str
    media: Sequence[Medium]
    exchanges: Sequence[tuple[str, str]]
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Cards:
    """Examples; a row of buttons shows those of one group.

    Attributes:
        cards: In the order of the page.
        name: Letters only; tells blocks of one page apart.
    """

    cards: Sequence[Card]
    name: str = "cards"

    @property
    def groups(self) -> Mapping[str, int]:
        """Group → number of its cards, in their order."""
        return Counter(card.group for card in self.cards)

    def number_of(self, card: Card) -> int:
        """Place of a card's group among the groups, from 1."""
        return list(self.groups).index(card.group) + 1


Block = Text | Headline | Facts | Table | Bars | Gallery | Links | Cards


@dataclass(frozen=True, kw_only=True)
class Section:
    """Blocks under one heading; a section with `folded` is closed until it is clicked."""

    heading: str
    blocks: Sequence[Block]
    folded: bool = False


def render(title: str, sections: Sequence[Section], *, subtitle: str = "") -> str:
    """Returns the page as one HTML text; what it shows needs no other file or host."""
    return _environment().get_template("page.html.j2").render(title=title, subtitle=subtitle, sections=sections)


def write(path: Path, html: str) -> None:
    """Writes a page; the file is whole or absent, never half.

    Raises:
        UnavailableError: The file cannot be written.
    """
    atomic.write_text(path, html)


def picture_uri(picture: Picture) -> str:
    """Encodes an RGB picture, uint8 (h, w, 3), losslessly as a PNG data URI."""
    height, width, _ = picture.shape
    # Every PNG row begins with its filter type; 0 means none.
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return _data_uri("image/png", _PNG_SIGNATURE + chunks)


def file_uri(data: bytes, media_type: str) -> str:
    """Encodes a file that is a picture or a video already, e.g. of the type ``"image/jpeg"``."""
    return _data_uri(media_type, data)


def video_uri(path: Path) -> str:
    """Reads an MP4 file into a data URI."""
    return _data_uri("video/mp4", Path(path).read_bytes())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _data_uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vst_robot", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["kind"] = _kind
    return environment
