"""From the conjuncts of a BDDL goal to skills in an order in which none undoes or hinders another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from envs.experts.bodies import choose_body_grasp
from envs.experts.free_places import entrance, way_aside
from envs.experts.levers import Press, Pull, Twist
from envs.experts.motion import Move
from envs.experts.pick import BodyPick, Pick, RimPick
from envs.experts.place import PickAndPlace
from envs.experts.rims import is_vessel
from envs.experts.slide import Slide
from envs.experts.spots import Aside, Enter, Inside, OnSlope, OnTop, Spot
from envs.experts.state import SimulatorState
from vst_robot.errors import unknown_name

Conjunct = Sequence[str]
"""Predicate and arguments, e.g. `("on", "akita_black_bowl_1", "plate_1")`."""

_SLOPE = 0.7
"""Cosine of the tilt from which on a region is a slope."""
_DISH_HEIGHT_M, _DISH_WIDTH_M = 0.03, 0.1
"""What is flatter and wider is slid, not picked."""
_CORNER = 0.45
"""Distance of two objects that share a container from its middle, in half sizes of the container."""
_SHARE = 1.2
"""Distance between two objects that share a region, in half sizes of the region."""


class Skill(Protocol):
    """Works towards one conjunct of a goal."""

    def finished(self, state: SimulatorState) -> bool:
        """Whether the conjunct holds and the hand is out of the way."""
        ...

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone; harmless after the skill is finished."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Until:
    """A skill that only prepares something: not needed any more once that holds.

    Attributes:
        skill: What has to be done first.
        conjuncts: What it prepares.
    """

    skill: Skill
    conjuncts: Sequence[Conjunct]

    def finished(self, state: SimulatorState) -> bool:
        """Whether it is done or not needed."""
        return any(state.holds(list(c)) for c in self.conjuncts) or self.skill.finished(state)

    def move(self, state: SimulatorState) -> Move:
        """The next move, from the state alone."""
        return self.skill.move(state)


def _carry_on(state: SimulatorState, goal: Sequence[Conjunct], conjunct: Conjunct) -> Sequence[Skill]:
    _, name, target = conjunct
    if _is_dish(state, name) and state.owner(target) is None:
        return [Slide.plan(state, name, target)]
    return [PickAndPlace(pick=plan_pick(state, name), spot=_spot_on(state, goal, name, target))]


def _carry_in(state: SimulatorState, goal: Sequence[Conjunct], conjunct: Conjunct) -> Sequence[Skill]:
    _, name, region = conjunct
    outward = entrance(state, region)
    if outward is not None:
        spot = Enter(name=name, region=region, outward=outward)
        grasp = choose_body_grasp(state, name, goal=spot.offset(state))
        pick = plan_pick(state, name) if grasp is None else BodyPick(name=name, grasp=grasp)
        return [PickAndPlace(pick=pick, spot=spot)]
    sharing = _sharing(goal, conjunct)
    corner = _CORNER * (2 * sharing.index(name) - len(sharing) + 1)
    spot = Inside(name=name, region=region, corner=(corner, corner))
    if not state.has_joint(region):
        return [PickAndPlace(pick=plan_pick(state, name), spot=spot)]
    goal_position, joint = state.joint_goal("open", region), state.joint(region)
    opened = state.part(region).moved((goal_position.far - joint.position) * joint.axis)
    carried = PickAndPlace(pick=plan_pick(state, name), spot=spot)
    skills: list[Skill] = [Until(skill=Pull.plan(state, region, "open"), conjuncts=[conjunct]), carried]
    aside = way_aside(state, carried.pick, opened)
    if aside is not None and not state.holds(["open", region]):
        cleared = PickAndPlace(pick=carried.pick, spot=Aside(name=name, place=state.position(name) + aside))
        skills.insert(0, Until(skill=cleared, conjuncts=[conjunct, ("open", region)]))
    return skills


def _pull(state: SimulatorState, goal: Sequence[Conjunct], conjunct: Conjunct) -> Sequence[Skill]:
    predicate, name = conjunct
    return [Pull.plan(state, name, predicate)]


def _press(state: SimulatorState, goal: Sequence[Conjunct], conjunct: Conjunct) -> Sequence[Skill]:
    predicate, name = conjunct
    return [Press(name=name, predicate=predicate)]


def _twist(state: SimulatorState, goal: Sequence[Conjunct], conjunct: Conjunct) -> Sequence[Skill]:
    predicate, name = conjunct
    return [Twist.plan(state, name, predicate)]


SkillBuilder = Callable[[SimulatorState, Sequence[Conjunct], Conjunct], Sequence[Skill]]
"""From the state at the start, the goal and one of its conjuncts to the skills that make it true."""

SKILLS: Mapping[str, SkillBuilder] = {
    "on": _carry_on,
    "in": _carry_in,
    "open": _pull,
    "close": _press,
    "turnon": _twist,
    "turnoff": _twist,
}
"""BDDL predicate → builder of its skills. A new predicate is one more file and one more line."""


def plan(state: SimulatorState) -> tuple[Skill, ...]:
    """The skills for the task's goal, in the order in which to finish them.

    Raises:
        InputError: No skill makes a predicate of the goal true.
    """
    goal = state.goal()
    for predicate, *_ in goal:
        if predicate not in SKILLS:
            raise unknown_name("goal predicate for the scripted expert", predicate, sorted(SKILLS))
    return tuple(skill for conjunct in in_order(state, goal) for skill in SKILLS[conjunct[0]](state, goal, conjunct))


def in_order(state: SimulatorState, goal: Sequence[Conjunct]) -> list[Conjunct]:
    """Knobs, then doors and drawers, then things to carry, what carries others first; closing what was filled last."""
    carried = {name: targets[0] for predicate, name, *targets in goal if predicate in ("on", "in")}
    filled = {*carried.values(), *(state.owner(target) for target in carried.values())}

    def rank(conjunct: Conjunct) -> int:
        predicate, name, *_ = conjunct
        if predicate in ("on", "in"):
            return 3 + _carriers(name, carried)
        if predicate == "close":
            return 3 + len(goal) if name in filled else 1
        return 2 if predicate == "open" else 0

    return sorted(goal, key=rank)


def plan_pick(state: SimulatorState, name: str) -> Pick:
    """By the rim if it has one, else by what is narrow enough."""
    if is_vessel(state, name):
        return RimPick.plan(state, name)
    grasp = choose_body_grasp(state, name)
    return RimPick.plan(state, name) if grasp is None else BodyPick(name=name, grasp=grasp)


def _spot_on(state: SimulatorState, goal: Sequence[Conjunct], name: str, target: str) -> Spot:
    if not state.is_region(target):
        return OnTop(name=name, target=target)
    if state.region_axes(target)[2, 2] < _SLOPE:
        return OnSlope(name=name, region=target)
    sharing = _sharing(goal, ("on", name, target))
    if len(sharing) < 2:
        return OnTop(name=name, target=target)
    low, high = state.boxes(name).bounds()
    axis = int(np.argmin((high.max(axis=0) - low.min(axis=0))[:2]))
    shift = [0.0, 0.0]
    place = sharing.index(name) - (len(sharing) - 1) / 2
    shift[axis] = place * _SHARE * float(state.region_box(target)[1][axis])
    return OnTop(name=name, target=target, shift=(shift[0], shift[1]))


def _sharing(goal: Sequence[Conjunct], conjunct: Conjunct) -> list[str]:
    """The objects that belong where an object belongs, itself included, in the goal's order."""
    predicate, _, target = conjunct
    return [name for other, name, *targets in goal if other == predicate and list(targets) == [target]]


def _is_dish(state: SimulatorState, name: str) -> bool:
    low, high = state.boxes(name).bounds()
    size = high.max(axis=0) - low.min(axis=0)
    return bool(size[2] < _DISH_HEIGHT_M and size[:2].min() > _DISH_WIDTH_M)


def _carriers(name: str, carried: Mapping[str, str]) -> int:
    """How many targets lie under an object in the end, one above the other."""
    count = 0
    while name in carried and count < len(carried):
        name, count = carried[name], count + 1
    return count
