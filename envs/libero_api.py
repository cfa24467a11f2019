"""The one place that imports LIBERO and robosuite, with their import-time traps disarmed.

What is disarmed, and why:

* The first `import libero` asks a question on standard input and writes absolute paths into `~/.libero`. A
  complete config file in our own cache folder, named by `LIBERO_CONFIG_PATH` during the import only,
  prevents both.
* `libero.libero.benchmark` imports torch, whose Triton crashes Mesa in a process that renders. It is never
  imported: `envs.suites` reads the task list, `envs.init_states` the states.
* robosuite prints a warning about private macros, logs into a fixed file in `/tmp`, and binds an OpenGL
  library at import, so that a machine without EGL cannot even do physics. A module of private macros of our
  own and `MUJOCO_GL=disabled` during the import prevent all three; `envs.rendering` brings its own context.
* The `assets` key of LIBERO's config file is not read by its environment classes; what counts is a module
  variable.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from envs.suites import libero_root
from vst_robot.errors import missing_extra

_IMPORT_LOCK = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class LiberoApi:
    """The names that the adapter uses from LIBERO and robosuite.

    Attributes:
        problems: Problem name → class of the simulated domain.
        problem_name: Reads the problem's name from a BDDL file.
        controller_config: robosuite's default settings of the `OSC_POSE` controller.
        randomization_error: What a placement sampler raises when it finds no free spot.
        control_utils: robosuite's `control_utils` (numba-compiled operational-space matrices).
        transforms: robosuite's `transform_utils`.
        package: The module `libero.libero`, which holds the asset path.
    """

    problems: dict[str, type]
    problem_name: Callable[[str], str]
    controller_config: Callable[[], dict[str, Any]]
    randomization_error: type[Exception]
    control_utils: ModuleType
    transforms: ModuleType
    package: Any


@cache
def load() -> LiberoApi:
    """Imports LIBERO and robosuite, silently and without side effects outside our cache folder.

    Raises:
        UnavailableError: One of the packages is not installed.
    """
    root = libero_root()
    try:
        with _IMPORT_LOCK, _quiet_import(root):
            package = importlib.import_module("libero.libero")
            envs = importlib.import_module("libero.libero.envs")
            bddl = importlib.import_module("libero.libero.envs.bddl_utils")
            robosuite: Any = importlib.import_module("robosuite")
            robosuite.macros = sys.modules["robosuite.macros"]
            errors = importlib.import_module("robosuite.utils.errors")
            control_utils = importlib.import_module("robosuite.utils.control_utils")
            transforms = importlib.import_module("robosuite.utils.transform_utils")
    except ImportError as error:
        raise missing_extra(error.name or str(error), "sim", "the LIBERO simulator") from error
    return LiberoApi(
        problems=envs.TASK_MAPPING,
        problem_name=lambda path: bddl.get_problem_info(path)["problem_name"],
        controller_config=lambda: robosuite.load_controller_config(default_controller="OSC_POSE"),
        randomization_error=errors.RandomizationError,
        control_utils=control_utils,
        transforms=transforms,
        package=package,
    )


def build_domain(bddl_file: Path, assets_root: Path, edit_xml: Callable[[str], str]) -> Any:
    """Builds LIBERO's simulated domain of one task, without renderer and observables.

    Draws from numpy's global generator, as LIBERO does; callers restore it
    (`envs.placement.numpy_generator`).

    Args:
        bddl_file: The task's problem definition.
        assets_root: Folder of the asset pack.
        edit_xml: Rewrites the MuJoCo XML before it is compiled.

    Returns:
        The `BDDLBaseDomain` object. `pristine` on it holds the compiled body poses.
    """
    api = load()
    problem = api.problems[api.problem_name(str(bddl_file))]
    with _assets(api.package, assets_root):
        return _lean(problem, edit_xml)(
            str(bddl_file),
            robots=["Panda"],
            controller_configs=api.controller_config(),
            initialization_noise=None,
            use_camera_obs=False,
            has_renderer=False,
            has_offscreen_renderer=False,
            control_freq=20,
            ignore_done=True,
            hard_reset=False,
        )


def _lean(problem: type, edit_xml: Callable[[str], str]) -> type:
    """Derives a domain class whose XML passes through `edit_xml` and which computes no observables."""

    def initialize_sim(self: Any, xml_string: str | None = None) -> None:
        parent: Any = super(lean, self)
        parent._initialize_sim(edit_xml(xml_string or self.model.get_xml()))
        # Construction goes on to place fixtures by moving their bodies in the model.
        self.pristine = {name: getattr(self.sim.model, name).copy() for name in ("body_pos", "body_quat")}

    def setup_observables(self: Any) -> OrderedDict:
        # Forty sensors would be read 25 times per control step, for numbers that nobody asked for.
        return OrderedDict()

    # LIBERO compares the class's name with the BDDL file's, so the derived class keeps it.
    members = {"_initialize_sim": initialize_sim, "_setup_observables": setup_observables}
    lean = type(problem)(problem.__name__, (problem,), members)
    return lean


@contextlib.contextmanager
def _assets(package: Any, root: Path) -> Iterator[None]:
    before = package._assets_path_cache
    package._assets_path_cache = str(root)
    try:
        yield
    finally:
        package._assets_path_cache = before


@contextlib.contextmanager
def _quiet_import(root: Path) -> Iterator[None]:
    if "robosuite" not in sys.modules:
        _set_macros()
    with _environment(LIBERO_CONFIG_PATH=str(config_folder(root)), MUJOCO_GL="disabled"):
        yield


def _set_macros() -> None:
    """Loads `robosuite.macros` ahead of its package, which reads it at import, and changes three values.

    robosuite offers a file of private macros for this, warns if there is none, and then does not read it.
    """
    package = importlib.util.find_spec("robosuite")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(name="robosuite")
    spec = importlib.util.spec_from_file_location("robosuite.macros", Path(package.origin).parent / "macros.py")
    assert spec is not None and spec.loader is not None
    macros = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(macros)
    macros.__dict__.update(MUJOCO_GPU_RENDERING=False, CONSOLE_LOGGING_LEVEL="ERROR", FILE_LOGGING_LEVEL=None)
    sys.modules["robosuite.macros"] = macros
    sys.modules["robosuite.macros_private"] = ModuleType("robosuite.macros_private")


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def config_folder(root: Path) -> Path:
    """A folder with LIBERO's config file; a temporary one if the cache is not writable."""
    config = json.dumps(
        {  # JSON is YAML.
            "benchmark_root": str(root),
            "bddl_files": str(root / "bddl_files"),
            "init_states": str(root / "init_files"),
            "datasets": str(root.parent / "datasets"),
            "assets": str(root / "assets"),
        }
    )
    cache_root = Path(os.environ.get("VST_ROBOT_CACHE") or Path.home() / ".cache" / "vst-robot")
    folder = cache_root / f"libero-config-{hashlib.sha256(config.encode()).hexdigest()[:12]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_atomically(folder / "config.yaml", config)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="vst-robot-libero-"))
        _write_atomically(folder / "config.yaml", config)
    return folder


def _write_atomically(path: Path, text: str) -> None:
    if path.exists():
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    os.replace(file.name, path)
