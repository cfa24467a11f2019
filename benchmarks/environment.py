"""Stepping, reset and rendering against a stock `libero` loop: same actions, same states, ratios of one run.

    VST_ROBOT_LIBERO_ASSETS=<LIBERO's own assets> python benchmarks/environment.py

Both loops live in processes of their own and work in turns, so that a busy machine slows both.
Times are medians.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from stock_libero import StockLibero, actions

from envs.assets import resolve
from envs.libero import LiberoFactory
from vst_robot.types import BenchmarkStart

BLOCK = 10
"""Control steps per turn."""


class OurLibero:
    """`envs.libero` with the interface of `StockLibero`."""

    def __init__(self, suite: str, task_id: int, assets: str, render: str, size_px: int = 256) -> None:
        factory = LiberoFactory(suite=suite, assets=assets, image_size=size_px, render=render, settle_steps=0)
        self.environment = factory(task_id)
        self.pictures = False

    def reset(self, index: int) -> np.ndarray:
        """Starts at an evaluation state, after no matter which other."""
        observation = self.environment.reset(BenchmarkStart(index=index, seed=0))
        if self.pictures:
            _ = observation.images["agentview"]
        return self.environment.sim_state()

    def look(self, pictures: bool) -> None:
        """Whether the picture of `agentview` is asked for."""
        self.pictures = pictures

    def steps(self, actions: np.ndarray) -> tuple[np.ndarray, list[bool]]:
        """States after each action, and whether the goal held."""
        states, successes = [], []
        for action in actions:
            outcome = self.environment.step(action)
            if self.pictures:
                _ = outcome.observation.images["agentview"]
            states.append(self.environment.sim_state())
            successes.append(outcome.success)
        return np.array(states), successes

    def render(self, count: int) -> None:
        """Renders `agentview` again and again."""
        for _ in range(count):
            self.environment.render("agentview")


class Remote:
    """An object in a process of its own; calls return the seconds that they took there and their result."""

    def __init__(self, kind: type, **arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, kind, arguments), daemon=True)
        self._process.start()

    def call(self, method: str, *arguments: Any) -> tuple[float, Any]:
        """Calls a method over there."""
        self._connection.send((method, arguments))
        return self._connection.recv()

    def close(self) -> None:
        """Ends the process."""
        self._connection.close()
        self._process.join(timeout=10)


def _serve(connection: Connection, kind: type, arguments: dict[str, Any]) -> None:
    served = kind(**arguments)
    while True:
        try:
            method, values = connection.recv()
        except EOFError:
            os._exit(0)  # robosuite's render context raises when the interpreter takes it apart
        began = time.perf_counter()
        result = getattr(served, method)(*values)
        connection.send((time.perf_counter() - began, result))


def compare_resets(stock: Remote, ours: Remote, rounds: int) -> None:
    """Reset and init state; LIBERO renders two pictures meanwhile, as it always does."""
    times, same = ([], []), True
    for index in range(rounds):
        stock_s, expected = stock.call("reset", index)
        our_s, state = ours.call("reset", index)
        times[0].append(stock_s)
        times[1].append(our_s)
        same &= np.array_equal(expected, state)
    report("reset", *times, per=1, note=_identity(same))


def compare_steps(name: str, stock: Remote, ours: Remote, rounds: int, *, pictures: bool, same_pack: bool) -> None:
    """The same random actions; the first episode of both."""
    times: tuple[list[float], list[float]] = ([], [])
    identical = True
    for remote in (stock, ours):
        remote.call("look", pictures)
    for block in range(rounds):
        block_actions = actions(block, BLOCK)
        stock_s, expected = stock.call("steps", block_actions)
        our_s, got = ours.call("steps", block_actions)
        times[0].append(stock_s)
        times[1].append(our_s)
        identical &= np.array_equal(expected[0], got[0]) and expected[1] == got[1]
    report(name, *times, per=BLOCK, note=_identity(identical) if same_pack else "other objects, other states")


def report(name: str, stock_s: Sequence[float], our_s: Sequence[float], *, per: int, note: str) -> None:
    """Prints one line of the table."""
    stock_ms, our_ms = (1e3 * statistics.median(values) / per for values in (stock_s, our_s))
    print(f"{name:<58}{stock_ms:>10.1f}{our_ms:>10.1f}{stock_ms / our_ms:>9.1f}x  {note}", flush=True)


def _identity(same: bool) -> str:
    return "states bit-identical" if same else "STATES DIFFER"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="libero_spatial")
    parser.add_argument("--task", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    task = {"suite": options.suite, "task_id": options.task}
    stock = Remote(StockLibero, assets=str(resolve("official").root), **task)
    same = Remote(OurLibero, assets="official", render="libero", **task)
    fast = Remote(OurLibero, assets="primitive", render="fast", **task)
    print(f"{options.suite}, task {options.task}; ms, medians of {options.rounds} rounds")
    print(f"{'':<58}{'stock':>10}{'ours':>10}{'ratio':>10}")
    compare_resets(stock, same, options.rounds)
    fast.call("reset", options.rounds - 1)
    pictures, physics = {"pictures": True}, {"pictures": False, "same_pack": True}
    compare_steps("control step without pictures, official assets", stock, same, options.rounds, **physics)
    name = "control step with 2 pictures (stock) or 1 (ours), official"
    compare_steps(name, stock, same, options.rounds, same_pack=True, **pictures)
    name = "control step with 2 pictures (stock) or 1 (ours, primitive)"
    compare_steps(name, stock, fast, options.rounds, same_pack=False, **pictures)
    compare_rendering(task, same, fast, options.rounds)


def compare_rendering(task: dict[str, Any], official: Remote, primitive: Remote, rounds: int) -> None:
    """One 256 x 256 agentview picture in four ways."""
    remotes = {
        "official assets, LIBERO's settings": official,
        "official assets, fast settings": Remote(OurLibero, assets="official", render="fast", **task),
        "primitive assets, LIBERO's settings": Remote(OurLibero, assets="primitive", render="libero", **task),
        "primitive assets, fast settings": primitive,
    }
    for remote in remotes.values():
        remote.call("reset", 0)
        remote.call("render", 1)
    times: dict[str, list[float]] = {name: [] for name in remotes}
    for _ in range(rounds):
        for name, remote in remotes.items():
            times[name].append(remote.call("render", 5)[0] / 5)
    slowest = statistics.median(times["official assets, LIBERO's settings"])
    print("\none agentview picture, 256 x 256")
    for name, values in times.items():
        print(f"{name:<58}{1e3 * statistics.median(values):>20.1f}{slowest / statistics.median(values):>9.1f}x")


if __name__ == "__main__":
    main()
