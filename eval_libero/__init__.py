"""Closed-loop evaluation: a plan fixed in advance, records that survive every crash, numbers with intervals.

Names are imported when they are used: a worker process needs the simulator's side only.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval_libero.evaluation import evaluate as evaluate
    from eval_libero.evaluation import reload as reload
    from eval_libero.plan import build_plan as build_plan
    from eval_libero.protocols import get_protocol as get_protocol

_HOME = {
    "evaluate": "eval_libero.evaluation",
    "reload": "eval_libero.evaluation",
    "build_plan": "eval_libero.plan",
    "get_protocol": "eval_libero.protocols",
}
__all__ = ["build_plan", "evaluate", "get_protocol", "reload"]


def __getattr__(name: str) -> object:
    """Resolves the public names on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'eval_libero' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
