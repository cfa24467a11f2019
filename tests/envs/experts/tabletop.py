"""A table without physics that answers like `SimulatorState`: enough to run skills in closed loop in milliseconds."""

from dataclasses import dataclass, field

import numpy as np

from envs.experts.boxes import OrientedBoxes
from envs.experts.motion import TRANSLATION_UNIT_M, reaching_down

FOLLOWS = 0.3  # part of a command that the hand has carried out after one step
FINGER_STEP_M = 0.012
WALL_M = 0.003
RIM_RADIUS_M, RIM_HEIGHT_M = 0.05, 0.05


def upright(lows, highs) -> OrientedBoxes:
    lows, highs = np.array(lows, dtype=float), np.array(highs, dtype=float)
    return OrientedBoxes(
        centres=(lows + highs) / 2, R_world_box=np.tile(np.eye(3), (len(lows), 1, 1)), half_sizes=(highs - lows) / 2
    )


def bowl() -> OrientedBoxes:
    """A ring of sixteen boxes on a floor, outer radius 0.0515, 0.05 high, origin in the middle of its foot."""
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    turns = [np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) for a in angles]
    return OrientedBoxes(
        centres=np.array([*(R @ [RIM_RADIUS_M, 0, RIM_HEIGHT_M / 2] for R in turns), [0, 0, 0.002]]),
        R_world_box=np.array([*turns, np.eye(3)]),
        half_sizes=np.array([[WALL_M / 2, 0.01, RIM_HEIGHT_M / 2]] * 16 + [[0.03, 0.03, 0.002]]),
    )


@dataclass
class Tabletop:
    """The robot's base stands at (-0.66, 0); the table is at height zero."""

    positions: dict[str, np.ndarray]
    shapes: dict[str, OrientedBoxes]
    hand: np.ndarray = field(default_factory=lambda: np.array([-0.2, 0.0, 0.27]))
    opening_m: float = 0.08
    fingers_m_s: float = 0.0
    bowl_m_s: float = 0.0
    blocked_m: float = 0.0
    touching: tuple[str, ...] = ()
    goals: tuple[tuple[str, ...], ...] = (("on", "bowl", "plate"),)

    @classmethod
    def laid(cls, bowl_at, plate_at, **others: OrientedBoxes) -> "Tabletop":
        plate = upright([[-0.06, -0.06, 0]], [[0.06, 0.06, 0.01]])
        names = {"bowl": np.array([*bowl_at]), "plate": np.array([*plate_at])}
        return cls(
            positions=names | {name: np.zeros(3) for name in others}, shapes={"bowl": bowl(), "plate": plate} | others
        )

    def goal(self):
        return [list(conjunct) for conjunct in self.goals]

    def holds(self, conjunct):
        return False

    def grip_position(self):
        return self.hand.copy()

    def grip_rotation(self):
        return reaching_down(np.array([0.0, 1.0, 0.0]), self.reach_m(self.hand))

    def finger_opening_m(self):
        return self.opening_m

    def finger_speed_m_s(self):
        return self.fingers_m_s

    def speed_m_s(self, name):
        return self.bowl_m_s

    def reach_m(self, point):
        return float(np.linalg.norm(point[:2] - [-0.66, 0.0]))

    def outward(self, point):
        away = np.array([point[0] + 0.66, point[1], 0.0])
        return away / np.linalg.norm(away)

    def position(self, name):
        return self.positions[name].copy()

    def rotation(self, name):
        return np.eye(3)

    def is_region(self, name):
        return False

    def owner(self, name):
        return name

    def boxes(self, name):
        shape = self.shapes[name]
        return OrientedBoxes(
            centres=shape.centres + self.positions[name],
            R_world_box=shape.R_world_box,
            half_sizes=shape.half_sizes,
        )

    def surroundings(self, without):
        parts = [self.boxes(name) for name in self.shapes if name not in without]
        return OrientedBoxes(
            centres=np.concatenate([part.centres for part in parts]),
            R_world_box=np.concatenate([part.R_world_box for part in parts]),
            half_sizes=np.concatenate([part.half_sizes for part in parts]),
        )

    def movables_touching(self, name):
        return list(self.touching)

    def pinched(self, name):
        return self._rim_between_fingers(name) and self.opening_m <= WALL_M + 1e-9

    def step(self, action) -> None:
        held = self.pinched("bowl") and action[6] > 0
        stop_m = WALL_M if self._rim_between_fingers("bowl") else 0.0
        opening_m = float(np.clip(self.opening_m - FINGER_STEP_M * np.sign(action[6]), stop_m, 0.08))
        self.fingers_m_s, self.opening_m = (opening_m - self.opening_m) / 0.05, opening_m
        motion = FOLLOWS * TRANSLATION_UNIT_M * action[:3]
        self.hand = self.hand + motion
        before = self.positions["bowl"]
        bowl_at = before + (motion if held else 0)
        support_m = 0.01 if np.linalg.norm((bowl_at - self.positions["plate"])[:2]) < 0.06 else 0.0
        bowl_at[2] = max(bowl_at[2], support_m, self.blocked_m) if held else support_m
        self.positions["bowl"], self.bowl_m_s = bowl_at, float(np.linalg.norm(bowl_at - before)) / 0.05

    def _rim_between_fingers(self, name):
        offset = self.hand - self.positions[name]
        at_rim = abs(np.linalg.norm(offset[:2]) - RIM_RADIUS_M) < 0.03
        return at_rim and 0.0 < RIM_HEIGHT_M - offset[2] < 0.03
