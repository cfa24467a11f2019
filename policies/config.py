"""What a fine-tuning run is made of. Presets (`policies/presets/*.toml`) state what differs from these defaults."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from spatial_pretrain.configs import Choice, SupervisedConfig
from vst_robot.errors import InputError
from vst_robot.types import Orientation

ALL = ("all",)
"""Every camera of the demonstrations, or every proprioceptive number of their robot."""


def _require(config: Any, low: float, *names: str, high: float = math.inf) -> None:
    """Raises InputError unless the named fields lie in [low, high]; NaN never does."""
    for name in names:
        value = getattr(config, name)
        if not low <= value <= high or value == math.inf:
            limits = f"at least {low}" if high == math.inf else f"between {low} and {high}"
            raise InputError(f"{name} must be {limits}, not {value}")


@dataclass(frozen=True, kw_only=True)
class DemonstrationsConfig:
    """Which demonstrations a run learns from."""

    folder: str = ""
    """Folder of demonstrations (HDF5, RLDS, LeRobot), or of one folder per suite; empty: `data/<suite>-<assets>-…`,
    collected if missing."""
    orientation: Literal["declared", "true", "mirrored"] = "declared"
    """Orientation of the pictures in `folder`, for files that do not declare it; others must agree with it."""
    gripper: Literal["declared", "libero", "openvla"] = "declared"
    """Gripper of a set that does not declare it: `libero` (-1 open, +1 closed, the default) or `openvla` (1, 0)."""
    robot: str = ""
    """TOML file that names dimensions and switches of another robot; empty: `robot.toml` in the folder, if any."""
    per_task: int = 50
    """Demonstrations per task."""
    noise_translation: float = 0.15
    """Standard deviation of the noise on the executed translation command (commands lie in [-1, 1])."""
    noise_rotation: float = 0.05
    """Standard deviation of the noise on the executed rotation command."""
    push_rate: float = 0.02
    """Chance at every step that the hand is pushed off its path for some steps (`envs.noise`)."""
    labels: Literal["clean", "executed"] = "clean"
    """Learn the expert's command, or the one that was executed (human demonstrations know only the latter)."""
    drop_noops: bool = True
    """Drop steps that move nothing and leave the gripper alone (OpenVLA's rule)."""

    def __post_init__(self) -> None:
        """Refuses numbers that cannot be."""
        _require(self, 1, "per_task")
        _require(self, 0, "noise_translation", "noise_rotation")
        _require(self, 0, "push_rate", high=1)


@dataclass(frozen=True, kw_only=True)
class PicturesConfig:
    """From camera pictures to what the vision tower sees."""

    cameras: tuple[str, ...] = ("agentview",)
    """Camera names, in prompt order; `all`: every camera of the demonstrations."""
    size_px: int = 256
    """Side of the square picture given to the processor."""
    orientation: Orientation = "mirrored"
    """`mirrored` as in the published LIBERO sets, or `true`."""
    shift_px: int = 0
    """Training only: random shift of up to this many pixels (edge repeated). It hurt at nano scale: a fixed camera."""
    brightness: float = 0.0
    """Training only: random brightness factor in [1 - x, 1 + x]."""

    def __post_init__(self) -> None:
        """Refuses numbers that cannot be, and a policy that sees nothing or one camera twice."""
        _require(self, 1, "size_px")
        _require(self, 0, "shift_px")
        _require(self, 0, "brightness", high=1)
        if not self.cameras or len(set(self.cameras)) < len(self.cameras):
            raise InputError(f"cameras must be at least one, each once, not ({', '.join(self.cameras)})")


@dataclass(frozen=True, kw_only=True)
class ActionsConfig:
    """How actions become tokens."""

    chunk: int = 1
    """Control steps predicted and executed per question."""
    grid: Literal["uniform", "openvla"] = "uniform"
    """256 uniform bins, or OpenVLA's 256 edges with 255 centres."""
    bounds: Literal["q01_q99", "min_max"] = "q01_q99"
    """What the outermost bins stand for: the 1st and 99th percentile (OpenVLA's rule), or the extremes."""
    vocabulary: Literal["added", "last"] = "added"
    """256 added special tokens (the paper's way), or the last 256 ids of the vocabulary (OpenVLA's)."""

    decoding: Choice = "greedy"
    """`greedy`: the best bin; `median`: where half of the probability is reached (`spatial_pretrain.choices`)."""

    def __post_init__(self) -> None:
        """Refuses what no checkpoint could mean."""
        _require(self, 1, "chunk")


@dataclass(frozen=True, kw_only=True)
class PromptConfig:
    """The words around the picture."""

    system: str = ""
    """System turn; empty: none, in training and inference alike."""
    question: str = "What action should the robot take to {instruction}?"
    """User turn after the pictures; `{instruction}` is the task in lower case."""
    proprio: tuple[str, ...] = ()
    """Proprioceptive numbers to append, one token each, by name (LIBERO: x_m … finger_2_m); `all`: every one."""

    def __post_init__(self) -> None:
        """Refuses a question without its slot or with another one, and a number that is named twice."""
        try:
            asked = self.question.format(instruction="\0")
        except (KeyError, IndexError, ValueError):
            asked = ""
        if "\0" not in asked:
            raise InputError(f"prompt.question must contain '{{instruction}}' and no other slot, not '{self.question}'")
        if len(set(self.proprio)) < len(self.proprio):
            raise InputError(f"prompt.proprio names a number twice: ({', '.join(self.proprio)})")


@dataclass(frozen=True, kw_only=True)
class PackingConfig:
    """Whether several samples share a row of the batch (never seeing each other)."""

    enabled: bool = False
    """Pack samples into rows; else each is a row of its own, padded to the longest of its batch."""
    row_tokens: int = 1024
    """Length of a packed row."""

    def __post_init__(self) -> None:
        """Refuses rows without room."""
        _require(self, 1, "row_tokens")


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """The closed-loop check at the end of a run."""

    protocol: str = "vst"
    """Named protocol of `eval_libero.protocols`."""
    episodes_per_task: int = 50
    """Episodes per task, evaluation states 0, 1, …"""

    def __post_init__(self) -> None:
        """Refuses an empty check."""
        _require(self, 1, "episodes_per_task")


@dataclass(frozen=True, kw_only=True)
class PolicyConfig:
    """Everything that decides what the policy sees and says; stored in the checkpoint."""

    backbone: str = "nano"
    """`nano`, a folder, or a hub id of a Qwen2.5-VL model."""
    pictures: PicturesConfig = field(default_factory=PicturesConfig)
    actions: ActionsConfig = field(default_factory=ActionsConfig)
    prompt: PromptConfig = field(default_factory=PromptConfig)


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """One run: demonstrations → policy → closed-loop score."""

    step_budget: Literal["per_suite", "in_total"] = "per_suite"
    """What a preset's `training.max_steps` counts where a run has several suites: the steps that each adds, or all."""
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    demonstrations: DemonstrationsConfig = field(default_factory=DemonstrationsConfig)
    training: SupervisedConfig = field(default_factory=lambda: SupervisedConfig(max_steps=2500))
    packing: PackingConfig = field(default_factory=PackingConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)

    def for_suites(self, count: int) -> "FinetuneConfig":
        """The same with the training steps of a run over `count` suites."""
        factor = count if self.step_budget == "per_suite" else 1
        return replace(self, training=replace(self.training, max_steps=factor * self.training.max_steps))
