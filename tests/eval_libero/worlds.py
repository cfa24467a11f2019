"""Worlds that misbehave on purpose; spawned workers import this module."""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from envs.fake import PointReachEnvironment, PointReachFactory
from vst_robot.errors import InputError, UnavailableError
from vst_robot.types import Observation, Start, Task, TimeStep


@dataclass(frozen=True, kw_only=True)
class FaultyFactory:
    """The fake world with faults.

    Attributes:
        on_reset: Episode key → what happens at its reset.
        on_step: Episode key → what happens at its second step.
        once: Folder that remembers faults, so that each happens only once; None repeats them.
        on_build: What happens when an environment is built.
    """

    on_reset: Mapping[str, str] = field(default_factory=dict)
    on_step: Mapping[str, str] = field(default_factory=dict)
    once: Path | None = None
    on_build: str = ""

    def __call__(self, task_id: int) -> "FaultyEnvironment":
        fault(self.on_build)
        return FaultyEnvironment(PointReachFactory().tasks()[task_id], self)

    def tasks(self) -> Sequence[Task]:
        return PointReachFactory().tasks()

    def fingerprint(self) -> Mapping[str, str]:
        return PointReachFactory().fingerprint()

    def trip(self, faults: Mapping[str, str], key: str) -> None:
        if key not in faults:
            return
        if self.once is not None:
            marker = self.once / key.replace("/", "-")
            if marker.exists():
                return
            marker.touch()
        fault(faults[key])


class FaultyEnvironment(PointReachEnvironment):
    def __init__(self, task: Task, factory: FaultyFactory) -> None:
        super().__init__(task)
        self._factory = factory

    def reset(self, start: Start, *, episode: str) -> Observation:
        self._factory.trip(self._factory.on_reset, episode)
        return super().reset(start, episode=episode)

    def step(self, action: np.ndarray) -> TimeStep:
        assert self._episode is not None
        if self._step == 1:
            self._factory.trip(self._factory.on_step, self._episode)
        return super().step(action)


def fault(kind: str) -> None:
    if kind == "raise":
        raise RuntimeError("the simulation\nexploded")
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "exit":
        os._exit(3)
    if kind == "hang":
        time.sleep(60)
    if kind == "input":
        raise InputError("no such asset pack: use 'primitive'")
    if kind == "unavailable":
        raise UnavailableError("no renderer: install libegl1")
    if kind == "modules":
        raise RuntimeError("torch" if "torch" in sys.modules else "clean")


@dataclass(frozen=True, kw_only=True)
class SlowFactory(PointReachFactory):
    """Takes its time, so that a test can kill it in the middle."""

    step_s: float = 0.01

    def __call__(self, task_id: int) -> "SlowEnvironment":
        return SlowEnvironment(self.tasks()[task_id], self.step_s)


class SlowEnvironment(PointReachEnvironment):
    def __init__(self, task: Task, step_s: float) -> None:
        super().__init__(task)
        self._step_s = step_s

    def step(self, action: np.ndarray) -> TimeStep:
        time.sleep(self._step_s)
        return super().step(action)


@dataclass(frozen=True, kw_only=True)
class SuiteFactory(PointReachFactory):
    """The fake world under the name of a suite; takes what a LIBERO factory takes."""

    suite: str = "libero_spatial"
    assets: str = "primitive"
    settle_steps: int = 0

    def __call__(self, task_id: int) -> PointReachEnvironment:
        return PointReachEnvironment(self.tasks()[task_id], self.image_size)

    def tasks(self) -> Sequence[Task]:
        return [replace(task, suite=self.suite) for task in super().tasks()]
