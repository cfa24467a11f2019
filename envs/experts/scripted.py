"""From a BDDL goal to skills, and the expert that runs them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from jaxtyping import Float

from envs.experts.motion import Move
from envs.experts.pick import RimPick
from envs.experts.place import PickAndPlace
from envs.experts.state import SimulatorState
from vst_robot.errors import unknown_name
from vst_robot.interfaces import Environment

VERSION = "3"
"""Raised whenever demonstrations would come out differently, since it is part of their provenance."""


class Skill(Protocol):
    """Works towards one conjunct of a goal."""

    def finished(self, state: SimulatorState) -> bool:
        """Whether the conjunct holds and the hand is out of the way."""
        ...

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone; harmless after the skill is finished."""
        ...


SkillBuilder = Callable[..., Skill]
"""From the state at the start and the predicate's arguments to the skill that makes it true."""


def _set_down(state: SimulatorState, name: str, target: str) -> Skill:
    return PickAndPlace(pick=RimPick.plan(state, name), target=target)


SKILLS: Mapping[str, SkillBuilder] = {"on": _set_down}
"""BDDL predicate → builder of its skill. A new predicate is one more file and one more line."""


def plan(state: SimulatorState) -> tuple[Skill, ...]:
    """One skill per conjunct of the task's goal, in the goal's order.

    Raises:
        InputError: No skill makes a predicate of the goal true.
    """
    return tuple(_builder(predicate)(state, *arguments) for predicate, *arguments in state.goal())


@dataclass(frozen=True, kw_only=True, eq=False)
class ScriptedExpert:
    """Runs the first skill that is not finished; implements `Expert`.

    What is decided at the start (which side of which rim to hold) is fixed for the episode, everything else is read
    from the simulator at every step.
    """

    state: SimulatorState
    skills: Sequence[Skill]

    def act(self, environment: Environment) -> Float[np.ndarray, " 7"]:
        """The next clean action, six OSC_POSE commands in [-1, 1] and the gripper, -1 open, +1 closed.

        Args:
            environment: The one whose `reset` preceded the making of this expert.
        """
        del environment  # `state` reads the same simulator.
        unfinished = (skill for skill in self.skills if not skill.finished(self.state))
        return next(unfinished, self.skills[-1]).move(self.state).command()


@dataclass(frozen=True, kw_only=True)
class ScriptedExpertFactory:
    """Makes the expert of an episode; picklable. Implements `ExpertFactory`."""

    def __call__(self, environment: Environment) -> ScriptedExpert:
        """Builds the expert for the episode that was just reset.

        Args:
            environment: A `LiberoEnvironment`: anything with LIBERO's domain object as `raw`.

        Raises:
            InputError: No skill makes a predicate of the goal true.
        """
        state = SimulatorState(cast(Any, environment).raw)
        return ScriptedExpert(state=state, skills=plan(state))

    def fingerprint(self) -> Mapping[str, str]:
        """Name and version."""
        return {"name": "scripted", "version": VERSION}


def _builder(predicate: str) -> SkillBuilder:
    if predicate not in SKILLS:
        raise unknown_name("goal predicate for the scripted expert", predicate, sorted(SKILLS))
    return SKILLS[predicate]
