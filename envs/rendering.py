"""Off-screen pictures of a MuJoCo model: which OpenGL platform, which quality, one small renderer."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import atexit
import importlib
import os
import subprocess
import sys
import weakref
from functools import cache
from typing import Any, Literal

import mujoco
import numpy as np

from vst_robot.errors import InputError, UnavailableError
from vst_robot.types import Picture

RenderMode = Literal["libero", "fast"]
"""`libero`: LIBERO's own settings. `fast`: no shadows, no reflections, no multisampling."""

PLATFORMS = ("egl", "osmesa")
_PROBE_LIMIT_S = 180
"""A second where nothing else runs; a driver may also hang."""
_PROBE = """
import mujoco
from mujoco.{0} import GLContext
context = GLContext(64, 64)
context.make_current()
mujoco.MjrContext(mujoco.MjModel.from_xml_string('<mujoco/>'), mujoco.mjtFontScale.mjFONTSCALE_100)
print('works')
"""
_MAX_GEOMS = 1000
"""As in robosuite's render context."""


@cache
def platform() -> str:
    """The OpenGL platform of this process: what `MUJOCO_GL` names, else what `find_platform` finds.

    A parent that has found one tells its workers through `MUJOCO_GL`, so here the name is taken on trust.

    Raises:
        UnavailableError: None works.
    """
    wanted = os.environ.get("MUJOCO_GL", "").lower()
    return wanted if wanted in PLATFORMS else find_platform()


def find_platform() -> str:
    """Finds an OpenGL platform that works: the one that `MUJOCO_GL` names, or else EGL, or else OSMesa.

    Each is tried in a process of its own, because a broken driver may crash it.

    Raises:
        UnavailableError: None works.
    """
    wanted = os.environ.get("MUJOCO_GL", "").lower()
    reasons = []
    for candidate in (wanted,) if wanted in PLATFORMS else PLATFORMS:
        reason = _failure(candidate)
        if reason is None:
            return candidate
        reasons.append(f"{candidate}: {reason}")
    raise _unavailable("; ".join(reasons))


class Renderer:
    """Renders pictures of one model, all of the same size.

    Args:
        model: The model; its off-screen buffer settings are changed.
        size_px: Width and height of the pictures.
        mode: Quality; see `RenderMode`.

    Raises:
        UnavailableError: No OpenGL platform works.
    """

    def __init__(self, model: mujoco.MjModel, size_px: int, mode: RenderMode) -> None:
        self._gl = open_gl_context(size_px)
        self._gl.make_current()
        model.vis.global_.offwidth = model.vis.global_.offheight = size_px
        if mode == "fast":
            model.vis.quality.offsamples = 0
        self._model = model
        self._viewport = mujoco.MjrRect(0, 0, size_px, size_px)
        self._scene = mujoco.MjvScene(model, maxgeom=_MAX_GEOMS)
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._options = _visual_geoms_only()
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._open = True
        # Registered after the platform's own exit hook, hence run before it: a context that outlives it
        # complains.
        atexit.register(_close_if_alive, weakref.ref(self))
        if mode == "fast":
            self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
            self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0

    def render(self, data: mujoco.MjData, camera_id: int) -> Picture:
        """The true picture of a camera: rows from top to bottom, never mirrored."""
        self._gl.make_current()
        self._camera.fixedcamid = camera_id
        mujoco.mjv_updateScene(
            self._model, data, self._options, None, self._camera, mujoco.mjtCatBit.mjCAT_ALL, self._scene
        )
        mujoco.mjr_render(self._viewport, self._scene, self._context)
        rows = np.empty((self._viewport.height, self._viewport.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(rows, None, self._viewport, self._context)
        # OpenGL, and with it robosuite, hands out rows from bottom to top.
        return np.ascontiguousarray(rows[::-1])

    def close(self) -> None:
        """Frees the context; safe to call twice."""
        if not self._open:
            return
        self._open = False
        self._gl.make_current()
        self._context.free()
        self._gl.free()


def camera_id(model: mujoco.MjModel, name: str) -> int:
    """Finds a camera.

    Raises:
        InputError: The model has no such camera; the message names those that it has.
    """
    index = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, name)
    if index < 0:
        raise InputError(f"unknown camera '{name}': known: {', '.join(camera_names(model))}")
    return index


def camera_names(model: mujoco.MjModel) -> tuple[str, ...]:
    """Names of all cameras of a model."""
    return tuple(mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_CAMERA, i) for i in range(model.ncam))


def _close_if_alive(reference: "weakref.ref[Renderer]") -> None:
    renderer = reference()
    if renderer is not None:
        renderer.close()


def _visual_geoms_only() -> mujoco.MjvOption:
    options = mujoco.MjvOption()
    options.geomgroup[0] = 0  # robosuite's collision geoms
    options.geomgroup[1] = 1  # its visual geoms
    return options


def open_gl_context(size_px: int) -> Any:
    """A context of this process's platform.

    Raises:
        UnavailableError: None can be opened.
    """
    name = platform()
    try:
        return importlib.import_module(f"mujoco.{name}").GLContext(size_px, size_px)
    # PyOpenGL reports a missing library in many ways, AttributeError among them.
    except Exception as error:
        raise _unavailable(f"{name}: {error}") from error


def _unavailable(reason: str) -> UnavailableError:
    return UnavailableError(
        f"no off-screen OpenGL works here ({reason}): install Mesa, e.g. with "
        "'apt-get install libegl1 libgl1-mesa-dri', or 'libosmesa6' for MUJOCO_GL=osmesa"
    )


def _failure(candidate: str) -> str | None:
    """Why a platform does not work, or None if it does."""
    environment = {**os.environ, "MUJOCO_GL": candidate, "PYOPENGL_PLATFORM": candidate}
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE.format(candidate)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_PROBE_LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_PROBE_LIMIT_S} s; if this machine is busy, try again"
    except OSError as error:
        return str(error)
    if probe.returncode == 0 and "works" in probe.stdout:
        return None
    complaint, *_ = probe.stderr.split("Exception ignored in")  # by the destructor of the half-made context
    return (complaint.strip().splitlines() or [f"crashed with signal {-probe.returncode}"])[-1]
