"""One control step: 25 simulator substeps under robosuite's controller, without its detours.

The states are bit for bit those of robosuite's `step`. What is left out, measured on `libero_spatial`:

* robosuite runs three full forward passes per substep. The second one starts from the state of the first,
  so its position and velocity stages are skipped; the third, inside `mj_step`, starts there too, so
  `mj_step2` does. The passes themselves must stay: each leaves the solver's warm start for the next.
* Observables are updated after every substep, sensors are evaluated in every pass, and quantities of the
  robot's recent past are pushed into buffers; nothing here reads them.
* The controller's inputs are gathered by name and by lists of indices. Here they are views into MuJoCo's
  arrays, in the memory layout that robosuite's compiled functions get from robosuite: other layouts round
  differently.
"""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float

from envs import libero_api

SUBSTEPS = 25
"""0.05 s of control period over 0.002 s of simulator time step."""

_SKIP_SENSORS = 1


class ControlStepper:
    """Executes actions on one simulator; holds what the controller remembers within an episode.

    Args:
        raw: LIBERO's domain object, whose robot was just reset.
    """

    def __init__(self, raw: Any) -> None:
        self._robot = robot = raw.robots[0]
        self._first = True
        self._model: mujoco.MjModel = raw.sim.model._model
        self._data: mujoco.MjData = raw.sim.data._data
        self._control = libero_api.load().control_utils
        self._controller = robot.controller
        self._arm = _as_slice(robot._ref_joint_vel_indexes)
        self._arm_qpos = _as_slice(robot._ref_joint_pos_indexes)
        self._arm_ctrl = _as_slice(robot._ref_joint_actuator_indexes)
        self._torque_low, self._torque_high = robot.torque_limits
        self._site = raw.sim.model.site_name2id(robot.controller.eef_name)
        nv = self._model.nv
        self._jacobian_position = np.zeros((3, nv))
        self._jacobian_rotation = np.zeros((3, nv))
        self._mass = np.zeros((nv, nv))
        self._gripper = robot.gripper
        self._gripper_ctrl = [raw.sim.model.actuator_name2id(name) for name in robot.gripper.actuators]
        limits = self._model.actuator_ctrlrange[self._gripper_ctrl]
        self._gripper_middle = 0.5 * (limits[:, 1] + limits[:, 0])
        self._gripper_half_range = 0.5 * (limits[:, 1] - limits[:, 0])

    def step(self, action: Float[np.ndarray, " 7"]) -> None:
        """Runs the 25 substeps of one action."""
        model, data = self._model, self._data
        for substep in range(SUBSTEPS):
            mujoco.mj_forwardSkip(model, data, mujoco.mjtStage.mjSTAGE_NONE, _SKIP_SENSORS)
            if self._first:
                # A new controller has read the arm before the start state was set, and believes to be up to
                # date: the first substep of an episode is controlled from the arm's pose at reset. Part of
                # the published protocol.
                self._robot.control(action, policy_step=True)
                self._first = False
            else:
                mujoco.mj_forwardSkip(model, data, mujoco.mjtStage.mjSTAGE_VEL, _SKIP_SENSORS)
                if substep == 0:
                    self._set_goal(action[:6])
                self._apply(self._torques(), action[6:])
            mujoco.mj_step2(model, data)

    def _apply(self, torques: Float[np.ndarray, " 7"], gripper_action: Float[np.ndarray, " 1"]) -> None:
        fingers = self._gripper.format_action(gripper_action)
        self._data.ctrl[self._gripper_ctrl] = self._gripper_middle + self._gripper_half_range * fingers
        self._data.ctrl[self._arm_ctrl] = np.minimum(np.maximum(torques, self._torque_low), self._torque_high)

    def _set_goal(self, arm_action: Float[np.ndarray, " 6"]) -> None:
        """Lets robosuite turn a relative command into a goal, from the pose that it would have read."""
        controller = self._controller
        controller.ee_pos = self._data.site_xpos[self._site].copy()
        controller.ee_ori_mat = self._data.site_xmat[self._site].reshape(3, 3).copy()
        controller.new_update = False
        controller.set_goal(arm_action)

    def _torques(self) -> Float[np.ndarray, " 7"]:
        """Joint torques towards the goal, in the order of operations of robosuite's `run_controller`."""
        model, data, controller, arm = self._model, self._data, self._controller, self._arm
        position, rotation = self._jacobian_position, self._jacobian_rotation
        mujoco.mj_jacSite(model, data, position, rotation, self._site)
        mujoco.mj_fullM(model, self._mass, data.qM)
        orientation = data.site_xmat[self._site].reshape(3, 3)
        orientation_error = self._control.orientation_error(controller.goal_ori, orientation)
        kp, kd = controller.kp, controller.kd
        force = (controller.goal_pos - data.site_xpos[self._site]) * kp[:3] - np.dot(position, data.qvel) * kd[:3]
        torque = orientation_error * kp[3:] - np.dot(rotation, data.qvel) * kd[3:]

        # Indexing by a list, as robosuite does, leaves column-major matrices.
        j_position, j_rotation = np.asfortranarray(position[:, arm]), np.asfortranarray(rotation[:, arm])
        j_full = np.concatenate([j_position, j_rotation])
        mass = np.asfortranarray(self._mass[arm, arm])
        _, lambda_position, lambda_rotation, nullspace = self._control.opspace_matrices(
            mass, j_full, j_position, j_rotation
        )
        wrench = np.concatenate([np.dot(lambda_position, force), np.dot(lambda_rotation, torque)])
        torques = np.dot(j_full.T, wrench) + data.qfrc_bias[arm]
        return torques + self._control.nullspace_torques(
            mass, nullspace, controller.initial_joint, data.qpos[self._arm_qpos], data.qvel[arm]
        )


def _as_slice(indexes: list[int]) -> slice:
    """The robot's joints are contiguous in every LIBERO model, so that slices can stand for lists."""
    first = int(indexes[0])
    assert list(indexes) == list(range(first, first + len(indexes))), f"robot indexes are not contiguous: {indexes}"
    return slice(first, first + len(indexes))
