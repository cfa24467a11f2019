"""`vst-robot spatial teach | reason`: a teacher model behind an OpenAI-compatible endpoint."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from spatial_pretrain.data_engine import shards
from spatial_pretrain.data_engine.sample_source import SampleSource
from spatial_pretrain.data_engine.teacher import batch_files, reasoning_set, teaching
from spatial_pretrain.data_engine.teacher.endpoint import Endpoint
from spatial_pretrain.data_engine.teacher.prompts import TaughtForm
from spatial_pretrain.data_engine.teacher.reasoning import Generate, Recipe
from spatial_pretrain.data_engine.teacher.reasoning_set import Batches
from spatial_pretrain.data_engine.teacher.teaching import Ask, Lesson, Report
from vst_robot.cli import scene_sources
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
        count = batch_files.write_requests(
            config.folder, config.output, config.requests_only, lesson, media=config.media
        )
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


@dataclass(frozen=True, kw_only=True)
class ReasonConfig:
    """Which rows become samples for general reasoning, and by whose help."""

    source: str
    """`onevision:<folder>`, or another data set of conversations."""
    output: Output
    """Folder for the samples. A stopped run is continued."""
    endpoint: str
    """Base URL of the teacher, e.g. `http://localhost:8000/v1`; the key is read from OPENAI_API_KEY."""
    model: str
    """The teacher's name at the endpoint."""
    student: str
    """Name of the model that answers every question a few times; the paper's is Qwen2.5-VL."""
    student_endpoint: str | None = None
    """Its base URL; left out: the teacher's."""
    num: int = 10_000
    """Samples, all kinds together."""
    tries: int = 4
    """Answers of the student; questions that are always or never right are left out."""
    temperature: float = 1.0
    """Of the student's sampling."""
    teacher_temperature: float = 0.6
    """Of the teacher's."""
    max_tokens: int = 2048
    """Of an answer."""
    calls: Calls = field(default_factory=Calls)
    """How the endpoints are called."""


def reason(config: ReasonConfig) -> None:
    """Makes samples of math, OCR and knowledge, with thoughts for the cold start or rewards for RL."""
    if config.tries < 2:
        raise InputError(f"--tries must be at least 2, or no question is partly right; got {config.tries}")
    source = scene_sources.open_any(config.source, scene_sources.Making(seed=0, image_size=256, assets="primitive"))
    if not isinstance(source, SampleSource):
        known = ", ".join(f"{name}:<folder>" for name in scene_sources.conversation_sets())
        raise InputError(f"'{config.source}' has no conversations to reason about: name one of {known}")
    recipe = Recipe(student=_student(config), teacher=_teacher(config), tries=config.tries)
    batches = Batches(concurrency=config.calls.concurrency, enough=config.num)
    names = ("model", "student", "tries", "temperature", "teacher_temperature", "max_tokens")
    with Stage("reason", source.count(), "rows") as stage:

        def advance(done: int, kept: int) -> None:
            stage.update(done, kept=str(kept))

        records = reasoning_set.reason(
            source,
            config.output,
            recipe,
            batches,
            settings={name: getattr(config, name) for name in names},
            provenance=provenance(),
            on_batch=advance,
        )
    rejected = sum((Counter(record.rejected.get(reasoning_set.REASONING, {})) for record in records), Counter[str]())
    print(f"{sum(record.total for record in records)} samples in {config.output}")
    for reason, count in rejected.most_common():
        print(f"  {count} rows left out: {reason}")


def _student(config: ReasonConfig) -> Generate:
    endpoint = config.calls.endpoint(config.student_endpoint or config.endpoint)
    return endpoint.generator(config.student, temperature=config.temperature, max_tokens=config.max_tokens)


def _teacher(config: ReasonConfig) -> Generate:
    endpoint = config.calls.endpoint(config.endpoint)
    return endpoint.generator(config.model, temperature=config.teacher_temperature, max_tokens=config.max_tokens)


def _ask(config: TeachConfig) -> Ask:
    if config.responses is not None:
        return batch_files.from_responses(config.responses, config.output)
    assert config.endpoint is not None
    return config.calls.endpoint(config.endpoint).replies


def _tell(report: Report, output: Path) -> None:
    print(f"{report.taught} of {report.rows} rows taught, in {output}; {report.unanswered} without answer")
    if report.skipped:
        print(f"  {report.skipped} left out: {teaching.NOT_FOR_A_TEACHER}")
    for problem, count in report.refused.most_common():
        print(f"  {count} answers refused: {problem}")
