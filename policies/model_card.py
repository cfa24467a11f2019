"""The README of a checkpoint, written by the tool from what the checkpoint knows about itself."""

from pathlib import Path

from policies.manifest import VlaManifest

FILE = "README.md"
IN_SIMULATION = "; it was trained in simulation and has never seen a robot"


def write(vla: VlaManifest, folder: Path, *, measured: str = "") -> None:
    """Writes the card into a checkpoint folder; `measured` is what a closed-loop check found, in Markdown."""
    (folder / FILE).write_text(text(vla, measured=measured), encoding="utf-8")


def text(vla: VlaManifest, *, measured: str = "") -> str:
    """Returns the card in Markdown, with the hub's metadata in front."""
    policy = vla.policy
    learnt = ", ".join(vla.suites) or vla.facts.get("demonstration_set", "a robot of your own")
    rows = {
        "backbone": policy.backbone,
        "cameras": f"{', '.join(policy.pictures.cameras)}, {policy.pictures.size_px} px, {policy.pictures.orientation}",
        "proprioception": ", ".join(policy.prompt.proprio) or "none",
        "actions": f"{', '.join(vla.action_codec.statistics.names)}; {policy.actions.chunk} per question, "
        f"256 bins ({policy.actions.grid}), gripper {vla.action_codec.statistics.gripper_polarity}",
        "prompt": policy.prompt.question,
        "demonstrations": f"{vla.action_codec.statistics.num_episodes} episodes, "
        f"{vla.action_codec.statistics.num_steps} steps of {learnt}",
        **{name.replace("_", " "): value for name, value in vla.facts.items()},
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    scores = f"\n## Closed loop\n\n{measured.strip()}\n" if measured else ""
    return f"""---
library_name: vst-robot
pipeline_tag: robotics
license: mit
tags: [vision-language-action, libero, qwen2.5-vl]
---

# A vst-robot policy for {learnt}

A Qwen2.5-VL that answers a camera picture and an instruction with action tokens.

{_use(vla)}

| | |
|---|---|
{table}
{scores}
It knows the tasks of its demonstrations and nothing else{IN_SIMULATION if vla.suites else ""}.
"""


def _use(vla: VlaManifest) -> str:
    if vla.suites:
        return f"    vst-robot evaluate --policy FOLDER --suite {' '.join(vla.suites)}"
    return "    VlaPolicy.load(Path(FOLDER)).act([Observation(...)])"
