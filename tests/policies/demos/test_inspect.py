import base64
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from policies.demos.hdf5 import DemonstrationFile
from policies.demos.inspect import clipped_share, render
from vst_robot.errors import DataError
from vst_robot.types import Task


def drawings(html):
    """The SVG pictures of a page, in order."""
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    return [ElementTree.fromstring(base64.b64decode(data)) for data in found]


@pytest.fixture
def html(make_episode):
    words = Task(suite="s", task_id=0, name="mix", instruction="mix <b>salt</b> & sugar")
    episodes = [make_episode(0, steps=10, task=words), make_episode(1, steps=20, task=words), make_episode(2)]
    return render(episodes, title="my set", facts={"noise.translation": "0.15"})


def test_page_is_self_contained_and_escaped(html):
    assert "mix &lt;b&gt;salt&lt;/b&gt; &amp; sugar" in html and "<b>salt" not in html
    assert not re.search(r"""(?:src|href)="(?!data:|#)""", html)
    assert "3 demonstrations, 50 steps" in html and "noise.translation" in html


def test_shows_pictures_traces_and_histograms(html):
    assert html.count("data:image/png") == 4, "two tasks, two cameras"
    graphics = drawings(html)
    assert len(graphics) == 21
    name = "{http://www.w3.org/2000/svg}"
    assert [len(graphic.findall(f"{name}polyline")) for graphic in graphics[:7]] == [2] * 7
    points = graphics[0].find(f"{name}polyline").get("points").split()
    assert len(points) == 10, "one per step of the first demonstration"
    assert all(graphic.findall(f"{name}g/{name}rect") for graphic in graphics[7:14])


def test_trace_goes_up_with_the_command(make_episode):
    rising = np.zeros((3, 7))
    rising[:, 0] = [-1, 0, 1]
    page = render([make_episode(steps=3, actions=rising)], title="x")
    heights = [float(point.split(",")[1]) for point in drawings(page)[0][1].get("points").split()]
    assert heights == sorted(heights, reverse=True) and heights[1] == 60


def test_lengths_per_task(html):
    row = re.search(r"salt.*?</tr>", html, flags=re.DOTALL)[0]
    assert re.findall(r">\s*(\d+)\s*<", row)[:4] == ["2", "10", "15", "20"]


def test_clipped_share_looks_at_the_arm_alone():
    actions = np.zeros((4, 7))
    actions[:, 6] = -1
    actions[1, 2], actions[2, 5] = 1, -1
    assert clipped_share(actions) == 0.5


def test_pages_of_files_by_others(foreign_file):
    assert "open the drawer" in render(DemonstrationFile.open(foreign_file), title="others")
    with pytest.raises(DataError, match="empty holds no demonstrations"):
        render([], title="empty")
