import json
from collections.abc import Callable
from typing import Any

import pytest

from vst_robot.cli import doctor, probes
from vst_robot.cli.doctor import Check, DoctorConfig
from vst_robot.cli.probes import ProbeError, ask

GOOD = Check(name="ground", level="ok", finding="firm")
POOR = Check(name="light", level="warn", finding="dim", remedy="open the curtain")
BAD = Check(name="roof", level="fail", finding="missing", remedy="build one")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *checks: monkeypatch.setattr(doctor, "LOOKS", (lambda: list(checks),))


def answers(monkeypatch: pytest.MonkeyPatch, table: dict[tuple[str, ...], dict[str, Any] | str]) -> None:
    """Replaces `ask`: (source, argument or environment value…) → facts, or the words of a ProbeError."""

    def fake(source: str, *arguments: str, environment: Any = None, time_limit_s: float = 0) -> dict[str, Any]:
        answer = table[(source, *arguments, *sorted({*(environment or {}).values()}))]
        if isinstance(answer, str):
            raise ProbeError(answer)
        return answer

    monkeypatch.setattr(doctor, "ask", fake)


def test_a_sound_machine(looks: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    looks(GOOD, POOR)
    doctor.doctor(DoctorConfig())
    shown = capsys.readouterr().out
    assert "ok  ground: firm" in shown
    assert "warn  light: dim" in shown
    assert "→ open the curtain" in shown
    assert "can run here" in shown


def test_a_broken_machine(looks: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    looks(GOOD, BAD)
    with pytest.raises(SystemExit) as caught:
        doctor.doctor(DoctorConfig())
    assert caught.value.code == 2
    assert "cannot run here yet: roof" in capsys.readouterr().out


def test_json(looks: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    looks(GOOD, BAD)
    with pytest.raises(SystemExit):
        doctor.doctor(DoctorConfig(json=True))
    record = json.loads(capsys.readouterr().out)
    assert record["default_job_can_run"] is False
    assert record["checks"][1] == {
        "name": "roof",
        "level": "fail",
        "finding": "missing",
        "remedy": "build one",
    }


def test_the_hub_is_asked_only_on_demand(looks: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    looks(GOOD)
    monkeypatch.setattr(doctor, "look_at_hub", lambda: asked.append("hub") or [GOOD])
    doctor.doctor(DoctorConfig())
    assert asked == []
    doctor.doctor(DoctorConfig(online=True))
    assert asked == ["hub"]


PICTURE = {"vendor": "Mesa", "renderer": "llvmpipe", "seconds": 0.1, "right_picture": True}


@pytest.mark.parametrize(
    ("egl", "osmesa", "levels"),
    [
        (PICTURE, PICTURE, ["ok", "ok"]),
        (PICTURE, "no library", ["ok", "ok"]),
        ("no display", PICTURE, ["warn", "ok"]),
        ("no display", "no library", ["fail", "warn"]),
        ({**PICTURE, "right_picture": False}, "no library", ["fail", "warn"]),
    ],
)
def test_one_renderer_is_enough(
    egl: dict | str, osmesa: dict | str, levels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, {(probes.RENDERER, "egl"): egl, (probes.RENDERER, "osmesa"): osmesa})
    checks = doctor.look_at_renderers()
    assert [check.level for check in checks] == levels
    assert all(check.remedy for check in checks if check.level != "ok")


def test_only_the_primitive_pack_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(
        monkeypatch,
        {(probes.ASSETS, "primitive"): "boom", (probes.ASSETS, "official"): {"error": "not here"}},
    )
    primitive, official = doctor.look_at_assets()
    assert (primitive.level, official.level) == ("fail", "warn")
    assert official.finding == "not here"


TORCH = {
    "version": "9.9",
    "threads": 2,
    "instructions": "AVX2",
    "built_for": "13.0",
    "gpus": [],
    "sdpa": True,
    "varlen": False,
    "flash_attn": False,
}


def test_no_gpu_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, {(probes.TORCH,): TORCH})
    assert [check.level for check in doctor.look_at_torch()] == ["ok", "ok", "ok"]


def test_a_gpu_without_a_variable_length_kernel_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = {"name": "Big", "free_gib": 70.0, "total_gib": 80.0, "bf16": True}
    answers(monkeypatch, {(probes.TORCH,): {**TORCH, "gpus": [gpu]}})
    _, device, attention = doctor.look_at_torch()
    assert device.finding == "Big, 70 of 80 GiB free"
    assert attention.level == "warn"
    assert "vst-robot[flash]" in attention.remedy


def test_no_torch_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, {(probes.TORCH,): "ModuleNotFoundError: No module named 'torch'"})
    assert [check.level for check in doctor.look_at_torch()] == ["fail"]


def test_versions_are_compared_with_the_declared_ranges() -> None:
    from packaging.requirements import Requirement

    fault = doctor._packages("x", [Requirement("numpy>=999")], required=True, remedy="upgrade")
    absent = doctor._packages("x", [Requirement("no-such-thing")], required=False, remedy="install")
    assert (fault.level, absent.level) == ("fail", "warn")
    assert "outside >=999" in fault.finding
    assert "no-such-thing is not installed" in absent.finding


def test_a_folder_that_does_not_exist_yet_is_judged_by_its_parent(tmp_path, monkeypatch) -> None:
    assert doctor._disk("disk", tmp_path / "a" / "b").level in ("ok", "warn")
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    assert doctor._disk("disk", tmp_path).level == "fail"


def test_a_probe_answers_with_its_last_object() -> None:
    assert ask("import sys; print('noise'); print('{\"a\": 1}'); sys.exit(3)") == {"a": 1}


def test_a_probe_sees_its_arguments_and_environment() -> None:
    source = "import json, os, sys; print(json.dumps({'x': sys.argv[1], 'y': os.environ['COLOUR']}))"
    assert ask(source, "one", environment={"COLOUR": "red"}) == {"x": "one", "y": "red"}


def test_a_probe_that_dies_says_why() -> None:
    with pytest.raises(ProbeError, match="RuntimeError: boom"):
        ask("raise RuntimeError('boom')")
    with pytest.raises(ProbeError, match="ended with code -9"):
        ask("import os; os.kill(os.getpid(), 9)")


def test_a_probe_that_hangs_is_given_up() -> None:
    with pytest.raises(ProbeError, match="no answer within"):
        ask("import time; time.sleep(60)", time_limit_s=0.3)


def test_the_renderer_probe_on_this_machine() -> None:
    checks = doctor.look_at_renderers()
    assert {check.level for check in checks} <= {"ok", "warn"}, checks
