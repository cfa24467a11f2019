"""The open Panda hand as a few points, to ask how much room it has somewhere."""

import numpy as np

from envs.experts.boxes import OrientedBoxes, Point, Points
from envs.experts.state import Rotation3

OPENING_M = 0.08
"""Finger opening of the open hand."""
TIP_M = 0.012
"""How far the finger tips reach beyond the grip site, along the approach."""

# The open Panda hand in the frame of its grip site (robosuite 1.4, `panda_gripper.xml`): upright rods for the fingers,
# a row of balls for the palm.
_FINGER_REACH_M = 0.051
_FINGER_POINTS = np.array([[x, 0, z] for x in (-_FINGER_REACH_M, _FINGER_REACH_M) for z in (-0.005, -0.02, -0.035)])
_FINGER_RADIUS_M = 0.013
_PALM_POINTS = np.array([[x, 0, -0.058] for x in (-0.075, -0.0375, 0, 0.0375, 0.075)])
_PALM_RADIUS_M = 0.03
_WRIST_POINTS = np.array([[0, 0, -0.11], [0, 0, -0.16], [0, 0, -0.21]])
_WRIST_RADIUS_M = 0.05
_DESCENT_M = np.arange(0.0, 0.21, 0.04)

HAND_RADIUS_M = _FINGER_REACH_M + _FINGER_RADIUS_M
"""What the open fingers sweep, from the grip site in plan."""


def room_m(grip: Point, R_world_hand: Rotation3, obstacles: OrientedBoxes) -> float:
    """Least distance between the open hand and the obstacles; negative where they overlap.

    Args:
        grip: Where its grip site is, metres, world frame.
        R_world_hand: Axes of the grip site (columns: fingers, palm, approach).
        obstacles: World frame.
    """
    fingers = obstacles.clearance_m(grip + _FINGER_POINTS @ R_world_hand.T) - _FINGER_RADIUS_M
    palm = obstacles.clearance_m(grip + _PALM_POINTS @ R_world_hand.T) - _PALM_RADIUS_M
    return float(min(fingers.min(), palm.min()))


def descent_room_m(grip: Point, R_world_hand: Rotation3, obstacles: OrientedBoxes) -> float:
    """The same for the whole hand with its wrist, while it comes straight down to `grip`."""
    return swept_room_m(grip, R_world_hand, obstacles, np.outer(_DESCENT_M, [0.0, 0.0, 1.0]))


def swept_room_m(grip: Point, R_world_hand: Rotation3, obstacles: OrientedBoxes, shifts: Points) -> float:
    """The same for the whole hand with its wrist, at each of the places that are `shifts` (metres) from `grip`."""
    wrist = (grip + shifts[:, None] + _WRIST_POINTS @ R_world_hand.T).reshape(-1, 3)
    hands_m = min(room_m(grip + shift, R_world_hand, obstacles) for shift in shifts)
    return min(hands_m, float(obstacles.clearance_m(wrist).min()) - _WRIST_RADIUS_M)
