"""The work that the teams of the demo start repeatedly, and its troubles. Pure.

Every few pieces of a team's work have a trouble, each time of the next kind.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from exporter.simulator.play.building import (
    NO_TEXT,
    batch,
    iteration,
    rejected_batch,
    synthesis,
    translation,
)
from exporter.simulator.play.documents import LETTERS, NAMES, PAGES
from exporter.simulator.play.scenario import Failure, Iteration, Scenario
from exporter.simulator.play.speech_building import transcription
from exporter.simulator.show.documents_team import analysis_work, model_work
from exporter.simulator.show.language import training_work
from exporter.simulator.show.openai import fine_tuning_work, openai_work
from exporter.simulator.show.workday import Job, Stream

Trouble = Literal["some fail", "all fail", "cancelled", "stuck", "rejected"]

CANCEL_STUCK_SECONDS = 4500.0
"""A user cancels a stuck batch after this time."""

_FAILURES = (
    NO_TEXT,
    Failure("WrongDocumentEncoding", "The encoding of the document is not known."),
    Failure("ContentTooLarge", "The document is larger than may be translated."),
)
_FILMS = ("ProductTour", "TownHall", "Onboarding", "SafetyFilm", "Keynote", "QuarterlyReview")
_LOCALES = ("de-DE", "fr-FR", "es-ES", "it-IT", "ja-JP", "pl-PL")
_MESSAGES = ("welcome-message", "product-chapters", "press-statement", "lecture", "service-news")


def _website(job: Job) -> Scenario:
    """A few pages in two languages; they take some minutes."""
    languages = job.chance.sample(("de", "fr", "es", "it", "nl", "pl", "pt-br", "ja"), 2)
    trouble = _trouble(job, 5, ("cancelled", "some fail", "stuck", "rejected"))
    documents = job.chance.randint(4, 14)
    return _batch(job, trouble, documents, languages, takes=(120, 700), names=PAGES)


def _manuals(job: Job) -> Scenario:
    """Many documents in one language; they take most of an hour."""
    languages = [job.chance.choice(("es", "ja", "zh-hans", "fr"))]
    trouble = _trouble(job, 4, ("stuck", "some fail"))
    documents = job.chance.randint(50, 110)
    return _batch(job, trouble, documents, languages, takes=(1200, 2600), names=NAMES)


def _letters(job: Job) -> Scenario:
    """Letters to customers; they take a few minutes at most."""
    languages = [job.chance.choice(("de", "fr", "it", "pl"))]
    trouble = _trouble(job, 3, ("some fail", "all fail", "rejected"))
    documents = job.chance.randint(8, 40)
    return _batch(job, trouble, documents, languages, takes=(60, 240), names=LETTERS)


def _trouble(job: Job, every: int, kinds: Sequence[Trouble]) -> Trouble | None:
    """The trouble of a piece of work: the second one has the first, then each `every`-th one."""
    number, rest = divmod(job.number - 1, every)
    return None if rest else kinds[number % len(kinds)]


def _batch(
    job: Job,
    trouble: Trouble | None,
    documents: int,
    languages: Sequence[str],
    *,
    takes: tuple[float, float],
    names: Sequence[str],
) -> Scenario:
    """A batch; `takes` is the least and the most of its seconds."""
    seconds, total = job.chance.uniform(*takes), documents * len(languages)
    if trouble == "rejected":
        return Scenario(batches=(rejected_batch(id=job.id, created=job.created, takes=20),))
    failed: Mapping[Trouble | None, int] = {"some fail": 1 + total // 8, "all fail": total}
    cancel_after: Mapping[Trouble | None, float] = {
        "cancelled": seconds / 2,
        "stuck": CANCEL_STUCK_SECONDS,
    }
    new_batch = batch(
        id=job.id,
        created=job.created,
        documents=documents,
        languages=languages,
        starts_after=10,
        takes=seconds,
        failed=failed.get(trouble, 0),
        failure=job.chance.choice(_FAILURES),
        stuck=2 if trouble == "stuck" else 0,
        cancel_after=cancel_after.get(trouble),
        names=names,
    )
    return Scenario(batches=(new_batch,))


def _film(job: Job) -> Scenario:
    """A video; every third time the first iteration fails and a second one succeeds."""
    locale = job.chance.choice(_LOCALES)
    name = f"{_FILMS[job.number % len(_FILMS)]}-{job.number}-en-US-to-{locale}"
    takes = job.chance.uniform(240, 900)
    initial = iteration("Initial", created=job.created, starts_after=15, takes=takes)
    iterations = _repeated(job, takes) if _trouble(job, 3, ("some fail",)) else (initial,)
    film = translation(name, *iterations, created=job.created, languages=("en-US", locale))
    return Scenario(translations=(film,))


def _repeated(job: Job, takes: float) -> tuple[Iteration, Iteration]:
    reason = "The speech of the video could not be recognized."
    first = iteration(
        created=job.created, starts_after=15, takes=90, outcome="Failed", failure_reason=reason
    )
    return first, iteration("Second", created=job.created + 150, takes=takes, edits=True)


def _message(job: Job) -> Scenario:
    """A synthesis of an avatar."""
    fails = _trouble(job, 4, ("all fail",)) is not None
    new_synthesis = synthesis(
        f"{_MESSAGES[job.number % len(_MESSAGES)]}-{job.number}",
        created=job.created,
        starts_after=job.chance.uniform(5, 40),
        takes=job.chance.uniform(60, 500),
        characters=job.chance.randint(150, 6000),
        outcome="Failed" if fails else "Succeeded",
        error=("InvalidInput", "The voice of the request is unknown.") if fails else None,
    )
    return Scenario(syntheses=(new_synthesis,))


def _chapter(job: Job) -> Scenario:
    """A chapter of an audio book; in every fourth one some texts fail."""
    outputs = job.chance.randint(4, 20)
    chapter = synthesis(
        f"audiobook-{job.number}",
        created=job.created,
        starts_after=job.chance.uniform(2, 10),
        takes=job.chance.uniform(20, 120),
        outputs=outputs,
        failed_outputs=2 if _trouble(job, 4, ("some fail",)) else 0,
        characters=outputs * job.chance.randint(800, 1600),
    )
    return Scenario(speech_syntheses=(chapter,))


def _calls(job: Job) -> Scenario:
    """The recorded calls of some hours; every third time they cannot be read."""
    fails = _trouble(job, 3, ("all fail",)) is not None
    calls = transcription(
        job.id,
        created=job.created,
        starts_after=job.chance.uniform(2, 30),
        takes=job.chance.uniform(90, 900),
        audio=job.chance.uniform(600, 14000),
        files=job.chance.randint(2, 30),
        failed_files=2 if fails else 0,
        outcome="Failed" if fails else "Succeeded",
        error=("InvalidData", "The recordings could not be read.") if fails else None,
    )
    return Scenario(transcriptions=(calls,))


# Some APIs have no list: the demo names their operations in its configuration.
STREAMS: Mapping[str, Sequence[Stream]] = {
    "translator": (Stream("website", _website, first=55, every=90),),
    "manuals": (Stream("manuals", _manuals, first=140, every=480),),
    "letters": (Stream("letters", _letters, first=75, every=150),),
    "speech": (
        Stream("films", _film, first=90, every=420),
        Stream("messages", _message, first=110, every=130),
        Stream("chapters", _chapter, first=70, every=170),
        Stream("calls", _calls, first=95, every=260),
    ),
    "qna": (),
    "openai": (
        Stream("openai batches", openai_work, first=65, every=200),
        Stream("fine tunings", fine_tuning_work, first=100, every=900),
    ),
    "language": (Stream("trainings", training_work, first=85, every=400),),
    "documents": (
        Stream("models", model_work, first=80, every=400),
        Stream("batch analyses", analysis_work, first=60, every=250),
    ),
    "content": (),
}
"""The streams of work, by team."""
