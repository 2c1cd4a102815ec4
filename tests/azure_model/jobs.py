"""Random lives of syntheses, of translations with their iterations, and of single operations."""

import random
from dataclasses import replace

from tests.azure_model.batches import MINUTE
from tests.azure_model.lives import Clock, Json, Life, Step, moment, text


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
