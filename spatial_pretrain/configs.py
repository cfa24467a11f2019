"""What a supervised training run can be told."""

from dataclasses import dataclass
from typing import Literal

from spatial_pretrain.optim import PARTS, Part
from vst_robot.errors import InputError, unknown_name

Schedule = Literal["cosine", "linear", "constant"]
Precision = Literal["auto", "fp32", "bf16"]
Compute = Literal["auto", "stock", "lean"]
Choice = Literal["greedy", "median"]
"""How a decoded token is chosen; see `choices`."""


@dataclass(frozen=True, kw_only=True)
class LoraSettings:
    """Low-rank adapters on the language model's linear layers (PEFT)."""

    rank: int = 32
    """Rank of the update."""
    alpha: float = 32.0
    """Scale of the update; it is multiplied by alpha / rank."""
    dropout: float = 0.0
    """Dropout on the adapters' input."""


@dataclass(frozen=True, kw_only=True)
class SupervisedConfig:
    """One supervised training run. The defaults are neutral; presets set what their source says."""

    max_steps: int
    """Optimizer steps of the whole run."""
    batch_size: int = 64
    """Rows (samples, or packed rows) per device and accumulation step."""
    accumulation_steps: int = 1
    """Batches whose gradients are summed before a step."""
    learning_rate: float = 1e-3
    """Peak rate of the language model."""
    vit_learning_rate: float | None = None
    """Peak rate of the vision tower; None: the language model's."""
    merger_with_vit: bool = True
    """Whether the merger learns at the tower's rate (VST's release) or at the language model's."""
    frozen_parts: tuple[Part, ...] = ()
    """Parts that are not trained at all: `llm`, `merger`, `vit`."""
    weight_decay: float = 0.0
    """AdamW's decay of the matrices; vectors and embeddings are never decayed."""
    betas: tuple[float, float] = (0.9, 0.999)
    """AdamW's moment decays."""
    max_grad_norm: float = 1.0
    """Gradients are clipped to this norm; 0 turns clipping off."""
    schedule: Schedule = "cosine"
    """Course of the rates after warm-up: to zero along a cosine or a line, or constant."""
    warmup_ratio: float = 0.03
    """Share of the steps during which the rates rise linearly from zero."""
    precision: Precision = "auto"
    """Arithmetic of the forward and backward pass: `fp32`, or `bf16` with weights and optimizer in fp32. `auto` takes
    bf16 where the processor has instructions for it. Exact resumption to the bit is promised for `fp32` on a CPU."""
    compute: Compute = "auto"
    """`stock`: the model's own forward. `lean`: the same function with fewer operations (`lean.py`), for nano models
    on a CPU. `auto` takes `lean` wherever it can."""
    gradient_checkpointing: bool = False
    """Recompute activations in the backward pass to save memory (stock compute only)."""
    lora: LoraSettings | None = None
    """Train adapters and new token rows only; None trains all weights that are not frozen."""
    checkpoint_every: int = 500
    """Steps between checkpoints, a multiple of `log_every`; the last step always gets one."""
    keep_checkpoints: int = 1
    """How many of the latest checkpoints stay on disk."""
    log_every: int = 10
    """Steps between lines in `metrics.jsonl`."""
    seed: int = 0
    """Seed of the sample order (and of dropout, where there is any)."""
    workers: int = 0
    """Processes that prepare batches; 0 prepares them in the training process."""
    tensorboard: bool = True
    """Whether to write TensorBoard curves next to `metrics.jsonl`."""
    wandb: bool = False
    """Whether to report to Weights & Biases as well."""

    def __post_init__(self) -> None:
        """Raises InputError for values that cannot be."""
        for name in ("max_steps", "batch_size", "accumulation_steps", "checkpoint_every", "log_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.checkpoint_every % self.log_every:
            raise InputError(
                f"checkpoint_every ({self.checkpoint_every}) must be a multiple of log_every ({self.log_every}), "
                "so that a resumed run repeats the undisturbed run's curve"
            )
        for part in self.frozen_parts:
            if part not in PARTS:
                raise unknown_name("model part", part, PARTS)


@dataclass(frozen=True, kw_only=True)
class TrainProgress:
    """Where a run stands.

    Attributes:
        step: Optimizer steps done.
        total: Optimizer steps of the whole run.
        loss: Mean loss since the last report.
        samples_per_s: Throughput of this process since it began, all devices together.
    """

    step: int
    total: int
    loss: float
    samples_per_s: float


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a finished run reports.

    Attributes:
        steps: Optimizer steps of the run.
        final_loss: Mean loss of the last window of `log_every` steps.
        seconds: Duration of this process's share.
        samples_per_s: Throughput of this process's share; 0 if there was nothing left to do.
        resumed_at: Step that this process continued from; 0 for a fresh run.
    """

    steps: int
    final_loss: float
    seconds: float
    samples_per_s: float
    resumed_at: int
