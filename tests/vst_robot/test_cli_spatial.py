"""`vst-robot spatial …` as a user types it, on toy scenes and toy tasks."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spatial_pretrain.data_engine import catalogue, shards
from tests.spatial_pretrain.data_engine.toy_scenes import ToyScenes
from tests.spatial_pretrain.data_engine.toy_tasks import Never, Tallest
from vst_robot.cli import app, scene_sources, spatial

TASKS = {
    "si_measurement": Tallest(),
    "mi_detection": Tallest(name="mi_detection", view="multi"),
    "video_others": Tallest(name="video_others", view="video"),
    "si_distance": Never(name="si_distance"),
}


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """What comes back when words are typed: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def toy(text, making):
        views = ("single",) if text.startswith("omni3d") else ("single", "multi", "video")
        return ToyScenes(seed=making.seed, image_size=making.image_size, name=text.partition(":")[0], views=views)

    monkeypatch.setattr(scene_sources, "open_source", toy)
    monkeypatch.setattr(catalogue, "TASKS", TASKS)
    monkeypatch.setattr(catalogue, "_load", TASKS.__getitem__)

    def run(words):
        code = app.exit_code(words.split())
        return code, *capsys.readouterr()

    return run


BUILD = "spatial build --source rooms --image-size 48 --workers 1 --num 24"


def test_build_look_count_check(typed, tmp_path):
    words = f"{BUILD} --tasks si_measurement mi_detection video_others"
    code, out, err = typed(words)
    assert code == 0, err
    assert "24 samples from" in out and "spatial view --folder data/spatial-rooms" in out
    folder = tmp_path / "data" / "spatial-rooms"
    assert {path.parent.name for path in shards.files(folder)} == {"si_measurement", "mi_detection", "video_others"}
    code, out, _ = typed(words)
    assert code == 0 and "24 samples" in out  # at once: nothing is missing

    code, out, err = typed(f"spatial view --folder {folder} --per-task 3")
    assert code == 0 and "9 examples of 24 samples" in out
    html = (folder / "view.html").read_text()
    assert html.count("<article") == 9 and html.count("data:video/mp4") == 3 and "Which is taller?" in html
    assert "http://" not in html.replace("http://www.w3.org", "") and "|image_pad|" not in html

    code, out, _ = typed(f"spatial stats --folder {folder}")
    assert code == 0 and "mi_detection" in out
    read = json.loads((folder / "statistics.json").read_text())
    assert read["samples"] == 24 and set(read["tasks"]["si_measurement"]["letters"]["2"]) <= set("AB")

    code, out, _ = typed(f"spatial validate --folder {folder}")
    assert code == 0 and "24 samples, nothing wrong" in out


def test_validate_lists_what_is_wrong(typed, tmp_path):
    typed(f"{BUILD} --tasks si_measurement --output set")
    (path,) = shards.files(tmp_path / "set")
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[1]["id"] = rows[0]["id"]
    rows[2]["images"][0]["bytes"] = b"no picture"
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    code, out, err = typed("spatial validate --folder set")
    assert code == 2 and "the id is there twice" in out and "not a readable picture" in out and "bytes, not" in out
    assert "set: 3 problems, listed above" in err


def test_what_is_missing_is_told_with_its_reason(typed):
    code, out, _ = typed(f"{BUILD} --tasks si --pace.patience 5 --output set")
    assert code == 0 and "si_distance: 12 missing; rejected most often: no such thing (10)" in out


def test_all_means_what_the_source_has_scenes_for(typed):
    code, out, _ = typed(f"{BUILD.replace('rooms', 'omni3d:folder')} --output set --pace.patience 5")
    assert code == 0 and "left out, for want of scenes: mi_detection, video_others" in out
    code, _, err = typed(f"{BUILD.replace('rooms', 'omni3d:folder')} --output other --tasks mi_detection")
    assert code == 2 and "no source gives 'multi' scenes, which mi_detection need" in err


def test_the_papers_proportions(typed, tmp_path):
    code, _, err = typed(f"{BUILD} --tasks si_measurement mi_detection --mix vst-p --num 31 --output set")
    assert code == 0, err
    counts = {path.parent.name: shards.count(path) for path in shards.files(tmp_path / "set")}
    assert counts == {"si_measurement": 7, "mi_detection": 24}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("spatial build --tasks si_meas --num 5", "unknown task 'si_meas': did you mean 'si_measurement'?"),
        ("spatial build --num 0", "at least one sample"),
        ("spatial build --workers 0", "at least one worker"),
        ("spatial build --templates nobody", "unknown template set 'nobody'"),
        ("spatial view --folder nothing", "no rows in 'nothing'"),
        ("spatial stats --folder nothing", "no rows in 'nothing'"),
        ("spatial viev", "unknown spatial command 'viev': did you mean 'view'?"),
    ],
)
def test_mistakes_are_answered_in_a_line(typed, words, error):
    code, _, err = typed(words)
    assert code == 2 and error in err and len(err.splitlines()) == 1


def test_a_source_is_tried(typed):
    code, out, _ = typed("spatial sources --source rooms")
    assert code == 0 and "single: no end of scenes" in out and "pictures of 128×96 px" in out


def test_sources_are_listed(capsys):
    pytest.importorskip("spatial_pretrain.readers")
    spatial.sources(spatial.SourcesConfig())
    out = capsys.readouterr().out
    assert "libero_10" in out and "rooms" in out and "scannet:<folder>" in out


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("room", "unknown source 'room': did you mean 'rooms'?"),
        ("scannet", "'scannet' names no folder: write scannet:<folder"),
        ("scanet:x", "unknown data set 'scanet': did you mean 'scannet'?"),
        ("scannet:nowhere", "no folder 'nowhere' for --source scannet:nowhere"),
    ],
)
def test_a_source_that_is_not_there(text, error):
    pytest.importorskip("spatial_pretrain.readers")
    making = scene_sources.Making(seed=0, image_size=64, assets="primitive")
    with pytest.raises(ValueError, match=error.replace("?", r"\?")):
        scene_sources.open_source(text, making)


def test_ready_conversations_are_built_like_scenes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    talk = [{"from": "human", "value": "<image>\nWhich number?"}, {"from": "gpt", "value": "7"}]
    rows = [{"id": str(n), "image": None, "conversations": [talk[0], {"from": "gpt", "value": str(n)}]} for n in "123"]
    (tmp_path / "data" / "part").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data" / "part" / "0.parquet")
    assert app.exit_code(["spatial", "sources", "--source", "onevision:data"]) == 0
    assert "general_conversations: 3 samples" in capsys.readouterr().out
    words = "spatial build --source onevision:data --tasks all general --num 3 --workers 1 --output set"
    assert app.exit_code(words.split()) == 0, capsys.readouterr().err
    assert "3 samples from" in capsys.readouterr().out
    assert app.exit_code(["spatial", "validate", "--folder", "set"]) == 0
    words = "spatial build --source onevision:data --num 3"
    assert app.exit_code([*words.split(), "--tasks", "si_distance"]) == 2
    assert "no source gives 'single' scenes" in capsys.readouterr().err
    assert app.exit_code(["spatial", "build", "--source", "onevision:nowhere", "--num", "3"]) == 2
    assert "no folder 'nowhere'" in capsys.readouterr().err


def test_samples_with_thoughts_and_for_rl(tmp_path, monkeypatch, capsys):
    """The real tasks of VST-R, by their groups; what needs two pictures is left out."""
    monkeypatch.setattr(
        scene_sources, "open_source", lambda text, making: ToyScenes(seed=5, image_size=96, views=("single",))
    )
    words = f"--output {tmp_path} --tasks cot rl --mix vst-r --num 30 --thought rt --boxes.unified-focal-px 100"
    assert app.exit_code(f"spatial build --source rooms --workers 1 {words}".split()) == 0
    out = capsys.readouterr().out
    assert "left out, for want of scenes" in out and "cot_camera_motion" in out
    rows = [row for path in shards.files(tmp_path) for row in shards.read(path)]
    thought = [row for row in rows if row.task == "cot_single_image"]
    assert {row.task for row in rows} == {"cot_single_image", "rl_single_image", "rl_detection"} and len(rows) == 30
    assert thought and all(row.messages[1].text.startswith("<think>") and row.type == "thought" for row in thought)
    assert all(row.ours["truth"]["thought_form"] == "rt" for row in thought)
    assert all("mode" in row.ours["reward"] for row in rows if row.task.startswith("rl_"))


@pytest.fixture
def broken(tmp_path, monkeypatch, capsys):
    """Real sources, of which none holds anything that can be used."""
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "scannet/scans/scene0000_00", "omni3d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "scannet/scans/scene0000_00/scene0000_00.sens").write_bytes(b"\x04\0\0\0")
    (tmp_path / "omni3d/Omni3D_SUNRGBD_train.json").write_text('{"images": [')
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "build.json").write_text("{")
    (tmp_path / "full" / "shards.jsonl").write_text('{"shard": 1}\n')

    def run(words):
        try:
            code = app.exit_code(words.split())
        except SystemExit as exit:  # flags that the parser refuses, in its own frame of lines
            code = exit.code
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("--source scannet:nowhere", "no folder 'nowhere'"),
        ("--source scannet:", "names no folder"),
        ("--source scannet:empty", "there is no complete scan of scannet"),
        ("--source embodiedscan:empty", "empty"),
        ("--source omni3d:empty", "download Omni3D"),
        ("--source omni3d:omni3d", "Omni3D_SUNRGBD_train.json"),
        ("--source images:empty", "no picture"),
        ("--source images:file", "file"),
        ("--source rooms rooms", "none of them twice"),
        ("--source rooms --seed -1", "seed"),
        ("--source rooms --num -3", "at least one sample"),
        ("--source rooms --image-size 0", "image"),
        ("--source libero_spatial --assets nobody", "nobody"),
        ("--source rooms --output file", "file"),
    ],
)
def test_what_cannot_be_built_is_refused_before_anything_is_written(broken, tmp_path, words, error):
    before = sorted(tmp_path.rglob("*"))
    output = "" if "--output" in words else " --output set"
    tasks = "" if "rooms" in words or "libero" in words else " --tasks si"
    num = "" if "--num" in words else " --num 4"
    code, _, err = broken(f"spatial build {words}{output}{tasks}{num} --workers 1")
    assert code == 2 and error in err and len(err.strip().splitlines()) == 1, err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "flag",
    [
        "--profile kitchen",
        "--mix vst-q",
        "--engine spark",
        "--boxes.rotation matrix",
        "--num some",
        "--pace.per-scene 0",
        "--pace.shard-samples 0",
    ],
)
def test_values_that_a_flag_does_not_take(broken, tmp_path, flag):
    before = sorted(tmp_path.rglob("*"))
    code, _, err = broken(f"spatial build --source rooms --output set {flag}")
    assert code == 2 and flag.split()[1] in err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_set_of_broken_scans_ends_with_the_reason(broken, tmp_path):
    words = "spatial build --source scannet:scannet --tasks si_measurement --num 4 --workers 1 --output set"
    code, out, err = broken(words)
    assert code == 2 and "scenes skipped: cannot use" in out and "no sample could be made" in err.splitlines()[-1]
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("command", ["view", "stats", "validate"])
@pytest.mark.parametrize("folder", ["nowhere", "empty", "full", "file"])
def test_folders_without_a_set(broken, command, folder):
    code, _, err = broken(f"spatial {command} --folder {folder}")
    assert code == 2 and folder in err and len(err.strip().splitlines()) == 1


def test_general_sheets_need_neither_simulator_nor_data(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = "spatial build --source drawn --tasks general cot rl --mix even --num 30 --workers 1 --output set"
    assert app.exit_code(words.split()) == 0, capsys.readouterr().err
    out = capsys.readouterr().out
    assert "30 samples from" in out and "left out, for want of scenes: general_conversations, cot_single_image" in out
    assert app.exit_code(["spatial", "validate", "--folder", "set"]) == 0
    assert len({path.parent.name for path in shards.files(tmp_path / "set")}) == 10
