"""The record of a training run: `metrics.jsonl`, TensorBoard, and the caller's progress bar."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spatial_pretrain.configs import TrainProgress


class MetricsCallback(TrainerCallback):
    """Writes one line per report and passes it on.

    A resumed run cuts the file back to the checkpoint's step, so that it ends up as if never interrupted.
    """

    def __init__(
        self,
        folder: Path,
        samples_per_step: int,
        *,
        tensorboard: bool,
        on_progress: Callable[[TrainProgress], None] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reports into `folder`; nothing is written before training begins."""
        self.history: list[dict[str, Any]] = []
        self._path = folder / "metrics.jsonl"
        self._samples_per_step = samples_per_step
        self._tensorboard = folder / "tensorboard" if tensorboard else None
        self._writer: Any = None
        self._on_progress = on_progress
        self._clock = clock

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Cuts the file back to where training continues."""
        self._started, self._first_step = self._clock(), state.global_step
        if not state.is_world_process_zero:
            return
        self.history = [line for line in read_metrics(self._path) if line["step"] <= state.global_step]
        _rewrite(self._path, self.history)
        if self._tensorboard is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(self._tensorboard, purge_step=state.global_step + 1)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Makes the last step report too."""
        if state.global_step >= state.max_steps:
            control.should_log = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Writes a line: step, loss, learning rate, gradient norm, throughput."""
        if not state.is_world_process_zero or logs is None or "loss" not in logs:
            return
        line = {"step": state.global_step}
        line |= {name: logs[name] for name in ("loss", "learning_rate", "grad_norm") if name in logs}
        line["samples_per_s"] = round(self.samples_per_s(state.global_step), 2)
        self.history.append(line)
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._show(line, state.max_steps)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Closes TensorBoard's file."""
        if self._writer is not None:
            self._writer.close()

    def samples_per_s(self, step: int) -> float:
        """Returns the throughput of this process since it began."""
        seconds = self._clock() - self._started
        return (step - self._first_step) * self._samples_per_step / seconds if seconds > 0 else 0.0

    def _show(self, line: dict[str, Any], total: int) -> None:
        if self._writer is not None:
            for name in line.keys() - {"step"}:
                self._writer.add_scalar(name, line[name], line["step"])
        if self._on_progress is not None:
            progress = TrainProgress(
                step=line["step"], total=total, loss=line["loss"], samples_per_s=line["samples_per_s"]
            )
            self._on_progress(progress)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Reads a metrics file; a last line that a killed run left unfinished is skipped."""
    lines: list[dict[str, Any]] = []
    for text in path.read_text().splitlines() if path.is_file() else ():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break
    return lines


def _rewrite(path: Path, lines: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(json.dumps(line) + "\n" for line in lines))
    os.replace(temporary, path)
