"""`vst-robot doctor`: can this machine run the default job, and what to do where it cannot."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement
from rich.console import Console
from rich.text import Text

from vst_robot import __version__
from vst_robot.cli import probes
from vst_robot.cli.probes import ProbeError, ask

Level = Literal["ok", "warn", "fail"]
STYLE: dict[Level, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
NEEDED_EXTRAS = ("sim", "train")
OPTIONAL_EXTRAS = ("client", "data", "ray", "flash", "dev")
DISK_NEEDED_GIB, DISK_COMFORTABLE_GIB = 2.0, 10.0
MEMORY_COMFORTABLE_GIB = 8.0
SYSTEM_PACKAGES = "on Debian and Ubuntu: apt-get install libegl1 libgl1 libglib2.0-0 libosmesa6"


@dataclass(frozen=True, kw_only=True)
class DoctorConfig:
    """How to look at this machine.

    Attributes:
        json: Print one JSON object instead of lines.
        online: Also ask whether the model hub answers (the only check that uses the network).
    """

    json: bool = False
    online: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """One finding.

    Attributes:
        name: What was looked at.
        level: `ok`, `warn` (works, with a drawback), `fail` (the default job cannot run).
        finding: What was found.
        remedy: What to do; empty where nothing is to be done.
    """

    name: str
    level: Level
    finding: str
    remedy: str = ""


def doctor(config: DoctorConfig) -> None:
    """Runs all checks and prints them; the exit code is 0 if the default job can run here.

    Raises:
        SystemExit: With code 2 if it cannot.
    """
    console = Console(highlight=False, soft_wrap=True)
    checks: list[Check] = []
    for look in (*LOOKS, *((look_at_hub,) if config.online else ())):
        found = look()
        checks += found
        if not config.json:
            _show(console, found)
    failed = [check.name for check in checks if check.level == "fail"]
    if config.json:
        print(json.dumps(_record(checks), indent=2))
    else:
        console.print(_verdict(failed))
    if failed:
        raise SystemExit(2)


def look_at_python() -> list[Check]:
    """Interpreter and operating system."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.platform.startswith("linux"):
        return [Check(name="Python", level="ok", finding=found)]
    return [
        Check(
            name="Python",
            level="warn",
            finding=found,
            remedy="only Linux is tested; WSL or a container helps",
        )
    ]


def look_at_packages() -> list[Check]:
    """Installed packages against the ranges that we declare."""
    declared = importlib.metadata.requires("vst-robot") or []
    requirements = [Requirement(line) for line in declared]
    core = [r for r in requirements if r.marker is None]
    checks = [_packages("core packages", core, required=True, remedy="pip install --upgrade vst-robot")]
    for extra in NEEDED_EXTRAS:
        checks.append(_extra(extra, requirements, required=True))
    missing = [e for e in OPTIONAL_EXTRAS if _extra(e, requirements, required=False).level != "ok"]
    found = f"not installed: {', '.join(missing)}" if missing else "all installed"
    return [*checks, Check(name="optional extras", level="ok", finding=found)]


def look_at_simulator() -> list[Check]:
    """LIBERO, robosuite and MuJoCo import, in a process of their own."""
    try:
        ask(probes.SIMULATOR)
    except ProbeError as error:
        return [Check(name="simulator", level="fail", finding=str(error), remedy=SYSTEM_PACKAGES)]
    return [Check(name="simulator", level="ok", finding="LIBERO and robosuite import")]


def look_at_renderers() -> list[Check]:
    """EGL and OSMesa, one tiny picture each."""
    egl, osmesa = (_renderer(backend) for backend in ("egl", "osmesa"))
    if egl.level == "ok" and osmesa.level != "ok":
        osmesa = replace(
            osmesa,
            level="ok",
            finding="not available; only the fallback for a machine without EGL",
            remedy="",
        )
    elif osmesa.level != "ok":
        egl = replace(egl, level="fail")
    return [egl, osmesa]


def look_at_assets() -> list[Check]:
    """The two asset packs; the primitive one is made on its first use."""
    primitive = _assets("primitive", level="fail", remedy="set VST_ROBOT_CACHE to a folder that can be written")
    return [primitive, _assets("official", level="warn", remedy="needed for --assets official only")]


def look_at_torch() -> list[Check]:
    """PyTorch, its devices and attention kernels, in a process of their own."""
    try:
        facts = ask(probes.TORCH)
    except ProbeError as error:
        return [Check(name="PyTorch", level="fail", finding=str(error), remedy="pip install 'vst-robot[train]'")]
    found = f"{facts['version']}, {facts['threads']} threads, {facts['instructions']}"
    return [Check(name="PyTorch", level="ok", finding=found), *_gpus(facts), _attention(facts)]


def look_at_processor() -> list[Check]:
    """Cores that we may use, threads, memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = os.environ.get("OMP_NUM_THREADS")
    found = f"{cores} cores" + (f", OMP_NUM_THREADS={threads}" if threads else "")
    processor = Check(name="processor", level="ok", finding=found)
    if cores < 2:
        processor = Check(
            name="processor", level="warn", finding=found, remedy="the default job is timed for two cores"
        )
    elif threads and threads.isdigit() and int(threads) < cores:
        remedy = f"unset OMP_NUM_THREADS to train on all {cores} cores"
        processor = Check(name="processor", level="warn", finding=found, remedy=remedy)
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    level: Level = "ok" if memory_gib >= MEMORY_COMFORTABLE_GIB else "warn"
    remedy = "" if level == "ok" else "use --num-workers 1 if the machine starts to swap"
    return [processor, Check(name="memory", level=level, finding=f"{memory_gib:.0f} GiB", remedy=remedy)]


def look_at_disk() -> list[Check]:
    """Room and permission to write here and in the cache."""
    cache = os.environ.get("VST_ROBOT_CACHE") or Path.home() / ".cache" / "vst-robot"
    return [_disk("disk, this folder", Path.cwd()), _disk("disk, cache", Path(cache))]


def look_at_neighbours() -> list[Check]:
    """Installed packages and variables that are known to cause trouble."""
    checks = []
    if importlib.util.find_spec("tensorflow"):
        found = "installed; it crashes beside EGL or Triton, so RLDS files are read in a process of their own"
        checks.append(Check(name="TensorFlow", level="ok", finding=found))
    backend = os.environ.get("MUJOCO_GL")
    if backend and backend not in ("egl", "osmesa"):
        remedy = "unset MUJOCO_GL or set it to egl or osmesa: workers have no window system"
        checks.append(Check(name="MUJOCO_GL", level="warn", finding=backend, remedy=remedy))
    return checks


def look_at_hub() -> list[Check]:
    """Does the model hub answer? Asked only with `--online`; the default job needs no network."""
    try:
        endpoint = ask(probes.HUB, time_limit_s=40.0)["endpoint"]
    except ProbeError as error:
        remedy = "full presets need it, or a folder given as --policy.backbone; HF_ENDPOINT names a mirror"
        return [Check(name="model hub", level="warn", finding=str(error), remedy=remedy)]
    return [Check(name="model hub", level="ok", finding=f"{endpoint} answers")]


LOOKS: tuple[Callable[[], list[Check]], ...] = (
    look_at_python,
    look_at_packages,
    look_at_simulator,
    look_at_renderers,
    look_at_assets,
    look_at_torch,
    look_at_processor,
    look_at_disk,
    look_at_neighbours,
)


def _packages(name: str, requirements: list[Requirement], *, required: bool, remedy: str) -> Check:
    """Compares installed versions with the declared ranges."""
    faults = [fault for r in requirements if (fault := _fault(r))]
    if not faults:
        return Check(name=name, level="ok", finding=_versions(requirements))
    return Check(name=name, level="fail" if required else "warn", finding="; ".join(faults), remedy=remedy)


def _extra(extra: str, requirements: list[Requirement], *, required: bool) -> Check:
    of_extra = [r for r in requirements if r.marker is not None and r.marker.evaluate({"extra": extra})]
    remedy = f"pip install 'vst-robot[{extra}]' (in a clone: pip install -e '.[{extra}]')"
    return _packages(f"extra '{extra}'", of_extra, required=required, remedy=remedy)


def _fault(requirement: Requirement) -> str | None:
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return None
    return f"{requirement.name} {version} is outside {requirement.specifier}"


def _versions(requirements: list[Requirement]) -> str:
    return ", ".join(f"{r.name} {importlib.metadata.version(r.name)}" for r in requirements)


def _renderer(backend: str) -> Check:
    name = f"renderer {backend}"
    try:
        facts = ask(probes.RENDERER, environment={"MUJOCO_GL": backend, "PYOPENGL_PLATFORM": backend})
    except ProbeError as error:
        return Check(name=name, level="warn", finding=str(error), remedy=SYSTEM_PACKAGES)
    found = f"{facts['vendor']}, {facts['renderer']}, first picture after {facts['seconds']:.1f} s"
    if facts["right_picture"]:
        return Check(name=name, level="ok", finding=found)
    return Check(name=name, level="warn", finding=f"{found}, but it is wrong", remedy=SYSTEM_PACKAGES)


def _assets(name: str, *, level: Level, remedy: str) -> Check:
    title = f"assets '{name}'"
    try:
        facts = ask(probes.ASSETS, name)
    except ProbeError as error:
        return Check(name=title, level=level, finding=str(error), remedy=remedy)
    if "error" in facts:
        return Check(name=title, level=level, finding=facts["error"])  # it ends with the way out
    return Check(name=title, level="ok", finding=f"{facts['root']} (sha256 {facts['sha256'][:12]})")


def _gpus(facts: dict[str, Any]) -> list[Check]:
    if not facts["gpus"]:
        found = "none; nano presets train on the processor" + (
            "" if facts["built_for"] else " (PyTorch built without CUDA)"
        )
        return [Check(name="GPU", level="ok", finding=found)]
    return [
        Check(
            name=f"GPU {i}",
            level="ok",
            finding=f"{g['name']}, {g['free_gib']:.0f} of {g['total_gib']:.0f} GiB free",
        )
        if g["bf16"]
        else Check(
            name=f"GPU {i}",
            level="warn",
            finding=g["name"],
            remedy="no bfloat16: full presets need Ampere or newer",
        )
        for i, g in enumerate(facts["gpus"])
    ]


def _attention(facts: dict[str, Any]) -> Check:
    names = {"flash_attn": "flash-attn", "varlen": "torch varlen", "sdpa": "sdpa"}
    found = ", ".join(name for key, name in names.items() if facts[key])
    if facts["gpus"] and not (facts["flash_attn"] or facts["varlen"]):
        remedy = "pip install 'vst-robot[flash]' or a newer PyTorch: packed rows are slow with sdpa alone"
        return Check(name="attention kernels", level="warn", finding=found, remedy=remedy)
    return Check(name="attention kernels", level="ok", finding=found)


def _disk(name: str, folder: Path) -> Check:
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free_gib = shutil.disk_usage(existing).free / 2**30
    found = f"{free_gib:.0f} GiB free in {folder}"
    if not os.access(existing, os.W_OK):
        return Check(name=name, level="fail", finding=f"{folder} cannot be written", remedy="choose another folder")
    level: Level = "ok" if free_gib >= DISK_COMFORTABLE_GIB else "warn" if free_gib >= DISK_NEEDED_GIB else "fail"
    remedy = "" if level == "ok" else f"the default job needs about {DISK_NEEDED_GIB:.0f} GiB: free some space"
    return Check(name=name, level=level, finding=found, remedy=remedy)


def _record(checks: list[Check]) -> dict[str, Any]:
    can_run = all(check.level != "fail" for check in checks)
    return {
        "vst_robot": __version__,
        "default_job_can_run": can_run,
        "checks": [asdict(check) for check in checks],
    }


def _show(console: Console, checks: list[Check]) -> None:
    for check in checks:
        line = Text.assemble((f"{check.level:>4}", STYLE[check.level]), f"  {check.name}: {check.finding}")
        console.print(line)
        if check.remedy:
            console.print(Text(f"      → {check.remedy}", style="dim"))


def _verdict(failed: list[str]) -> Text:
    if failed:
        return Text(f"the default job cannot run here yet: {', '.join(failed)}", style=STYLE["fail"])
    return Text("the default job can run here: vst-robot finetune --suite libero_spatial", style=STYLE["ok"])
