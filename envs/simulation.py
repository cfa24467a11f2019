"""One task's simulator: restored without a rebuild, bit for bit as LIBERO's own hard reset leaves it."""

# pyright: reportAttributeAccessIssue=false
# (mujoco is compiled and ships no types)

import copy
from collections.abc import Callable, Mapping
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float

from envs import libero_api, suites
from envs.assets import AssetPack
from envs.assets.robot import lighten_robot
from envs.placement import Layout, PlacementDraws, numpy_generator
from envs.stepping import ControlStepper
from vst_robot.errors import InputError, UnavailableError
from vst_robot.types import RecordedStart, Task

CONSTRUCTION_SEED = 0
"""The constructor draws a layout that nobody sees; any seed whose draw succeeds does."""

_INSTABILITIES = (
    mujoco.mjtWarning.mjWARN_BADQPOS,
    mujoco.mjtWarning.mjWARN_BADQVEL,
    mujoco.mjtWarning.mjWARN_BADQACC,
)


class Simulation:
    """Physics, goal test and readings of one task. Knows nothing of pictures and episodes.

    LIBERO's hard reset parses XML and compiles the model again, seconds in which only fixture poses change.
    Here the model is compiled once and every array that an episode may change is restored, followed by the
    same sequence of forward passes: the solver's warm start is memory that would otherwise leak from one
    episode into the next.

    Args:
        task: The task to build.
        pack: Where meshes, textures and XML files come from.
    """

    def __init__(self, task: Task, pack: AssetPack) -> None:
        self.raw = _build(task, pack)
        self.model: mujoco.MjModel = self.raw.sim.model._model
        self.data: mujoco.MjData = self.raw.sim.data._data
        self._fixture_bodies = {
            name: self.raw.sim.model.body_name2id(fixture.root_body) for name, fixture in self.raw.fixtures_dict.items()
        }
        self._pristine = self._remember_model()
        self._restarted = self._restart_slowly()
        self._controller = self.raw.robots[0].controller
        self._draws = PlacementDraws(self.raw)
        self.stepper: ControlStepper | None = None

    def close(self) -> None:
        """Gives model and state back at once.

        robosuite's objects refer to each other in circles, and MuJoCo reserves 1.3 GB of address space for a state
        of LIBERO's: a few that wait for the garbage collector are enough for Linux to refuse a fork.
        """
        self.raw.close()
        del self.model, self.data
        self.stepper = None

    def start_from_layout(self, layout: Layout) -> None:
        """Puts robot, fixtures and objects as LIBERO's `reset()` does with these draws."""
        self._restart()
        self._place(layout)
        mujoco.mj_forward(self.model, self.data)

    def start_from_record(self, start: RecordedStart) -> None:
        """Puts everything as recorded.

        Raises:
            InputError: The record belongs to another task.
        """
        self._check_record(start)
        self._restart()
        self._place_fixtures(start.fixture_poses)
        self._write_state(start.sim_state)
        mujoco.mj_forward(self.model, self.data)

    def set_state(self, sim_state: Float[np.ndarray, " n"]) -> None:
        """Overwrites `[time, qpos, qvel]`, as LIBERO's `set_init_state` does."""
        self._write_state(sim_state)
        mujoco.mj_forward(self.model, self.data)
        self.raw._check_success()
        self.raw._post_process()

    def draw(self, seed: int, index: int = 0) -> Layout:
        """The layout of reset number `index` after `seed`; leaves the simulator in its compiled state."""
        self._restore_model()
        return self._draws.draw(seed, index)

    def sim_state(self) -> Float[np.ndarray, " n"]:
        """`[time, qpos, qvel]`, flattened."""
        return np.concatenate([[self.data.time], self.data.qpos, self.data.qvel])

    def fixture_poses(self) -> dict[str, tuple[float, ...]]:
        """Fixture name → position in metres and quaternion wxyz, in the world frame."""
        return {
            name: tuple(float(x) for x in (*self.model.body_pos[body], *self.model.body_quat[body]))
            for name, body in self._fixture_bodies.items()
        }

    def drawn_fixtures(self, seed: int, index: int) -> dict[str, tuple[float, ...]]:
        """The same as reset number `index` after `seed` would place them; leaves the simulator as compiled."""
        drawn = self.draw(seed, index).poses
        return {name: drawn.get(name, pose) for name, pose in self.fixture_poses().items()}

    def fixture_bodies(self) -> dict[str, str]:
        """Fixture name → name of its body."""
        return {name: fixture.root_body for name, fixture in self.raw.fixtures_dict.items()}

    def step(self, action: Float[np.ndarray, " 7"]) -> bool:
        """Executes one control step (0.05 s) and tells whether the goal holds.

        Raises:
            UnavailableError: The simulation became unstable.
        """
        assert self.stepper is not None, "step before the first reset"
        self.stepper.step(action)
        self._check_stability()
        # LIBERO judges contacts and poses as the last substep computed them, 2 ms behind the positions.
        success = bool(self.raw._check_success())
        self.raw._post_process()
        # Bring poses up to the positions for pictures and readings; the next step recomputes them anyway.
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)
        return success

    def _restart(self) -> None:
        """Robot at its initial pose, controller new, everything else as compiled."""
        self._restore_model()
        robot = self.raw.robots[0]
        self.data.qpos[:], self.data.qacc_warmstart[:] = self._restarted
        # The controller rebinds its arrays and never writes into them, so a shallow copy is a new one.
        robot.controller = copy.copy(self._controller)
        # The gripper integrates its commands in Python; only a rebuilt model would start from zero.
        robot.gripper.current_action = np.zeros(robot.gripper.dof)
        self.stepper = ControlStepper(self.raw)

    def _restart_slowly(self) -> tuple[np.ndarray, np.ndarray]:
        """LIBERO's way to the same point, walked once: positions and warm start that it leaves behind.

        In the compiled model all objects sit inside each other at the origin; a forward pass takes 9 ms
        there.
        """
        self._restore_model()
        robot = self.raw.robots[0]
        mujoco.mj_forward(self.model, self.data)
        # LIBERO's off-screen renderer runs a forward pass of its own when it is made.
        mujoco.mj_forward(self.model, self.data)
        # Two forward passes happen inside: the controller is built anew and reads the arm's pose.
        robot.reset(deterministic=True)
        # A deterministic reset, which draws no noise, leaves the gripper alone.
        self.data.qpos[robot._ref_gripper_joint_pos_indexes] = robot.gripper.init_qpos
        return self.data.qpos.copy(), self.data.qacc_warmstart.copy()

    def _place(self, layout: Layout) -> None:
        for name, position in layout.joints:
            self.raw.object_states_dict[name].set_joint(position)
        self._place_fixtures({k: v for k, v in layout.poses.items() if k in self._fixture_bodies})
        for name, pose in layout.poses.items():
            if name not in self._fixture_bodies:
                joint = self.raw.objects_dict[name].joints[-1]
                self.raw.sim.data.set_joint_qpos(joint, np.array(pose))

    def _place_fixtures(self, poses: Mapping[str, tuple[float, ...]]) -> None:
        for name, pose in poses.items():
            body = self._fixture_bodies[name]
            self.model.body_pos[body] = pose[:3]
            self.model.body_quat[body] = pose[3:]

    def _write_state(self, sim_state: Float[np.ndarray, " n"]) -> None:
        nq = self.model.nq
        self.data.time = sim_state[0]
        self.data.qpos[:] = sim_state[1 : 1 + nq]
        self.data.qvel[:] = sim_state[1 + nq :]

    def _check_stability(self) -> None:
        # MuJoCo answers infinite numbers with a silent reset to the compiled state, and the episode would go on.
        if any(self.data.warning[kind].number for kind in _INSTABILITIES):
            raise UnavailableError(
                "the simulation became unstable and was reset by MuJoCo: the episode is lost, begin another"
            )

    def _check_record(self, start: RecordedStart) -> None:
        width = 1 + self.model.nq + self.model.nv
        if len(start.sim_state) != width:
            raise InputError(
                f"the recorded start has {len(start.sim_state)} numbers, this task's state {width}: "
                "it belongs to another task or simulator"
            )
        unknown = set(start.fixture_poses) ^ set(self._fixture_bodies)
        if unknown:
            raise InputError(f"the recorded start and the task differ in the fixtures {sorted(unknown)}")

    def _remember_model(self) -> dict[str, np.ndarray]:
        # Sites are shown and hidden by LIBERO while it runs (the stove's flame), fixtures are moved.
        self.raw.visualize(vis_settings={key: False for key in self.raw._visualizations})
        return {**self.raw.pristine, "site_rgba": self.model.site_rgba.copy()}

    def _restore_model(self) -> None:
        for name, values in self._pristine.items():
            getattr(self.model, name)[:] = values
        mujoco.mj_resetData(self.model, self.data)


def _build(task: Task, pack: AssetPack) -> Any:
    api = libero_api.load()
    for attempt in range(100):
        with numpy_generator(CONSTRUCTION_SEED + attempt):
            try:
                return libero_api.build_domain(suites.bddl_path(task), pack.root, _xml_editor(pack))
            except api.randomization_error:
                continue
            except FileNotFoundError as error:
                raise UnavailableError(
                    f"the asset pack '{pack.name}' has no file {error.filename} for the task {task.name}: "
                    "use the official assets"
                ) from error
    raise UnavailableError(f"LIBERO cannot place the objects of {task.name} with the asset pack {pack.name}")


def _xml_editor(pack: AssetPack) -> Callable[[str], str]:
    return (lambda xml: lighten_robot(xml, pack)) if pack.lighten_robot else (lambda xml: xml)
