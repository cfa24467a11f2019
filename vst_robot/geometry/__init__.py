"""Rotations, poses, cameras and boxes in plain numpy.

- `rotation`: quaternions (each named by its order), matrices, axis-angle, Euler angles.
- `pose`: rigid transforms `T_<reference>_<body>` as 4x4 matrices.
- `camera`: pinhole cameras in OpenCV axes (x right, y down, z forward).
- `box3d`: oriented boxes, their nine-number text form and their exact intersection.

Functions take leading batch axes where the signature says `*batch`. Frames, units: `docs/conventions.md`.
"""

from vst_robot.geometry import box3d, camera, pose, rotation
from vst_robot.geometry.box3d import Box3D

__all__ = ["Box3D", "box3d", "camera", "pose", "rotation"]
