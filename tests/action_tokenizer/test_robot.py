"""Names of a robot's dimensions."""

import pytest

from action_tokenizer import LIBERO, LIBERO_ACTION_MASK, Robot
from vst_robot.errors import DataError, InputError

TWO_ARMS = Robot(actions=("left", "left_gripper", "right", "right_gripper"), binary=("left_gripper", "right_gripper"))


def test_switches_are_not_normalised():
    assert TWO_ARMS.mask == (True, False, True, False)
    assert LIBERO.mask == LIBERO_ACTION_MASK


def test_columns_come_in_the_order_asked_for():
    assert LIBERO.columns(("finger_1_m", "x_m")) == [6, 0]


def test_an_unknown_number_offers_the_nearest():
    with pytest.raises(InputError, match=r"'finger_3_m': did you mean 'finger_[12]_m'"):
        LIBERO.columns(("x_m", "finger_3_m"))


def test_a_switch_must_be_a_dimension():
    with pytest.raises(InputError, match="binary action dimension 'griper': did you mean 'gripper'"):
        Robot(actions=("x", "gripper"), binary=("griper",))


@pytest.mark.parametrize("rate_hz", [0, -20, float("nan")])
def test_a_robot_moves_on(rate_hz):
    with pytest.raises(DataError, match="positive number of control steps"):
        Robot(actions=("x",), rate_hz=rate_hz)


@pytest.mark.parametrize("names", [(), ("x", "y", "x")])
def test_names_tell_dimensions_apart(names):
    with pytest.raises(DataError, match=r"at least one|appears twice"):
        Robot(actions=names)
