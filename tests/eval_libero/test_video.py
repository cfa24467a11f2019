from pathlib import Path

import numpy as np
import pytest

from eval_libero import video
from eval_libero.video import STRIDE, Film
from vst_robot.errors import UnavailableError
from vst_robot.types import Observation

imageio = pytest.importorskip("imageio.v3")


class Counting(dict):
    """Counts how many pictures were asked for."""

    def __init__(self, picture):
        super().__init__(agentview=picture)
        self.asked = 0

    def __getitem__(self, camera):
        self.asked += 1
        return super().__getitem__(camera)


def observation(images, step):
    return Observation(images=images, instruction="", proprio=np.zeros(8), episode="e", step=step)


def test_only_every_fourth_picture_and_the_last_are_rendered(tmp_path: Path):
    images = Counting(np.zeros((16, 16, 3), np.uint8))
    film = Film(tmp_path / "v.mp4", "agentview")
    for step in range(10):
        film.watch(observation(images, step), last=step == 9)
    assert STRIDE == 4
    assert images.asked == 4  # steps 0, 4, 8 and the last one


def test_video_is_upright_and_small(tmp_path: Path):
    picture = np.full((64, 64, 3), 60, np.uint8)
    picture[:16, :32] = (250, 20, 20)
    film = Film(tmp_path / "deep" / "v.mp4", "agentview")
    for step in range(0, 40, STRIDE):
        film.watch(observation({"agentview": picture}, step))
    film.save()
    frames = imageio.imread(film.path)
    assert frames.shape == (10, 64, 64, 3)
    assert frames[0, 8, 16, 0] > 200 > 100 > frames[0, 8, 48, 0]
    assert frames[0, 56, 16, 0] < 100
    assert film.path.stat().st_size < 20_000
    assert [p.name for p in film.path.parent.iterdir()] == ["v.mp4"]


def test_a_video_that_cannot_be_written_is_one_clear_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    film = Film(tmp_path / "file" / "v.mp4", "agentview")
    film.watch(observation({"agentview": np.zeros((16, 16, 3), np.uint8)}, 0))
    with pytest.raises(UnavailableError, match=r"cannot write .*v\.mp4"):
        film.save()


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    film = Film(tmp_path / "v.mp4", "agentview")
    film.watch(observation({"agentview": np.zeros((16, 16, 3), np.uint8)}, 0))
    film.save()
    return film.path


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.99])
def test_half_a_video_is_told_from_a_whole_one(recorded: Path, share: float):
    assert video.is_whole(recorded)
    content = recorded.read_bytes()
    recorded.write_bytes(content[: int(len(content) * share)])
    assert not video.is_whole(recorded)


def test_a_video_that_ffmpeg_left_half_written_is_not_kept(recorded: Path, monkeypatch):
    half = recorded.read_bytes()[:100]
    recorded.unlink()
    monkeypatch.setattr(video, "_encode", lambda path, frames: path.write_bytes(half))
    with pytest.raises(UnavailableError, match=r"cannot write .*v\.mp4: ffmpeg failed"):
        Film(recorded, "agentview").save()
    assert list(recorded.parent.iterdir()) == []


def test_a_missing_package_is_found_before_the_first_episode(monkeypatch):
    video.check_available()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"'imageio'.*vst-robot\[sim\]"):
        video.check_available()
