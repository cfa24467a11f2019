"""Scripted experts: policies that read simulator state instead of pictures, composed from small skills.

Every skill is a Markov function of the simulator state: the phase is read from geometry (where the gripper, the object
and its goal are, how far the fingers are open), never from a counter, so that a small network can imitate it and a
disturbed episode continues from wherever it was pushed to.
"""

from envs.experts.scripted import ScriptedExpertFactory


def scripted() -> ScriptedExpertFactory:
    """The scripted expert for every goal that the skills cover. Its actions are clean; noise is the collector's."""
    return ScriptedExpertFactory()


__all__ = ["ScriptedExpertFactory", "scripted"]
