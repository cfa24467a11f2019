"""Lights, colours and patterns of a model, drawn anew for every scene and independent of the last one."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import colorsys
from collections.abc import Callable, Iterable

import mujoco
import numpy as np
from jaxtyping import Float

Array = np.ndarray

_MODEL_ARRAYS = ("light_pos", "light_dir", "light_diffuse", "light_ambient", "light_specular", "mat_rgba")
_HEADLIGHT = ("ambient", "diffuse", "specular")
_MAX_TEXTURE_BYTES = 1 << 20
"""Larger textures keep their pattern: generating and uploading them would cost more than the picture."""

_PLAIN_SHARE = 0.2
"""Of scenes that look as the model's makers wanted."""


class Appearance:
    """The looks of one model.

    Args:
        model: The model, looking as it was made.
        backdrop: Geoms whose colours and patterns may become anything: floor, walls, tables. All other materials
            change by a little only, because words such as "red mug" have to stay true.
    """

    def __init__(self, model: mujoco.MjModel, backdrop: Iterable[int]) -> None:
        self._model = model
        self._made = {name: getattr(model, name).copy() for name in _MODEL_ARRAYS}
        self._headlight = {name: np.array(getattr(model.vis.headlight, name)) for name in _HEADLIGHT}
        materials = {int(model.geom_matid[geom]) for geom in backdrop} - {-1}
        self._backdrop = sorted(materials)
        self._textures = {texture: _texels(model, texture).copy() for texture in _textures(model, self._backdrop)}

    @property
    def textures(self) -> tuple[int, ...]:
        """Textures that `draw` may change, for the renderer to take over."""
        return tuple(self._textures)

    def draw(self, rng: np.random.Generator, middle_m: Float[Array, "3"]) -> None:
        """New looks.

        Args:
            rng: Decides about everything.
            middle_m: What the lights shine on, world frame.
        """
        self.restore()
        if rng.random() >= _PLAIN_SHARE:
            self._paint(rng)
        self._light(rng, middle_m)

    def restore(self) -> None:
        """Looks as the model was made."""
        for name, values in self._made.items():
            getattr(self._model, name)[:] = values
        for name, values in self._headlight.items():
            getattr(self._model.vis.headlight, name)[:] = values
        for texture, values in self._textures.items():
            _texels(self._model, texture)[:] = values

    def _paint(self, rng: np.random.Generator) -> None:
        rgba = self._model.mat_rgba
        rgba[:, :3] = np.clip(rgba[:, :3] * rng.uniform(0.85, 1.1, (len(rgba), 1)), 0, 1)
        for material in self._backdrop:
            rgba[material, :3] = _colour(rng)
        for texture, made in self._textures.items():
            _texels(self._model, texture)[:] = _patterned(rng, made)

    def _light(self, rng: np.random.Generator, middle_m: Array) -> None:
        model = self._model
        for light in range(model.nlight):
            azimuth, elevation = rng.uniform(-np.pi, np.pi), rng.uniform(0.6, 1.4)
            level = np.cos(elevation)
            towards = np.array([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)])
            model.light_pos[light] = middle_m + rng.uniform(1.5, 3.0) * towards
            model.light_dir[light] = -towards
            tint = 1 + rng.uniform(-0.12, 0.12) * np.array([1.0, 0.2, -1.0])  # warm or cold
            model.light_diffuse[light] = np.clip(
                self._made["light_diffuse"][light] * tint * rng.uniform(0.6, 1.2), 0, 1
            )
        model.vis.headlight.ambient[:] = rng.uniform(0.05, 0.25)
        model.vis.headlight.diffuse[:] = rng.uniform(0.15, 0.4)


def _textures(model: mujoco.MjModel, materials: Iterable[int]) -> list[int]:
    rgb = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
    used = {int(model.mat_texid[material, rgb]) for material in materials} - {-1}
    return sorted(texture for texture in used if _texels(model, texture).size <= _MAX_TEXTURE_BYTES)


def _texels(model: mujoco.MjModel, texture: int) -> Array:
    """Texels of a texture, (rows, columns, channels), to read and to write; a cube's faces lie below each other."""
    shape = int(model.tex_height[texture]), int(model.tex_width[texture]), int(model.tex_nchannel[texture])
    first = int(model.tex_adr[texture])
    return model.tex_data[first : first + int(np.prod(shape))].reshape(shape)


def _colour(rng: np.random.Generator) -> tuple[float, float, float]:
    return colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.55), rng.uniform(0.35, 1.0))


def _patterned(rng: np.random.Generator, made: Array) -> Array:
    """A grey pattern in the shape of a texture; the material's colour multiplies it."""
    pattern = _PATTERNS[rng.integers(len(_PATTERNS))]
    rows, columns, channels = made.shape
    side = min(rows, columns)
    if pattern is None:
        grey = made[..., :3].astype(float).mean(axis=2)
        grey = np.clip(grey * (0.8 * 255 / max(grey.mean(), 1.0)), 0, 255)
    else:
        grey = np.tile(pattern(rng, side), (-(-rows // side), -(-columns // side)))[:rows, :columns] * 255
    painted = made.copy()
    painted[..., : min(channels, 3)] = grey[..., None].astype(np.uint8)
    return painted


def _even(rng: np.random.Generator, side: int) -> Array:
    return np.full((side, side), 0.9)


def _stripes(rng: np.random.Generator, side: int) -> Array:
    wave = np.arange(side) * rng.integers(2, 7) // (side / 2) % 2
    lines = np.tile(1 - wave * rng.uniform(0.1, 0.4), (side, 1))
    return lines if rng.random() < 0.5 else lines.T


def _checks(rng: np.random.Generator, side: int) -> Array:
    cell = np.arange(side) * (2 * rng.integers(1, 5)) // side
    return 1 - (cell[:, None] + cell) % 2 * rng.uniform(0.1, 0.5)


def _tiles(rng: np.random.Generator, side: int) -> Array:
    within = np.arange(side) * rng.integers(2, 5) % side
    joint = within < side * 0.08
    return np.where(joint[:, None] | joint, rng.uniform(0.5, 0.8), 0.95)


def _mottle(rng: np.random.Generator, side: int) -> Array:
    coarse = rng.uniform(0.6, 1.0, (8, 8))
    size = -(-side // 8)
    fine = np.kron(coarse, np.ones((size, size)))[:side, :side]
    return np.clip(fine + rng.normal(0, 0.05, (side, side)), 0, 1)


_PATTERNS: tuple[Callable[[np.random.Generator, int], Array] | None, ...] = (
    None,
    None,
    _even,
    _stripes,
    _checks,
    _tiles,
    _mottle,
)
"""None is the texture's own pattern without its colour."""
