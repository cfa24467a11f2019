import mujoco
import numpy as np
import pytest

from envs import rendering
from vst_robot.errors import InputError, UnavailableError

WORLD = """
<mujoco>
  <worldbody>
    <light pos="0 -3 3"/>
    <camera name="front" pos="0 -2 0" xyaxes="1 0 0 0 0 1"/>
    <geom type="sphere" group="1" size=".1" pos="-.4 0 .4" rgba="1 0 0 1"/>
    <geom type="sphere" group="1" size=".1" pos=".4 0 -.4" rgba="0 0 1 1"/>
    <geom type="sphere" group="0" size=".2" rgba="0 1 0 1"/>
  </worldbody>
</mujoco>
"""


@pytest.fixture(scope="module")
def world():
    model = mujoco.MjModel.from_xml_string(WORLD)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def _middle(picture, channel):
    others = [c for c in range(3) if c != channel]
    mask = picture[..., channel].astype(int) - picture[..., others].max(axis=2) > 60
    return np.argwhere(mask).mean(axis=0) if mask.any() else None


@pytest.mark.parametrize("mode", ["libero", "fast"])
def test_pictures_are_upright_not_mirrored_and_without_collision_geoms(world, mode):
    model, data = world
    renderer = rendering.Renderer(model, 64, mode)
    picture = renderer.render(data, rendering.camera_id(model, "front"))
    renderer.close()
    assert picture.shape == (64, 64, 3) and picture.dtype == np.uint8 and picture.flags.c_contiguous
    row, column = _middle(picture, 0)
    assert row < 25 and column < 25, "red is up and left"
    row, column = _middle(picture, 2)
    assert row > 39 and column > 39, "blue is down and right"
    assert _middle(picture, 1) is None


def test_unknown_camera_names_those_that_exist(world):
    with pytest.raises(InputError, match="unknown camera 'back': known: front"):
        rendering.camera_id(world[0], "back")


@pytest.fixture
def undecided(monkeypatch):
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    rendering.platform.cache_clear()
    yield monkeypatch
    rendering.platform.cache_clear()


def test_osmesa_is_the_fallback(undecided):
    undecided.setattr(rendering, "_failure", lambda name: None if name == "osmesa" else "no device")
    assert rendering.platform() == "osmesa"


def test_no_platform_at_all_is_one_clear_line(undecided):
    undecided.setattr(rendering, "_failure", lambda name: "broken")
    with pytest.raises(UnavailableError, match=r"egl: broken; osmesa: broken.*apt-get install"):
        rendering.platform()


def test_a_probe_that_crashes_is_survived(undecided):
    undecided.setattr(rendering, "_PROBE", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV) # {0}")
    assert rendering._failure("egl") == "crashed with signal 11"


def test_a_probe_that_hangs_is_told_from_one_that_fails(undecided):
    undecided.setattr(rendering, "_PROBE", "import time; time.sleep(60) # {0}")
    undecided.setattr(rendering, "_PROBE_LIMIT_S", 0.2)
    assert rendering._failure("egl") == "no answer within 0.2 s; if this machine is busy, try again"


def test_a_platform_that_was_named_but_does_not_work(undecided, world):
    undecided.setenv("MUJOCO_GL", "osmesa")
    undecided.setattr(rendering.importlib, "import_module", lambda name: 1 / 0)
    with pytest.raises(UnavailableError, match="no off-screen OpenGL works here"):
        rendering.Renderer(world[0], 64, "fast")


@pytest.fixture
def broken(monkeypatch):
    """Platforms that do not work here."""

    def choose(*platforms):
        monkeypatch.setattr(rendering, "_failure", lambda name: f"no {name}" if name in platforms else None)

    return choose


@pytest.mark.parametrize(
    ("wanted", "working", "found"),
    [("", ["egl", "osmesa"], "egl"), ("", ["osmesa"], "osmesa"), ("osmesa", ["egl", "osmesa"], "osmesa")],
)
def test_the_first_platform_that_works_is_taken(broken, monkeypatch, wanted, working, found):
    monkeypatch.setenv("MUJOCO_GL", wanted)
    broken(*{"egl", "osmesa"} - set(working))
    assert rendering.find_platform() == found


@pytest.mark.parametrize(("wanted", "tried"), [("", "egl: no egl; osmesa: no osmesa"), ("egl", "egl: no egl")])
def test_a_named_platform_is_tried_as_well(broken, monkeypatch, wanted, tried):
    monkeypatch.setenv("MUJOCO_GL", wanted)
    broken("egl", "osmesa")
    with pytest.raises(UnavailableError, match=f"no off-screen OpenGL works here \\({tried}\\): install Mesa"):
        rendering.find_platform()


def test_a_broken_driver_is_quoted_in_one_line(monkeypatch):
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
    reason = rendering._failure("egl")
    assert reason is not None and "EGL" in reason and "\n" not in reason
