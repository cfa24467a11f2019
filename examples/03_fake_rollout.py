"""A complete closed-loop evaluation in a second: no model, no simulator, no download.

    python examples/03_fake_rollout.py

Leaves records, `result.json` and `report.html` in `runs/fake/`. Run it again: nothing is left to do, and the
numbers are computed from the records.
"""

from pathlib import Path

from rich.console import Console

from envs.fake import PointReachFactory
from eval_libero import build_plan, evaluate
from eval_libero.report import console_table
from policies.fake import ReachPolicy


def main(output: Path = Path("runs/fake")) -> None:
    """Scores the reach policy on the fake world's four tasks."""
    factory = PointReachFactory()
    plan = build_plan("fake", factory.tasks(), episodes_per_task=10)
    result = evaluate(plan, factory, ReachPolicy(), output, video_episodes=0)
    Console().print(console_table(result))
    print(f"report: {output / 'report.html'}")


if __name__ == "__main__":  # workers are spawned, so they import this file
    main()
