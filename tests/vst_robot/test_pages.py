import base64
import io
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vst_robot import pages
from vst_robot.errors import UnavailableError
from vst_robot.pages import Bar, Bars, Card, Cards, Facts, Gallery, Headline, Links, Medium, Section, Table, Text

NASTY = '<script>alert("1")</script> & \'"'
VOID = {"meta", "img", "br", "input"}
EVERY_BLOCK = [
    Text(text=NASTY),
    Text(text=NASTY, tone="warning"),
    Headline(value=NASTY, detail=NASTY),
    Facts(rows={NASTY: NASTY}),
    Table(header=[NASTY, "n"], rows=[[NASTY, "1"]], numeric=["n"], footer=[NASTY, "2"]),
    Bars(bars=[Bar(label=NASTY, value=0.5, low=0.2, high=0.8, note=NASTY)]),
    Gallery(media=[Medium(uri="data:image/png;base64,AA==", caption=NASTY, kind="picture")]),
    Gallery(media=[Medium(uri="data:video/mp4;base64,AA==", caption=NASTY, kind="video")]),
    Cards(
        cards=[
            Card(
                group=NASTY,
                title=NASTY,
                media=[Medium(uri="data:image/png;base64,AA==", caption=NASTY, kind="picture")],
                exchanges=[(NASTY, NASTY)],
                facts={NASTY: NASTY},
            )
        ]
    ),
]


class Balance(HTMLParser):
    """Fails on a tag that closes what is not open."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def whole_page() -> str:
    return pages.render(
        NASTY,
        [
            Section(heading=NASTY, blocks=EVERY_BLOCK),
            Section(heading="more", blocks=EVERY_BLOCK, folded=True),
        ],
        subtitle=NASTY,
    )


def test_everything_is_escaped_and_well_formed():
    html = whole_page()
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert "script" not in balance.seen
    assert {"table", "tfoot", "svg", "video", "img", "dl", "details"} <= set(balance.seen)


def test_a_page_refers_to_nothing_outside():
    html = whole_page()
    sources = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert sources
    assert all(source.startswith("data:") for source in sources)
    assert "url(" not in html
    assert "http" not in html


def test_both_colour_schemes_define_the_same_colours():
    css = re.search(r"<style>(.*?)</style>", whole_page(), re.S).group(1)
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    named = [set(re.findall(r"(--[\w-]+):", part)) for part in (light, dark.split("}\n}")[0])]
    assert named[0] == named[1] != set()
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= named[0]


def test_bars_show_value_and_whisker_in_thousandths():
    html = pages.render("t", [Section(heading="h", blocks=[EVERY_BLOCK[5]])])
    svg = ET.fromstring(re.search(r"<svg.*?</svg>", html, re.S).group())
    fill = next(e for e in svg if e.get("class") == "fill")
    whisker = next(e for e in svg if e.get("class") == "whisker")
    assert fill.get("width") == "500.0"
    assert whisker.get("d").startswith("M200.0 12H800.0")


def test_a_rule_hides_the_cards_of_all_other_groups():
    def card(group):
        return Card(group=group, title="t", media=[], exchanges=[], facts={})

    html = pages.render("t", [Section(heading="h", blocks=[Cards(cards=[card("a"), card("b"), card("a")])])])
    assert re.findall(r'class="card (group-\d)"', html) == ["group-1", "group-2", "group-1"]
    assert ".cards:has(#cards-2:checked) .card:not(.group-2) { display: none; }" in html
    assert 'id="cards-2">\n<label for="cards-2">b 1</label>' in html


def test_an_empty_page_is_a_page():
    assert "<main>" in pages.render("title", [])


@given(st.tuples(st.integers(1, 9), st.integers(1, 9)), st.randoms(use_true_random=False))
def test_pictures_are_stored_without_loss(shape, random):
    imageio = pytest.importorskip("imageio.v3")
    picture = np.frombuffer(random.randbytes(shape[0] * shape[1] * 3), np.uint8).reshape(*shape, 3)
    kind, data = pages.picture_uri(picture).split(",")
    assert kind == "data:image/png;base64"
    np.testing.assert_array_equal(imageio.imread(io.BytesIO(base64.b64decode(data)), extension=".png"), picture)


def test_views_and_flips_are_stored_as_seen():
    imageio = pytest.importorskip("imageio.v3")
    picture = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)[::-1, ::2]
    data = base64.b64decode(pages.picture_uri(picture).split(",")[1])
    np.testing.assert_array_equal(imageio.imread(io.BytesIO(data), extension=".png"), picture)


def test_videos_become_data(tmp_path: Path):
    (tmp_path / "v.mp4").write_bytes(b"abc")
    assert pages.video_uri(tmp_path / "v.mp4") == "data:video/mp4;base64,YWJj"


def test_write_replaces_and_leaves_nothing_else(tmp_path: Path):
    for text in ("old", "new é"):
        pages.write(tmp_path / "sub" / "page.html", text)
    assert (tmp_path / "sub" / "page.html").read_text(encoding="utf-8") == "new é"
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["page.html"]


def test_an_impossible_folder_is_one_clear_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot write"):
        pages.write(tmp_path / "file" / "page.html", "x")


def test_links_lead_to_pages_beside_this_one():
    html = pages.render("x", [Section(heading="more", blocks=[Links(pages={NASTY: "libero_goal/report.html"})])])
    balance = Balance()
    balance.feed(html)
    assert balance.open == [] and 'href="libero_goal/report.html"' in html and NASTY not in html
