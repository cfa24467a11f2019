"""Makes one shard: goes from scene to scene and asks what is still missing."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spatial_pretrain.data_engine import rows, shards
from spatial_pretrain.data_engine.encodings import Encodings
from spatial_pretrain.data_engine.plan import READY, Feed, ShardJob
from spatial_pretrain.data_engine.rows import Row
from spatial_pretrain.data_engine.samples import Rejected, SpatialSample
from spatial_pretrain.data_engine.task import SpatialTask
from vst_robot.errors import DataError, InputError, UnavailableError
from vst_robot.scenes import VIEWS, Scene, View

REPEATED = "asked before"
MAX_DAMAGED_IN_A_ROW = 100
"""When an endless source is given up; of a data set all scenes are looked at, since whole folders may be missing."""
BLOCK = 64
"""Neighbouring scenes of an endless source that one shard takes: they may share a room, which costs time to build."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """What came of a `ShardJob`.

    Attributes:
        files: Path below the output folder → bytes of the file.
        samples: Task → form → how many.
        tried: Task → questions tried.
        rejected: Task → reason → how often.
        damaged: Reason → scenes that could not be used.
        crashes: Task → the first unexpected error, in one line.
        scenes: Scenes used.
        missing: Task → samples that it fell short of.
    """

    files: Mapping[str, bytes]
    samples: Mapping[str, Mapping[str, int]]
    tried: Mapping[str, int]
    rejected: Mapping[str, Mapping[str, int]]
    damaged: Mapping[str, int]
    crashes: Mapping[str, str]
    scenes: int
    missing: Mapping[str, int]


def make_shard(feed: Feed, tasks: Sequence[SpatialTask], job: ShardJob) -> Shard:
    """Makes a shard; what it holds follows from the arguments alone.

    Raises:
        UnavailableError: The source cannot give scenes at all.
    """
    harvests = [_Harvest(task=task, left=dict(job.quotas[task.name])) for task in tasks if task.name in job.quotas]
    damaged: Counter[str] = Counter()
    scenes = 0
    for lap, scene in _scenes(feed, job, damaged):
        if not any(harvest.open for harvest in harvests):
            break
        scenes += 1
        encodings = Encodings()
        for harvest in harvests:
            _ask(harvest, scene, feed, job, lap, encodings)
    return _shard(harvests, damaged, scenes, job)


@dataclass(kw_only=True)
class _Harvest:
    """What one task has given so far.

    Attributes:
        task: The task.
        left: Form → samples that are still missing; a form that was given up has none.
        in_vain: Form → tries since its last success.
        given: Form → samples made.
        missing: Samples that no form could give.
    """

    task: SpatialTask
    left: dict[str, int]
    rows: list[Row] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)
    in_vain: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    tried: int = 0
    missing: int = 0
    crash: str | None = None

    @property
    def open(self) -> bool:
        """Whether something is missing that may still come."""
        return any(self.left.values())

    def draw(self, rng: np.random.Generator, without: set[str]) -> str | None:
        """A form, in proportion to what is missing of each."""
        forms = {form: left for form, left in self.left.items() if left and form not in without}
        if not forms:
            return None
        shares = np.array(list(forms.values()), dtype=float)
        return list(forms)[int(rng.choice(len(forms), p=shares / shares.sum()))]

    def keep(self, form: str, row: Row, digest: bytes) -> None:
        """Takes a sample in."""
        self.rows.append(row)
        self.digests.add(digest)
        self.given[form] += 1
        self.left[form] -= 1
        self.in_vain[form] = 0

    def refuse(self, form: str, reason: str, patience: int) -> None:
        """Counts a rejection; a form that was tried in vain too often leaves its rest to those that work."""
        self.rejected[reason] += 1
        self.in_vain[form] += 1
        if self.in_vain[form] < patience:
            return
        rest, self.left[form] = self.left[form], 0
        heirs = [name for name in self.left if name != form and self.in_vain[name] < patience]
        if heirs:
            best = max(heirs, key=lambda name: (self.given[name], self.left[name]))
            self.left[best] += rest
        else:
            self.missing += rest


def _scenes(feed: Feed, job: ShardJob, damaged: Counter[str]) -> Iterator[tuple[int, Scene]]:
    """The shard's own scenes, each with the number of times that all of them were given before; no end of them."""
    own = _own(feed.source.count(_view(job)), job)
    step, unusable = 0, 0
    while unusable < (MAX_DAMAGED_IN_A_ROW if own is None else len(own)):
        lap, index = (0, _endless(job, step)) if own is None else (step // len(own), own[step % len(own)])
        step += 1
        try:
            scene = feed.source.scene(_view(job), index)
        except (InputError, UnavailableError):
            raise
        except Exception as error:  # the same for all scenes or for this one only: counted, and the next one is tried
            damaged[reason_of(error)] += 1
            unusable += 1
            continue
        unusable = 0
        yield lap, scene


def _own(count: int | None, job: ShardJob) -> range | None:
    """A shard's scenes of a source that has `count`: neighbours, which often share a file or a room."""
    return None if count is None else range(count * job.number // job.of, count * (job.number + 1) // job.of)


def _endless(job: ShardJob, step: int) -> int:
    """Index of a shard's `step`-th scene of an endless source: shards take turns, block by block."""
    block, place = divmod(step, BLOCK)
    return (job.number + job.of * block) * BLOCK + place


def _ask(harvest: _Harvest, scene: Scene, feed: Feed, job: ShardJob, lap: int, encodings: Encodings) -> None:
    """A few questions of one task about one scene; a form that the scene does not allow is tried once."""
    task, unfit = harvest.task, set()
    for attempt in range(job.pace.per_scene):
        rng = np.random.default_rng(_seed(task.name, scene.name, job, lap, attempt))
        form = harvest.draw(rng, unfit)
        if form is None:
            return
        harvest.tried += 1
        try:
            sample = task.sample(scene, rng, feed.setting, form=form)
            _take(harvest, form, sample, feed, job, encodings)
        except Rejected as rejection:
            unfit.add(form)
            harvest.refuse(form, rejection.reason, job.pace.patience)
        except DataError as error:
            harvest.refuse(form, f"damaged: {reason_of(error)}", job.pace.patience)
        except Exception as error:  # one odd scan must not end a night's work; counted, shown, never a sample
            harvest.crash = harvest.crash or f"{scene.name}, {form}: {type(error).__name__}: {error}"
            harvest.refuse(form, f"crashed: {type(error).__name__}", job.pace.patience)


def _take(harvest: _Harvest, form: str, sample: SpatialSample, feed: Feed, job: ShardJob, encodings: Encodings) -> None:
    key = digest(sample, encodings)
    if key in harvest.digests:
        raise Rejected(REPEATED)
    name = f"{harvest.task.name}-{feed.source.name}-{job.name}-{len(harvest.rows):05d}"
    row = rows.from_sample(sample, id=file_name(name), encodings=encodings)
    if found := rows.problems(row):
        raise ValueError("; ".join(found))
    harvest.keep(form, row, key)


def _shard(harvests: Sequence[_Harvest], damaged: Counter[str], scenes: int, job: ShardJob) -> Shard:
    files = {f"{h.task.name}/{job.name}.parquet": shards.encode(h.rows) for h in harvests if h.rows}
    missing = {h.task.name: h.missing + sum(h.left.values()) for h in harvests}
    return Shard(
        files=files,
        samples={h.task.name: dict(h.given) for h in harvests},
        tried={h.task.name: h.tried for h in harvests},
        rejected={h.task.name: dict(h.rejected) for h in harvests if h.rejected},
        damaged=dict(damaged),
        crashes={h.task.name: " ".join(h.crash.split()) for h in harvests if h.crash},
        scenes=scenes,
        missing={name: count for name, count in missing.items() if count},
    )


def _seed(task: str, scene: str, job: ShardJob, lap: int, attempt: int) -> list[int]:
    words = [zlib.crc32(text.encode()) for text in (task, scene)]
    return [job.seed, *words, VIEWS.index(_view(job)), lap, attempt]


def _view(job: ShardJob) -> View:
    assert job.view != READY, "ready samples are not made from scenes"
    return job.view


def digest(sample: SpatialSample, encodings: Encodings) -> bytes:
    """What makes a question the same as another: scene, words and pictures, the marks in them included."""
    text = repr((sample.scene, [turn.question for turn in sample.turns])).encode()
    pictures = b"".join(encodings.digest(picture) for picture in sample.pictures)
    return hashlib.blake2b(text + pictures, digest_size=16).digest()


def reason_of(error: Exception) -> str:
    """Words under which like troubles are counted: names and numbers of single files say too much."""
    told = str(error) if isinstance(error, DataError) else f"crashed: {type(error).__name__}: {error}"
    words = " ".join(told.split()[:16])
    return "".join("#" if character.isdigit() else character for character in words)[:120]


def file_name(text: str) -> str:
    """A text with an underscore for whatever is not fit for every file system."""
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in text)
