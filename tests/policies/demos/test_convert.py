import os
import signal
import subprocess
import sys
import tracemalloc

import pytest

from policies.demos import convert as module
from policies.demos.convert import convert
from policies.demos.formats import open_demonstrations, recognise
from tests.policies.demos.conftest import RLDS, assert_same_numbers
from vst_robot.errors import DataError, InputError

TARGETS = ["hdf5", "lerobot", RLDS]
KILLED = """
import sys
from policies.demos.convert import convert
from policies.demos.formats import open_demonstrations
import policies.demos.lerobot.writing as lerobot
lerobot.LeRobotWriter.__init__.__kwdefaults__["episodes_per_file"] = 2
if sys.argv[3] == "rlds":
    import policies.demos.rlds.writing as rlds
    rlds.RldsWriter.__init__.__kwdefaults__["episodes_per_shard"] = 2

def advance(progress):
    if progress.done == int(sys.argv[4]):
        print("there", flush=True)
        sys.stdin.read()

if __name__ == "__main__":
    convert(open_demonstrations(sys.argv[1]), __import__("pathlib").Path(sys.argv[2]), sys.argv[3], on_progress=advance)
"""


def killed_at(done, source, output, target, tmp_path):
    """Converts in another process until `done` demonstrations are done, and kills it."""
    script = tmp_path / "convert_until.py"
    script.write_text(KILLED)
    arguments = [sys.executable, str(script), str(source), str(output), target, str(done)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout.readline().strip() == "there"
        os.kill(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("target", TARGETS)
def test_killed_in_the_middle_and_run_again(target, plain_set, tmp_path):
    source, output = plain_set(5), tmp_path / "out"
    killed_at(3, source, output, target, tmp_path)
    assert not output.exists() and (tmp_path / "out.partial").is_dir()
    with pytest.raises(DataError, match="unfinished conversion"):
        open_demonstrations(tmp_path / "out.partial")
    seen = []
    convert(open_demonstrations(source), output, target, on_progress=lambda progress: seen.append(progress.done))
    assert seen[0] in (2, 3), "what was whole is not done again"
    assert not (tmp_path / "out.partial").exists()
    assert not list(output.rglob("*.tmp"))
    for one, two in zip(open_demonstrations(source).episodes(), open_demonstrations(output).episodes(), strict=True):
        assert_same_numbers(one, two)


@pytest.mark.parametrize("target", TARGETS)
def test_there_and_back_loses_nothing(target, hdf5_set, tmp_path):
    convert(open_demonstrations(hdf5_set), tmp_path / "there", target)
    convert(open_demonstrations(tmp_path / "there"), tmp_path / "back", "hdf5")
    back = open_demonstrations(tmp_path / "back")
    assert back.manifest == open_demonstrations(hdf5_set).manifest
    for one, two in zip(open_demonstrations(hdf5_set).episodes(), back.episodes(), strict=True):
        assert_same_numbers(one, two)


def test_twice_is_once_and_something_else_is_refused(plain_set, tmp_path):
    source, output = open_demonstrations(plain_set(2)), tmp_path / "out"
    first = convert(source, output, "lerobot")
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    assert convert(source, output, "lerobot") == first
    assert before == {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    with pytest.raises(InputError, match="something else than this conversion; choose another --output"):
        convert(source, output, "hdf5")
    with pytest.raises(InputError, match="something else"):
        convert(open_demonstrations(plain_set(3, name="more")), output, "lerobot")


def test_other_sources_do_not_continue_a_conversion(plain_set, tmp_path):
    killed_at(1, plain_set(2), tmp_path / "out", "hdf5", tmp_path)
    with pytest.raises(InputError, match=r"out\.partial holds something else"):
        convert(open_demonstrations(plain_set(3, name="more")), tmp_path / "out", "hdf5")


def test_an_error_leaves_what_was_whole(plain_set, tmp_path):
    source, output = plain_set(3), tmp_path / "out"

    def stop(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(open_demonstrations(source), output, "lerobot", on_progress=stop)
    left = [path for path in (tmp_path / "out.partial").rglob("*") if path.is_file()]
    assert [path.name for path in left] == [module.RECORD]
    assert convert(open_demonstrations(source), output, "lerobot").episodes == 3
    assert recognise(output) == "lerobot"


def test_empty_sources_are_refused(tmp_path):
    with pytest.raises(DataError, match="holds no demonstrations; a set needs"):
        convert(open_demonstrations(tmp_path / "nothing"), tmp_path / "out", "lerobot")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("target", ["hdf5", "lerobot"])
def test_memory_does_not_grow_with_the_number_of_episodes(target, plain_set, tmp_path):
    def peak(count):
        source = open_demonstrations(plain_set(count, name=f"{count}", steps=12, size=128))
        output = tmp_path / f"{target}-{count}"
        convert(source, output, target)  # what is imported or cached once does not count
        tracemalloc.start()
        sum(len(episode.images["agentview"]) for episode in open_demonstrations(output).episodes())
        reading = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        convert(source, tmp_path / f"{target}-{count}-again", target)
        writing = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return reading, writing

    few, many = peak(3), peak(12)
    episode_bytes = 2 * 12 * 128 * 128 * 3
    assert many[0] - few[0] < episode_bytes / 2
    assert many[1] - few[1] < episode_bytes / 2
