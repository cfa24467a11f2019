"""The expert that runs the skills for a goal, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from envs.experts.goals import Skill, plan
from envs.experts.state import SimulatorState
from vst_robot.interfaces import Environment

VERSION = "3"
"""Raised whenever demonstrations would come out differently, since it is part of their provenance."""


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
