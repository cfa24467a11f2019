"""Pictures, planar depth and the geom behind every pixel, from any pose and any MuJoCo model."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import atexit
import math
import weakref
from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Float, Float32, Int32

from envs import rendering
from vst_robot.geometry import camera
from vst_robot.scenes import Frame
from vst_robot.types import Picture

Array = np.ndarray

NEAR_M, FAR_M = 0.02, 60.0
"""Clipping planes. The depth buffer holds 32 bits, reversed: at 10 m one step is below 0.1 mm."""

_MAX_GEOMS = 5000


@dataclass(frozen=True, kw_only=True, eq=False)
class Capture:
    """What one camera saw.

    Attributes:
        rgb: True picture.
        depth_m: Planar depth of every pixel, 0 where there is nothing.
        geoms: The model's geom that every pixel shows, -1 where there is none.
        K: Intrinsics in pixels.
        T_world_camera: Pose of the camera, OpenCV axes.
    """

    rgb: Picture
    depth_m: Float32[Array, "h w"]
    geoms: Int32[Array, "h w"]
    K: Float[Array, "3 3"]
    T_world_camera: Float[Array, "4 4"]

    def frame(self, instance_of_geom: Int32[Array, " geoms"], *, time_s: float = 0.0) -> Frame:
        """The frame, given the instance number of each geom of the model (0 for what is no object)."""
        # The last entry answers for -1.
        table = np.append(np.asarray(instance_of_geom, dtype=np.int32), np.int32(0))
        return Frame(
            rgb=self.rgb,
            K=self.K,
            T_world_camera=self.T_world_camera,
            depth_m=self.depth_m,
            instances=table[self.geoms],
            time_s=time_s,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Loaded:
    """A model and what MuJoCo holds for drawing it."""

    model: mujoco.MjModel
    scene: mujoco.MjvScene
    context: mujoco.MjrContext


class FrameRenderer:
    """Captures of one model after the other, all of one size, through one OpenGL context.

    Sites are never drawn; of the geoms, those of the given groups. Transparent geoms are solid in depth and geom map.

    Args:
        size_px: Width and height.
        mode: Quality; see `envs.rendering.RenderMode`.
        geom_groups: Groups that are drawn; 1 holds what robosuite and our own models show.

    Raises:
        UnavailableError: No OpenGL platform works.
    """

    def __init__(
        self, size_px: tuple[int, int], *, mode: rendering.RenderMode = "fast", geom_groups: tuple[int, ...] = (1,)
    ) -> None:
        self._size_px = size_px
        self._mode = mode
        self._options = _options(geom_groups)
        self._gl = rendering.open_gl_context(max(size_px))
        self._loaded: _Loaded | None = None
        self._open = True
        atexit.register(_close_if_alive, weakref.ref(self))

    def load(self, model: mujoco.MjModel) -> None:
        """Goes over to another model; its off-screen buffer settings are changed. Free for the model in use."""
        if self._loaded is not None and model is self._loaded.model:
            return
        self.unload()
        width, height = self._size_px
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        if self._mode == "fast":
            model.vis.quality.offsamples = 0
            # A shadow map that nobody draws would still take 64 MB.
            model.vis.quality.shadowsize = 0
        context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, context)
        scene = mujoco.MjvScene(model, maxgeom=_MAX_GEOMS)
        self._loaded = _Loaded(model=model, scene=scene, context=context)

    def unload(self) -> None:
        """Lets go of the model, so that it can be freed; `load` before the next capture."""
        self._gl.make_current()
        if self._loaded is not None:
            self._loaded.context.free()
        self._loaded = None

    def upload_texture(self, texture_id: int) -> None:
        """Takes over changed `tex_data` of the loaded model."""
        assert self._loaded is not None, "load a model first"
        self._gl.make_current()
        mujoco.mjr_uploadTexture(self._loaded.model, self._loaded.context, texture_id)

    def capture(self, data: mujoco.MjData, T_world_camera: Float[Array, "4 4"], fovy_deg: float) -> Capture:
        """What a camera sees in the loaded model.

        Args:
            data: State of the loaded model, with its kinematics and lights up to date (`mj_kinematics`,
                `mj_comPos`, `mj_camlight`).
            T_world_camera: Pose of the camera, OpenCV axes.
            fovy_deg: Vertical field of view.
        """
        assert self._loaded is not None, "load a model first"
        self._gl.make_current()
        model, scene = self._loaded.model, self._loaded.scene
        _aim(scene, T_world_camera, fovy_deg)
        mujoco.mjv_updateScene(model, data, self._options, None, _user_camera(), mujoco.mjtCatBit.mjCAT_ALL, scene)
        width, height = self._size_px
        rgb, _ = self._draw(self._loaded, segment=False)
        colours, depth = self._draw(self._loaded, segment=True)
        geoms = _geoms(scene, colours)
        return Capture(
            rgb=rgb,
            depth_m=np.where(geoms >= 0, _planar_depth(depth), np.float32(0)),
            geoms=geoms,
            K=camera.intrinsics_from_fovy(fovy_deg, width_px=width, height_px=height),
            T_world_camera=np.array(T_world_camera, dtype=np.float64),
        )

    def close(self) -> None:
        """Frees the context; safe to call twice."""
        if not self._open:
            return
        self._open = False
        self.unload()
        self._gl.free()

    def _draw(self, loaded: _Loaded, *, segment: bool) -> tuple[Picture, Array]:
        """Colours and depth buffer, rows from top to bottom."""
        flags, fast = loaded.scene.flags, self._mode == "fast"
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = segment
        for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            flags[flag] = not (fast or segment)
        width, height = self._size_px
        viewport = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(viewport, loaded.scene, loaded.context)
        rows = np.empty((height, width, 3), dtype=np.uint8)
        depth = np.empty((height, width), dtype=np.float32)
        mujoco.mjr_readPixels(rows, depth if segment else None, viewport, loaded.context)
        # OpenGL hands out rows from bottom to top.
        return np.ascontiguousarray(rows[::-1]), depth[::-1]


def _aim(scene: mujoco.MjvScene, T_world_camera: Array, fovy_deg: float) -> None:
    top = NEAR_M * math.tan(math.radians(fovy_deg) / 2)
    for eye in scene.camera:
        eye.pos[:] = T_world_camera[:3, 3]
        eye.forward[:] = T_world_camera[:3, 2]
        eye.up[:] = -T_world_camera[:3, 1]
        eye.frustum_center = eye.frustum_width = 0
        eye.frustum_bottom, eye.frustum_top = -top, top
        eye.frustum_near, eye.frustum_far = NEAR_M, FAR_M


def _geoms(scene: mujoco.MjvScene, colours: Array) -> Int32[Array, "h w"]:
    """Geom ids from the colours of a segmentation picture, which are one above the scene's own numbers."""
    numbers = colours.astype(np.int32) @ np.array([1, 1 << 8, 1 << 16], dtype=np.int32)
    table = np.full(scene.ngeom + 1, -1, dtype=np.int32)
    for thing in scene.geoms[: scene.ngeom]:
        if thing.objtype == mujoco.mjtObj.mjOBJ_GEOM and thing.segid >= 0:
            table[thing.segid + 1] = thing.objid
    return table[numbers]


def _close_if_alive(reference: "weakref.ref[FrameRenderer]") -> None:
    renderer = reference()
    if renderer is not None:
        renderer.close()


def _options(geom_groups: tuple[int, ...]) -> mujoco.MjvOption:
    options = mujoco.MjvOption()
    options.geomgroup[:] = 0
    options.geomgroup[list(geom_groups)] = 1
    options.sitegroup[:] = 0
    return options


def _user_camera() -> mujoco.MjvCamera:
    """A camera that leaves the scene's own pose alone."""
    free = mujoco.MjvCamera()
    free.type = mujoco.mjtCamera.mjCAMERA_USER
    return free


def _planar_depth(buffer: Float32[Array, "h w"]) -> Float32[Array, "h w"]:
    """Metres from a reversed depth buffer, 1 at the near plane and 0 at the far plane."""
    near, far = NEAR_M, FAR_M
    return (near * far / (near + buffer.astype(np.float64) * (far - near))).astype(np.float32)
