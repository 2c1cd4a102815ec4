"""A random Azure of one seed: everything that ever exists in it, and how it is watched. Pure."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from tests.azure_model.batches import batch
from tests.azure_model.content_jobs import content_job
from tests.azure_model.document_jobs import analysis, build
from tests.azure_model.jobs import (
    cut,
    fine_tuning,
    language_job,
    openai_batch,
    operation,
    qna_operation,
    speech,
    synthesis,
    training,
    transcription,
    translation,
)
from tests.azure_model.lives import MINUTE, Life, moment
from tests.support.local import START

BUSY = 70 * MINUTE  # in which things begin, change, end and go, and Azure lies
RESTED = 20 * MINUTE  # after which nothing is old, and what failed was tried again
KNOWN = 15 * MINUTE  # after an end: in most cases it was seen by then
QUESTIONS_KEPT = 360 * MINUTE  # from their creation
CACHED = 60.0  # seconds; answers are at most so old

Owner = tuple[str, str]  # API, operation
Born = Callable[[random.Random, str, float], Life]


@dataclass(frozen=True)
class Incident:
    """What is done to the exporter: `kill`, `restart` or `reload` for `lasts` seconds."""

    at: float
    kind: str
    lasts: float


@dataclass(frozen=True)
class World:
    """All lives by kind, and what the exporter is told and suffers. Times are Unix seconds.

    Attributes:
        named: ids in the configuration, by API.
        page: items of a page.
        storms: when Azure answers 503.
    """

    seed: int
    batches: tuple[Life, ...]
    syntheses: tuple[Life, ...]
    speeches: tuple[Life, ...]
    openai_batches: tuple[Life, ...]
    trainings: tuple[Life, ...]
    transcriptions: tuple[Life, ...]
    fine_tunings: tuple[Life, ...]
    builds: tuple[Life, ...]
    analyses: tuple[Life, ...]
    translations: tuple[Life, ...]
    operations: Mapping[str, tuple[Life, ...]]
    named: Mapping[str, tuple[str, ...]]
    interval: float
    retention: float
    max_operations: int
    page: int
    storms: tuple[tuple[float, float], ...]
    incidents: tuple[Incident, ...]

    @property
    def rests(self) -> float:
        """From when on nothing changes, and every answer is good."""
        return START + BUSY

    @cached_property
    def owners(self) -> Mapping[Owner, Sequence[Life]]:
        """The lives of each operation, in their order."""
        batches = [("document_translation", life.id, life) for life in self.batches]
        syntheses = [("avatar", f"batchsyntheses/{life.id}", life) for life in self.syntheses]
        speeches = [("speech_synthesis", life.id, life) for life in self.speeches]
        requests = [("openai_batch", life.id, life) for life in self.openai_batches]
        fine_tunings = [("openai_fine_tuning", life.id, life) for life in self.fine_tunings]
        audios = [("speech_transcription", life.id, life) for life in self.transcriptions]
        trainings = [
            ("language", f"authoring/analyze-text/Claims/train/{life.id}", life)
            for life in self.trainings
        ]
        builds = [("document_intelligence", life.id, life) for life in self.builds]
        analyses = [
            ("document_intelligence", f"documentModels/forms/analyzeBatchResults/{life.id}", life)
            for life in self.analyses
        ]
        iterations = [
            ("video_translation", f"{tour.id}/{run.id}", run)
            for tour in self.translations
            for run in tour.parts
        ]
        jobs = [(api, life.id, life) for api, lives in self.operations.items() for life in lives]
        owners: dict[Owner, list[Life]] = {}
        speech = (*syntheses, *speeches, *audios)
        openai = (*requests, *fine_tunings)
        listed = (*batches, *speech, *openai, *trainings, *iterations)
        found = (*listed, *jobs, *builds, *analyses)
        for api, id_, life in found:
            owners.setdefault((api, id_), []).append(life)
        return owners


def world(seed: int) -> World:
    """The Azure of a seed."""
    chance = random.Random(f"azure/{seed}")
    later = random.Random(f"azure/{seed}/later")  # what came later leaves the rest as it was
    latest = random.Random(f"azure/{seed}/latest")
    language = random.Random(f"azure/{seed}/language")
    content = random.Random(f"azure/{seed}/content")
    few = chance.random() < 0.25
    batches = tuple(_batches(chance, few=few))
    interval = chance.choices((40.0, 120.0, 180.0), (5, 35, 60))[0]
    unfinished = sum(not life.last.finished for life in batches)
    operations = {
        "avatar": (operation(chance, "talk", _early(chance)),),
        "video_translation": (operation(chance, "dub", _early(chance)),),
        "qna_maker": (qna_operation(chance, "answers", _early(chance)),),
        "question_answering": tuple(_questions(language)),
        "content_understanding": tuple(_contents(content)),
    }
    named = {api: tuple(life.id for life in lives) for api, lives in operations.items()}
    named["document_translation"] = () if few else (batches[0].id.upper(),)
    return World(
        seed=seed,
        batches=batches,
        syntheses=tuple(_again(chance, "nightly", synthesis, KNOWN, chance.randrange(1, 4))),
        speeches=tuple(_again(later, "book", speech, KNOWN, later.randrange(1, 4))),
        openai_batches=tuple(_vanishing(later, "batch_", openai_batch)),
        fine_tunings=tuple(_vanishing(latest, "ftjob-", fine_tuning)),
        transcriptions=tuple(_vanishing(latest, "", transcription)),
        trainings=tuple(_trainings(language)),
        builds=tuple(_builds(latest)),
        analyses=tuple(_analyses(latest)),
        translations=tuple(_again(chance, "tour", translation, 5 * MINUTE, 5)),
        operations=operations,
        named=named,
        interval=interval,
        retention=chance.choice((24 * 60, 25)) * MINUTE,
        max_operations=max(2, unfinished) if few else 1000,
        page=chance.choice((3, 5, 100)),
        storms=tuple(_storms(chance, interval)),
        incidents=tuple(_incidents(chance)),
    )


def _batches(chance: random.Random, *, few: bool) -> Iterator[Life]:
    """Some batches; `few` of them can be followed, and the oldest works for ever."""
    for _ in range(chance.randrange(5, 9) if few else chance.randrange(3, 9)):
        yield batch(chance, _early(chance) - (30 * MINUTE if few else 0.0))
    while few:
        oldest = batch(chance, START - 45 * MINUTE)
        if not oldest.last.finished:
            yield oldest
            return


def _vanishing(chance: random.Random, prefix: str, born: Born) -> Iterator[Life]:
    for _ in range(chance.randrange(2, 9)):
        id_ = f"{prefix}{UUID(int=chance.getrandbits(128))}"
        yield _kept_for_a_time(chance, born(chance, id_, _early(chance)))


def _builds(chance: random.Random) -> Iterator[Life]:
    for _ in range(chance.randrange(1, 6)):
        born = _early(chance)
        id_ = f"{33_166_368_002 - int(born)}_{UUID(int=chance.getrandbits(128))}"
        yield _kept_for_a_time(chance, build(chance, id_, born))


def _analyses(chance: random.Random) -> Iterator[Life]:
    for _ in range(chance.randrange(1, 6)):
        id_ = str(UUID(int=chance.getrandbits(128)))
        yield _kept_for_a_time(chance, analysis(chance, id_, _early(chance)))


def _kept_for_a_time(chance: random.Random, life: Life) -> Life:
    """The same life, or one that vanishes some time after its end, as after 24 hours."""
    gone = life.last.at + KNOWN
    if life.last.finished and chance.random() < 0.3:
        return cut(life, moment(chance, gone, gone + 10 * MINUTE))
    return life


def _trainings(chance: random.Random) -> Iterator[Life]:
    for _ in range(chance.randrange(1, 5)):
        yield training(chance, f"{UUID(int=chance.getrandbits(128))}_0", _early(chance))


def _questions(chance: random.Random) -> Iterator[Life]:
    """Azure deletes them six hours after their creation, some soon after their end."""
    for _ in range(2):
        id_ = f"faq/import/{UUID(int=chance.getrandbits(128))}"
        begun = _early(chance)
        born = begun if chance.random() < 0.5 else begun + 30 * MINUTE - QUESTIONS_KEPT
        life = language_job(chance, id_, born, begun)
        yield cut(life, born + QUESTIONS_KEPT) if life.last.finished else life


def _contents(chance: random.Random) -> Iterator[Life]:
    for prefix in ("analyzerResults", "analyzerResults", "analyzers/Invoices"):
        id_ = f"{prefix}/{UUID(int=chance.getrandbits(128))}"
        yield _kept_for_a_time(chance, content_job(chance, id_, _early(chance)))


def _early(chance: random.Random) -> float:
    return moment(chance, START - 10 * MINUTE, START + 40 * MINUTE)


def _again(
    chance: random.Random, name: str, born: Born, known: float, count: int
) -> Iterator[Life]:
    """Ids that were chosen by people: each lives once, or is deleted and made again."""
    for number in range(count):
        id_ = f"{name}-{number}"
        life = born(chance, id_, moment(chance, START - 15 * MINUTE, START + 10 * MINUTE))
        deleted = moment(chance, _ended(life) + known, _ended(life) + known + 5 * MINUTE)
        if chance.random() < 0.5 or deleted > START + BUSY:
            yield life
            continue
        yield cut(life, deleted)
        later = born(chance, id_, moment(chance, deleted + 1, deleted + MINUTE))
        if chance.random() < 0.8 and _ended(later) < START + BUSY:
            yield later


def _ended(life: Life) -> float:
    """When the last of all its changes is made."""
    return max([life.last.at, *(part.last.at for part in life.parts)])


def _storms(chance: random.Random, interval: float) -> Iterator[tuple[float, float]]:
    """One may outlast several polls in a row."""
    for longest in (4 * interval, interval)[: chance.randrange(3)]:
        begins = moment(chance, START + 5 * MINUTE, START + BUSY - longest)
        yield begins, begins + chance.uniform(20, longest)


def _incidents(chance: random.Random) -> Iterator[Incident]:
    if chance.random() < 0.5:
        at = moment(chance, START + 20 * MINUTE, START + BUSY - 10 * MINUTE)
        kind = chance.choice(("kill", "restart", "reload", "reload"))
        yield Incident(at, kind, chance.uniform(2 * MINUTE, 4 * MINUTE))
