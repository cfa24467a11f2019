"""Asset packs: the folders of MJCF files, meshes and textures that LIBERO's worlds are built from.

`primitive` is made by our code on first use, `official` is LIBERO's own. Importing this loads no simulator.
"""

from envs.assets.packs import AssetPack, missing_classes, resolve

__all__ = ["AssetPack", "missing_classes", "resolve"]
