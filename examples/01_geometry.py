"""Poses, cameras and boxes: see a cube from a camera on a pole, write it as nine numbers, measure the loss.

Run: python examples/01_geometry.py
"""

import numpy as np

from vst_robot.geometry import Box3D, camera, pose
from vst_robot.geometry.box3d import from_text, iou, to_text

# A MuJoCo camera 1 m above and 1 m behind the origin, looking down at it by 45 degrees. MuJoCo's camera looks
# along its -z axis; everything else in this project uses OpenCV axes (x right, y down, z forward).
s = np.sqrt(0.5)
T_world_mujoco = pose.make(np.array([[1, 0, 0], [0, s, -s], [0, s, s]]), np.array([0, -1.0, 1.0]))
T_world_camera = camera.opengl_to_opencv(T_world_mujoco)
K = camera.intrinsics_from_fovy(45.0, width_px=256, height_px=256)

# A 20 cm cube at the origin. Inner words cancel: T_camera_world maps world coordinates to the camera's.
cube_world = Box3D(centre_m=np.zeros(3), size_m=np.full(3, 0.2), R_frame_box=np.eye(3))
cube_camera = cube_world.moved(pose.inverse(T_world_camera))

print("pixels of the eight corners:")
print(camera.project(cube_camera.corners_m, K).round(1))

text = to_text(cube_camera)
print("as a VST model reads and writes it:", text)
print(f"IoU with what is left after two decimals: {iou(cube_camera, from_text(text)):.3f}")
