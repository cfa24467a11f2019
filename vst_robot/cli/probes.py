"""Questions to the machine that are asked in processes of their own.

torch and an OpenGL context crash each other in one process (`docs/footguns.md`), and a broken driver may hang
or kill whoever touches it. Each probe is a short program that prints one JSON object; `ask` runs it under a
time limit.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

TIME_LIMIT_S = 120.0

RENDERER = """
import json, sys, time
import mujoco
start = time.perf_counter()
model = mujoco.MjModel.from_xml_string('''
<mujoco><worldbody>
  <light pos="0 0 2"/><camera name="eye" pos="0 0 2"/><geom type="sphere" size=".5" rgba="1 0 0 1"/>
</worldbody></mujoco>''')
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
renderer = mujoco.Renderer(model, 32, 32)
renderer.update_scene(data, camera="eye")
picture = renderer.render()
from OpenGL import GL
red, green, blue = (int(value) for value in picture[16, 16])
print(json.dumps({
    "vendor": GL.glGetString(GL.GL_VENDOR).decode(),
    "renderer": GL.glGetString(GL.GL_RENDERER).decode(),
    "seconds": time.perf_counter() - start,
    "right_picture": red > 2 * green and red > 2 * blue,
}), flush=True)
renderer.close()
"""

SIMULATOR = """
import json
from envs.libero_api import load
load()
print(json.dumps({}))
"""

ASSETS = """
import json, sys
from envs.assets import resolve
from vst_robot.errors import VstRobotError
try:
    pack = resolve(sys.argv[1])
    print(json.dumps({"name": pack.name, "root": str(pack.root), "sha256": pack.sha256}))
except VstRobotError as error:
    print(json.dumps({"error": str(error)}))
"""

TORCH = """
import importlib.util, json
import torch
print(json.dumps({
    "version": torch.__version__,
    "threads": torch.get_num_threads(),
    "instructions": torch.backends.cpu.get_cpu_capability(),
    "built_for": torch.version.cuda,
    "gpus": [
        {
            "name": torch.cuda.get_device_name(i),
            "free_gib": torch.cuda.mem_get_info(i)[0] / 2**30,
            "total_gib": torch.cuda.mem_get_info(i)[1] / 2**30,
            "bf16": torch.cuda.get_device_capability(i) >= (8, 0),
        }
        for i in range(torch.cuda.device_count())
    ],
    "sdpa": hasattr(torch.nn.functional, "scaled_dot_product_attention"),
    "varlen": importlib.util.find_spec("torch.nn.attention.varlen") is not None,
    "flash_attn": importlib.util.find_spec("flash_attn") is not None,
}))
"""

HUB = """
import json
from huggingface_hub import HfApi, constants
HfApi().model_info("Qwen/Qwen2.5-VL-3B-Instruct", timeout=15)
print(json.dumps({"endpoint": constants.ENDPOINT}))
"""


class ProbeError(Exception):
    """A probe crashed, hung or printed nothing; the message is its last line."""


def ask(
    source: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    time_limit_s: float = TIME_LIMIT_S,
) -> dict[str, Any]:
    """Runs a probe in a fresh interpreter and returns the JSON object that it prints last.

    Args:
        source: The program.
        arguments: Its `sys.argv[1:]`.
        environment: Variables to set besides our own.
        time_limit_s: When to give up.

    Raises:
        ProbeError: No answer.
    """
    with tempfile.TemporaryDirectory() as elsewhere:  # so that nothing in the current folder shadows a package
        try:
            done = subprocess.run(
                [sys.executable, "-c", source, *arguments],
                env={**os.environ, **(environment or {})},
                cwd=elsewhere,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=time_limit_s,
            )
        except subprocess.TimeoutExpired as error:
            raise ProbeError(f"no answer within {time_limit_s:.0f} s") from error
    return _answer(done)


def _answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The last line that is a JSON object; a crash after it was printed does not matter."""
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    complaint = [line for line in done.stderr.splitlines() if line.strip()]
    raise ProbeError(complaint[-1].strip() if complaint else f"ended with code {done.returncode}")
