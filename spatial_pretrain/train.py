"""The one supervised training function: every stage of the paper and the policy fine-tuning go through it."""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import (
    PrinterCallback,
    ProgressCallback,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Trainer,
    TrainingArguments,
)
from transformers.utils import logging as transformers_logging

from spatial_pretrain.checkpoints import (
    STAGING,
    claim_run,
    clear_staging,
    full_disk_as_error,
    latest_checkpoint,
    publish,
    steps_of,
)
from spatial_pretrain.collate import Batch
from spatial_pretrain.configs import Compute, Precision, SupervisedConfig, TrainProgress, TrainResult
from spatial_pretrain.lean import fits_lean, lean_loss, why_not_lean
from spatial_pretrain.lora import add_adapters
from spatial_pretrain.memory import keep_freed_memory
from spatial_pretrain.metrics import MetricsCallback
from spatial_pretrain.objective import supervised_loss, token_loss, with_all_frames
from spatial_pretrain.optim import adamw, freeze, learning_rates, parameter_groups
from spatial_pretrain.sampling import VisitSampler
from vst_robot.errors import DataError, InputError

Collator = Callable[[list[Any]], Batch]
"""Turns a list of dataset items into the model's keyword arguments."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Where a run lives and what is being trained."""

    model: nn.Module
    config: SupervisedConfig
    output: Path

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.output / "checkpoints"


def train_supervised(
    model: Qwen2_5_VLForConditionalGeneration,
    dataset: Dataset[Any],
    collator: Collator,
    config: SupervisedConfig,
    output: Path,
    *,
    processor: Qwen2_5_VLProcessor | None = None,
    new_token_ids: Sequence[int] = (),
    on_progress: Callable[[TrainProgress], None] | None = None,
) -> TrainResult:
    """Trains a model in place with token-weighted cross entropy (Eq. 1 of the paper).

    A run that was killed continues from its last complete checkpoint when called again with the same arguments; on
    a CPU in fp32 it then ends with the very numbers of an undisturbed run. Start distributed runs with
    `accelerate launch` or `torchrun`; the loss is the mean over the labelled tokens of the global batch.

    Args:
        model: Trained in place; with LoRA the adapters are merged into it at the end.
        dataset: Map-style, with a length; an item must depend on its index alone.
        collator: `BatchCollator` for samples, `RowCollator` for a `PackedDataset`.
        config: Hyperparameters.
        output: Run folder: `metrics.jsonl`, `tensorboard/`, `checkpoints/`.
        processor: Saved with each checkpoint, so that it is a complete model folder.
        new_token_ids: Token rows that LoRA trains in full.
        on_progress: Called at every report, on the main process.

    Raises:
        InputError: `output` holds a run with other settings.
        DataError: The dataset is empty.
        UnavailableError: The disk is full.
    """
    if len(dataset) == 0:  # pyright: ignore[reportArgumentType]
        raise DataError("there is nothing to train on: the dataset is empty")
    freeze(model, config.frozen_parts)
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    trained = model if config.lora is None else add_adapters(model, config.lora, new_token_ids)
    run = Run(model=trained, config=config, output=Path(output))
    claim_run(run.checkpoints, {**asdict(config), "samples": len(dataset)})  # pyright: ignore[reportArgumentType]
    clear_staging(run.checkpoints)
    if not torch.cuda.is_available():
        keep_freed_memory()
    trainer = SupervisedTrainer(run, dataset, collator, processor, on_progress)
    result = _train(trainer, run)
    if config.lora is not None:
        trained.merge_and_unload()  # pyright: ignore[reportCallIssue]
    return result


def _train(trainer: "SupervisedTrainer", run: Run) -> TrainResult:
    checkpoint = latest_checkpoint(run.checkpoints)
    with no_progress_bars():
        outcome = trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    run.model.eval()
    resumed_at = 0 if checkpoint is None else steps_of(checkpoint)
    history = trainer.metrics.history
    seconds = float(outcome.metrics.get("train_runtime", 0.0))
    done = (run.config.max_steps - resumed_at) * trainer.samples_per_step
    return TrainResult(
        steps=run.config.max_steps,
        final_loss=history[-1]["loss"] if history else math.nan,
        seconds=seconds,
        samples_per_s=done / seconds if done and seconds else 0.0,
        resumed_at=resumed_at,
    )


class SupervisedTrainer(Trainer):
    """transformers' Trainer with our groups, sample order, loss and all-or-nothing checkpoints."""

    def __init__(
        self,
        run: Run,
        dataset: Dataset[Any],
        collator: Collator,
        processor: Qwen2_5_VLProcessor | None,
        on_progress: Callable[[TrainProgress], None] | None,
    ) -> None:
        """Puts the parts together; nothing runs yet."""
        super().__init__(
            model=run.model,  # pyright: ignore[reportArgumentType]
            args=training_arguments(run),
            train_dataset=dataset,
            data_collator=collator,
            processing_class=processor,
            compute_loss_func=token_loss,  # its presence makes Trainer count labels over devices and accumulation
        )
        self.run = run
        config = run.config
        self._lean = choose_lean(run.model, config.compute, self.args.world_size)
        self._dtype = torch.bfloat16 if choose_bf16(config.precision, self.args.device) else torch.float32
        self.samples_per_step = config.batch_size * config.accumulation_steps * self.args.world_size
        self.metrics = MetricsCallback(
            run.output, self.samples_per_step, tensorboard=config.tensorboard, on_progress=on_progress
        )
        self.remove_callback(PrinterCallback)
        self.remove_callback(ProgressCallback)
        self.add_callback(self.metrics)

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """Builds AdamW over {LLM, merger, ViT} × {decay, no decay}."""
        if self.optimizer is None:
            config = self.run.config
            rates = learning_rates(config.learning_rate, config.vit_learning_rate, config.merger_with_vit)
            groups = parameter_groups(model or self.run.model, rates, config.weight_decay)
            self.optimizer = adamw(groups, config.betas)
        return self.optimizer

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """Eq. 1; divides by the labelled tokens of the global batch."""
        if self._lean and fits_lean(inputs):
            return lean_loss(self.run.model, inputs, num_items_in_batch, self._dtype)  # pyright: ignore[reportArgumentType]
        batch = with_all_frames(inputs, self.accelerator.unwrap_model(model).config.vision_config)
        loss = supervised_loss(model, batch, num_items_in_batch)
        return loss * self.accelerator.num_processes if num_items_in_batch is not None else loss

    def _get_train_sampler(self, train_dataset: Dataset[Any] | None = None) -> VisitSampler:
        visits = self.run.config.max_steps * self.samples_per_step
        return VisitSampler(len(self.train_dataset), visits, self.run.config.seed)  # pyright: ignore[reportArgumentType]

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        """Restores the weights by the way that `save_pretrained` needs.

        Qwen2.5-VL is saved under the hub's older parameter names. Trainer would compare those with today's names,
        find none, warn, and go on with whatever weights the model has.
        """
        if not isinstance(self.model, Qwen2_5_VLForConditionalGeneration) or self.is_fsdp_enabled:
            return super()._load_from_checkpoint(resume_from_checkpoint, model)
        saved = Qwen2_5_VLForConditionalGeneration.from_pretrained(resume_from_checkpoint, dtype=self.model.dtype)
        self.model.load_state_dict(saved.state_dict())

    def _get_output_dir(self, trial: Any) -> str:
        return str(self.run.checkpoints / STAGING)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """Writes into the staging folder and moves the finished checkpoint out of it."""
        with full_disk_as_error(self.run.checkpoints):
            super()._save_checkpoint(model, trial)
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                staged = self.run.checkpoints / STAGING / f"checkpoint-{self.state.global_step}"
                publish(staged, self.run.checkpoints, self.run.config.keep_checkpoints)
            self.accelerator.wait_for_everyone()


def choose_bf16(precision: Precision, device: torch.device) -> bool:
    """Tells whether to compute in bfloat16; `auto` does so where the processor has instructions for it."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, test, bool)() for test in tests)


def choose_lean(model: nn.Module, compute: Compute, processes: int) -> bool:
    """Tells whether to use the lean forward.

    Raises:
        InputError: It was asked for by name and cannot be had.
    """
    reason = "several processes share the work" if processes > 1 else why_not_lean(model)
    if compute == "lean" and reason is not None:
        raise InputError(f"compute 'lean' is not possible: {reason}; use 'stock' or 'auto'")
    return compute != "stock" and reason is None


@contextlib.contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keeps transformers from drawing a bar for every file that it writes."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def training_arguments(run: Run) -> TrainingArguments:
    """Translates our configuration into transformers' own."""
    config = run.config
    return TrainingArguments(
        output_dir=str(run.checkpoints),
        max_steps=config.max_steps,
        per_device_train_batch_size=config.batch_size,
        gradient_accumulation_steps=config.accumulation_steps,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.schedule if config.schedule != "constant" else "constant_with_warmup",
        warmup_steps=math.ceil(config.warmup_ratio * config.max_steps),
        max_grad_norm=config.max_grad_norm,
        use_cpu=not torch.cuda.is_available(),
        bf16=choose_bf16(config.precision, torch.device("cuda" if torch.cuda.is_available() else "cpu")),
        save_strategy="steps",
        save_steps=config.checkpoint_every,
        logging_strategy="steps",
        logging_steps=config.log_every,
        logging_nan_inf_filter=False,
        report_to=["wandb"] if config.wandb else [],
        seed=config.seed,
        dataloader_num_workers=config.workers,
        dataloader_drop_last=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,
        disable_tqdm=True,
    )
