"""Registers the suites with Gymnasium. Importing this module is enough, and loads no simulator.

Gymnasium calls `register` by itself through the entry point `gymnasium.envs`, but only before version 1.0,
which dropped plugins. Since then the id has to name this module, or the module has to be imported first:

    gymnasium.make("envs.registration:vst_robot/libero_spatial-v0", task_id=3)
"""

from gymnasium.envs import registration

from envs.suites import SUITES


def register() -> None:
    """Makes `gymnasium.make("vst_robot/<suite>-v0", task_id=...)` work for every suite and alias."""
    for suite in SUITES.values():
        for name in (suite.name, *suite.aliases):
            identity = f"vst_robot/{name}-v0"
            if identity not in registration.registry:
                registration.register(
                    id=identity,
                    entry_point="envs.gym_env:LiberoGymEnv",
                    kwargs={"suite": suite.name},
                    max_episode_steps=suite.max_steps,
                )


register()
