import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation as ScipyRotation

from spatial_pretrain.data_engine import camera_motion
from spatial_pretrain.data_engine.thresholds import load_profile
from vst_robot.geometry import pose
from vst_robot.scenes import Frame, Scene

RULE = load_profile("room").camera_motion
LEVEL = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])  # a camera in a z-up world that looks along x
AXES = {"pan": 1, "tilt": 0, "roll": 2}


def scene(T_first, T_second, gravity=True):
    frames = [Frame(rgb=np.zeros((8, 8, 3), np.uint8), K=np.eye(3), T_world_camera=T) for T in (T_first, T_second)]
    down = np.array([0, 0, -1.0]) if gravity else None
    return Scene(name="t", source="t", view="multi", frames=tuple(frames), objects=(), gravity=down)


def turned(**degrees):
    R = np.eye(3)
    for name in ("pan", "tilt", "roll"):
        R = R @ ScipyRotation.from_euler("xyz"[AXES[name]], degrees.get(name, 0), degrees=True).as_matrix()
    return R


@pytest.mark.parametrize("gravity", [True, False])
@pytest.mark.parametrize("name", ["pan", "tilt", "roll"])
@pytest.mark.parametrize("angle", [20.0, -35.0])
def test_pure_turns_have_their_sign(name, angle, gravity):
    first = pose.make(LEVEL, np.zeros(3))
    motion = camera_motion.motion(scene(first, pose.make(LEVEL @ turned(**{name: angle}), np.zeros(3)), gravity), 0, 1)
    expected = [angle if each == name else 0 for each in ("pan", "tilt", "roll")]
    assert motion.turn.angles_deg == pytest.approx(expected, abs=1e-6)
    assert (motion.level_turn is not None) == gravity
    if motion.level_turn is not None:
        assert motion.level_turn.angles_deg == pytest.approx(expected, abs=1e-6)


def test_positive_pan_tilt_and_roll_are_right_up_and_clockwise():
    right, up, clockwise = turned(pan=20), turned(tilt=20), turned(roll=20)
    assert right[0, 2] > 0  # what it looks at lies to the right
    assert up[1, 2] < 0  # above
    assert clockwise[1, 0] > 0  # its right hand has gone down


@pytest.mark.parametrize(
    ("move", "words"),
    [
        ((1, 0, 0), {"rightward"}),
        ((0, 1, 0), {"downward"}),
        ((0, 0, 1), {"forward"}),
        ((-1, 0, -1), {"leftward", "backward"}),
        ((-1, -0.8, 0.9), {"leftward", "upward", "forward"}),
        ((0.2, 0, 0), None),  # too short
        ((1, 0, 0.36), None),  # between named and not
    ],
)
def test_movements_have_names(move, words):
    assert camera_motion.directions(np.array(move, dtype=float), RULE) == words


def test_a_camera_that_looks_down_has_two_readings():
    first = pose.make(LEVEL @ turned(tilt=-40), np.zeros(3))
    second = pose.make(LEVEL @ turned(pan=30, tilt=-40), np.array([1.0, 0, 0]))
    motion = camera_motion.motion(scene(first, second), 0, 1)
    assert motion.level_turn is not None and motion.level_move_m is not None
    assert motion.level_turn.angles_deg == pytest.approx((30, 0, 0), abs=1e-6)
    assert abs(motion.turn.roll_deg) > 10
    assert motion.level_move_m == pytest.approx([0, 0, 1], abs=1e-9)
    assert motion.move_m == pytest.approx([0, -np.sin(np.radians(40)), np.cos(np.radians(40))], abs=1e-9)
    assert motion.steepness == pytest.approx(np.sin(np.radians(40)))


@given(st.integers(0, 10_000))
def test_the_readings_do_not_depend_on_the_world(seed):
    rng = np.random.default_rng(seed)
    poses = [pose.exp(rng.normal(size=6) * 0.5) for _ in range(2)]
    world = pose.exp(rng.normal(size=6))
    plain, moved = (
        camera_motion.motion(scene(*each, gravity=False), 0, 1) for each in (poses, [world @ T for T in poses])
    )
    assert moved.turn.angles_deg == pytest.approx(plain.turn.angles_deg, abs=1e-6)
    assert moved.move_m == pytest.approx(plain.move_m, abs=1e-9)


@given(st.integers(0, 10_000))
def test_no_shorter_movement_of_the_end_changes_the_names(seed):
    rng = np.random.default_rng(seed)
    move = rng.normal(size=3)
    words = camera_motion.directions(move, RULE)
    if words is None:
        return
    gap = camera_motion.direction_gap_m(move, RULE)
    for _ in range(20):
        step = rng.normal(size=3)
        moved = move + step / np.linalg.norm(step) * gap * 0.999
        limit = max(RULE.min_axis_m, RULE.min_axis_share * np.linalg.norm(moved))
        named = {camera_motion.WORDS[i][int(moved[i] > 0)] for i in range(3) if abs(moved[i]) > limit}
        assert named == words
