"""`vst-robot spatial teach | reason`: a teacher model behind an OpenAI-compatible endpoint."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.teacher import teaching
from spatial_pretrain.data_engine.teacher.endpoint import Endpoint
from spatial_pretrain.data_engine.teacher.prompts import TaughtForm
from spatial_pretrain.data_engine.teacher.teaching import Ask, Lesson, Report
from vst_robot.cli.progress import Stage
from vst_robot.cli.provenance import provenance
from vst_robot.errors import InputError

Output = Annotated[Path, tyro.conf.arg(aliases=["-o"])]


@dataclass(frozen=True, kw_only=True)
class Calls:
    """How the endpoint is called."""

    concurrency: int = 8
    """Requests under way at a time."""
    retries: int = 5
    """Further tries after a lost connection, a timeout, or a busy server, with growing waits."""
    timeout_s: float = 300.0
    """For one try."""

    def endpoint(self, url: str) -> Endpoint:
        """The endpoint at a URL."""
        return Endpoint(url=url, concurrency=self.concurrency, retries=self.retries, timeout_s=self.timeout_s)


@dataclass(frozen=True, kw_only=True)
class TeachConfig:
    """Which set a teacher shall write thoughts or captions for."""

    folder: Path
    """A set made by `spatial build` with cot tasks or si_scene_caption."""
    output: Output
    """Folder for the rows whose answers pass the checks. A stopped run is continued."""
    model: str
    """The teacher's name at the endpoint."""
    endpoint: str | None = None
    """Base URL, e.g. `http://localhost:8000/v1`; the key is read from OPENAI_API_KEY."""
    requests_only: Path | None = None
    """Write the requests to this file (OpenAI's batch format) and ask nobody."""
    responses: Path | None = None
    """Take the answers from a batch service's output file."""
    thought: TaughtForm = "rt_bev"
    """Thoughts in words: `rt_bev` shows the teacher the layout from above as well."""
    temperature: float = 0.7
    """Of the teacher's sampling."""
    max_tokens: int = 2048
    """Of an answer."""
    attempts: int = 3
    """How often a row is asked about until an answer passes."""
    calls: Calls = field(default_factory=Calls)
    """How the endpoint is called."""
    media: Path | None = None
    """Folder of pictures that rows name without holding them."""


def teach(config: TeachConfig) -> None:
    """Has thoughts and captions written, or what is missing of them."""
    if sum(way is not None for way in (config.endpoint, config.requests_only, config.responses)) != 1:
        raise InputError("one of --endpoint, --requests-only and --responses is needed, and only one")
    lesson = Lesson(
        model=config.model,
        form=config.thought,
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        attempts=config.attempts,
    )
    if config.requests_only is not None:
        count = teaching.write_requests(config.folder, config.output, config.requests_only, lesson, media=config.media)
        print(f"{count} requests in {config.requests_only}")
        return
    total = sum(shards.count(path) for path in shards.files(config.folder) if path.suffix == ".parquet")
    with Stage("teach", total, "rows") as stage:

        def advance(report: Report) -> None:
            stage.update(report.rows, taught=str(report.taught))

        report = teaching.teach(
            config.folder,
            config.output,
            _ask(config),
            lesson,
            media=config.media,
            provenance=provenance(),
            on_file=advance,
        )
    _tell(report, config.output)


def _ask(config: TeachConfig) -> Ask:
    if config.responses is not None:
        return teaching.from_responses(config.responses)
    assert config.endpoint is not None
    return config.calls.endpoint(config.endpoint).replies


def _tell(report: Report, output: Path) -> None:
    print(f"{report.taught} of {report.rows} rows taught, in {output}; {report.unanswered} without answer")
    if report.skipped:
        print(f"  {report.skipped} left out: {teaching.NOT_FOR_A_TEACHER}")
    for problem, count in report.refused.most_common():
        print(f"  {count} answers refused: {problem}")
