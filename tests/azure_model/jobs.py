"""Random lives of syntheses, of translations with their iterations, and of single operations."""

import random
from dataclasses import replace

from tests.azure_model.lives import FINISHED, MINUTE, Clock, Json, Life, Step, moment, text


def synthesis(chance: random.Random, name: str, born: float) -> Life:
    """A batch synthesis, which is charged when it has succeeded."""
    moments = _moments(chance, born, ("Succeeded", "Failed"))
    charge, steps = chance.randrange(1, 900), []
    for (at, word), stamp in zip(moments, Clock.random(chance).stamps(moments), strict=True):
        ended = word == "Succeeded"
        properties: dict[str, Json] = {"timeToLiveInHours": 744}
        if ended:
            properties["succeededCount"] = 1
            properties["billingDetails"] = {"neuralCharacters": charge, "customNeuralCharacters": 0}
        if word == "Failed":
            properties["error"] = {"code": "BadRequest", "message": "The SSML is not valid."}
        body = _body(word, born, stamp) | {"properties": properties}
        steps.append(Step(at, word, body, stamp, charge if ended else 0))
    return Life(name, tuple(steps))


def iteration(chance: random.Random, name: str, born: float) -> Life:
    """One run of a translation."""
    moments = _moments(chance, born, ("Succeeded", "Succeeded", "Failed", "Canceled"))
    steps = []
    for (at, word), stamp in zip(moments, Clock.random(chance).stamps(moments), strict=True):
        reason: dict[str, Json] = {"failureReason": "VideoTooLong"} if word == "Failed" else {}
        steps.append(Step(at, word, _body(word, born, stamp) | reason, stamp))
    return Life(name, tuple(steps))


def translation(chance: random.Random, name: str, born: float) -> Life:
    """A translation of one to three iterations; some begin before the one before has ended."""
    begins, iterations = born, []
    for number in range(chance.choice((1, 1, 2, 3))):
        begins = moment(chance, begins + 1, begins + 4 * MINUTE)
        iterations.append(iteration(chance, f"run-{number}", begins))
        if iterations[-1].last.finished and chance.random() < 0.7:
            begins = iterations[-1].last.at
    body: dict[str, Json] = {"displayName": name, "createdDateTime": text(born)}
    return Life(name, (Step(born, "", body),), parts=tuple(iterations))


def operation(chance: random.Random, name: str, born: float) -> Life:
    """An operation that says only its state."""
    moments = _moments(chance, born, ("Succeeded", "Failed"))
    return Life(name, tuple(Step(at, word, {"status": word}) for at, word in moments))


def qna_operation(chance: random.Random, name: str, born: float) -> Life:
    """An operation of QnA Maker."""
    moments = _moments(chance, born, ("Succeeded", "Failed"))
    steps = []
    for (at, word), stamp in zip(moments, Clock.random(chance).stamps(moments), strict=True):
        body: dict[str, Json] = {"operationState": word, "createdTimestamp": text(born)}
        if stamp is not None:
            body["lastActionTimestamp"] = text(stamp, "+00:00")
        steps.append(Step(at, word, body, stamp))
    return Life(name, tuple(steps))


def speech(chance: random.Random, name: str, born: float) -> Life:
    """A batch synthesis of text to speech; kinds of voices are charged apart."""
    moments = _moments(chance, born, ("Succeeded", "Failed"))
    charge, steps = chance.randrange(2, 900), []
    for (at, word), stamp in zip(moments, Clock.random(chance).stamps(moments), strict=True):
        ended = word == "Succeeded"
        properties: dict[str, Json] = {"timeToLiveInHours": 744}
        if ended:
            properties |= {"succeededAudioCount": 1, "failedAudioCount": 0}
            properties["billingDetails"] = {"neural": charge - 1, "customNeural": 1}
        steps.append(
            Step(
                at,
                word,
                _body(word, born, stamp) | {"properties": properties},
                stamp,
                charge if ended else 0,
            )
        )
    return Life(name, tuple(steps))


_LIVES = (
    ("validating", "failed"),
    ("validating", "in_progress"),
    ("validating", "in_progress", "expired"),
    ("validating", "in_progress", "cancelling", "cancelled"),
    ("validating", "in_progress", "finalizing", "completed"),
)


def openai_batch(chance: random.Random, name: str, born: float) -> Life:
    """A batch of Azure OpenAI, with times in whole seconds and counts that are 0 until its end."""
    total, failed = chance.randrange(1, 500), chance.randrange(2)
    times: dict[str, Json] = {"created_at": int(born), "expires_at": int(born) + 86_400}
    steps, at = [], born
    for word in chance.choices(_LIVES, (1, 1, 1, 2, 5))[0]:
        ended = word in {"completed", "expired", "cancelled"}
        if word != "validating":
            at = moment(chance, at + 0.5, at + 4 * MINUTE)
            times = {**times, f"{word}_at": int(at)}
        counts: dict[str, Json] = {
            "total": total if ended else 0,
            "completed": total - failed if ended else 0,
            "failed": failed if ended else 0,
        }
        body: dict[str, Json] = {"status": word, "request_counts": counts, **times}
        steps.append(Step(at, word, body, int(at)))
    return Life(name, tuple(steps))


def fine_tuning(chance: random.Random, name: str, born: float) -> Life:
    """A fine-tuning job; the time at which a cancelled one has finished moves later."""
    moments = [
        (born, "pending"),
        *(
            (at, word.lower())
            for at, word in _moments(chance, born, ("Succeeded", "Failed", "Cancelled"))[1:]
        ),
    ]
    if moments[-1][1] == "cancelled":
        moved = moment(chance, moments[-1][0] + 1, moments[-1][0] + 10 * MINUTE)
        moments.append((moved, "cancelled"))
    steps = []
    for at, word in moments:
        body: dict[str, Json] = {"status": word, "model": "gpt-4o", "created_at": int(born)}
        if word in FINISHED:
            body["finished_at"] = int(at)
        steps.append(Step(at, word, body, int(at) if word in FINISHED else None))
    return Life(name, tuple(steps))


def transcription(chance: random.Random, name: str, born: float) -> Life:
    """A batch transcription, whose id is only in `self`."""
    moments = _moments(chance, born, ("Succeeded", "Failed"))
    steps = []
    for (at, word), stamp in zip(moments, Clock.random(chance).stamps(moments), strict=True):
        body: dict[str, Json] = _body(word, born, stamp)
        body["self"] = f"https://westeurope.api.example/speechtotext/transcriptions/{name}"
        properties: dict[str, Json] = {"timeToLiveHours": 48}
        if word == "Succeeded":
            properties["durationMilliseconds"] = 60_000
        steps.append(Step(at, word, body | {"properties": properties}, stamp))
    return Life(name, tuple(steps))


_LANGUAGE_LIVES = (
    ("notStarted", "running"),
    ("notStarted", "running", "failed"),
    ("notStarted", "running", "partiallyCompleted"),
    ("notStarted", "running", "cancelling", "cancelled"),
    ("notStarted", "running", "succeeded"),
)


def language_job(chance: random.Random, name: str, born: float, begun: float) -> Life:
    """A job of Language, created at `born`, whose work begins after `begun`."""
    steps, at = [], born
    for word in chance.choices(_LANGUAGE_LIVES, (1, 1, 1, 2, 5))[0]:
        if word != "notStarted":
            at = moment(chance, max(at, begun) + 0.5, max(at, begun) + 4 * MINUTE)
        body: dict[str, Json] = {
            "jobId": name.rpartition("/")[2],
            "status": word,
            "createdDateTime": text(born, "+00:00"),
            "lastUpdatedDateTime": text(int(at), "+00:00"),
            "expirationDateTime": text(born + 6 * 60 * MINUTE, "+00:00"),
            "errors": None,
        }
        steps.append(Step(at, word, body, int(at)))
    return Life(name, tuple(steps))


def training(chance: random.Random, name: str, born: float) -> Life:
    """A training of a custom text project, with one phase."""
    life = language_job(chance, name, born, born)
    done = {"succeeded": 100, "notStarted": 0}
    steps = []
    for step in life.steps:
        phase: dict[str, Json] = {
            "percentComplete": done.get(step.word, 40),
            "status": step.word,
        }
        result: dict[str, Json] = {"modelLabel": "m", "trainingStatus": phase}
        steps.append(replace(step, body={**step.body, "result": result}))
    return replace(life, steps=tuple(steps))


def cut(life: Life, deleted: float) -> Life:
    """The same life, deleted at a moment together with its parts."""
    parts = tuple(replace(part, deleted=deleted) for part in life.parts)
    return replace(life, deleted=deleted, parts=parts)


def _moments(chance: random.Random, born: float, ends: tuple[str, ...]) -> list[tuple[float, str]]:
    quick = 0.1 if chance.random() < 0.4 else 1.0  # it may end before anybody looks
    started = moment(chance, born + 0.5, born + 3 * MINUTE * quick)
    ended = moment(chance, started + 1, started + 14 * MINUTE * quick)
    stuck = chance.random() < 0.15
    moments = [(born, "NotStarted"), (started, "Running")]
    return moments if stuck else [*moments, (ended, chance.choice(ends))]


def _body(word: str, born: float, stamp: float | None) -> dict[str, Json]:
    body: dict[str, Json] = {"status": word, "createdDateTime": text(born)}
    if stamp is not None:
        body["lastActionDateTime"] = text(stamp, "")
    return body
