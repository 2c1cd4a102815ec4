"""Random lives of batches and of their documents."""

import random
import uuid
from collections import Counter
from collections.abc import Iterator

from tests.azure_model.lives import EMPTY, MINUTE, Clock, Json, Life, Step, moment, text

_FAULT: dict[str, Json] = {
    "code": "InvalidRequest",
    "message": "The document does not have any translatable text.",
    "innerError": {"code": "NoTranslatableText", "message": "no text"},
}


def new_id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def batch(chance: random.Random, born: float) -> Life:
    """A batch of some documents: it is rejected, stopped, stuck, or ends by itself."""
    clock = Clock.random(chance)
    if chance.random() < 0.12:
        ended = moment(chance, born + 0.1, born + 25)
        moments = [(born, "NotStarted"), (ended, "ValidationFailed")]
        return Life(new_id(chance), tuple(_steps(moments, clock, born, ())))
    listed = moment(chance, born + 1, born + 2 * MINUTE)
    cancelled = moment(chance, born + 1, born + 12 * MINUTE) if chance.random() < 0.15 else None
    documents = tuple(
        _document(chance, listed, cancelled) for _ in range(chance.choice((1, 1, 2, 3, 5)))
    )
    moments = sorted(_moments(documents, born, listed, cancelled))
    return Life(new_id(chance), tuple(_steps(moments, clock, born, documents)), parts=documents)


def _document(chance: random.Random, listed: float, cancelled: float | None) -> Life:
    """A document: it succeeds, fails, is stopped with its batch, or is stuck."""
    started = moment(chance, listed + 1, listed + 4 * MINUTE)
    ended = moment(chance, started + 1, started + 10 * MINUTE)
    word = chance.choices(("Succeeded", "Failed", ""), (76, 16, 8))[0]
    moments = [(listed, "NotStarted"), (started, "Running"), (ended, word)]
    if cancelled is not None:
        last = max(listed, cancelled) + 5
        moments = [each for each in moments if each[0] < last and each[1]]
        if moments[-1][1] in {"NotStarted", "Running"}:
            moments.append((last, "Cancelled"))
    moments = [each for each in moments if each[1]]
    charge = chance.randrange(1, 5000)
    language = chance.choice(("de", "fr"))
    stamps = Clock.random(chance).stamps(moments)
    steps = []
    for (at, state), stamp in zip(moments, stamps, strict=True):
        charged = charge if state == "Succeeded" else 0
        body: dict[str, Json] = {
            "sourcePath": "https://contoso.blob.core.windows.net:443/in/a.txt",
            "status": state,
            "to": language,
            "lastActionDateTimeUtc": EMPTY if stamp is None else text(stamp),
            "progress": int(state == "Succeeded"),
            "characterCharged": charged,
        }
        if state == "Failed":
            body["error"] = {**_FAULT, "target": "Document"}
        steps.append(Step(at, state, body, stamp, charged))
    return Life(new_id(chance), tuple(steps))


def _moments(
    documents: tuple[Life, ...], born: float, listed: float, cancelled: float | None
) -> Iterator[tuple[float, str]]:
    """When the body of a batch changes, and its state from then on."""
    ends = [document.last.at for document in documents if document.last.finished]
    started = min(
        [step.at for life in documents for step in life.steps if step.word == "Running"],
        default=max(ends, default=listed),
    )
    whole = len(ends) == len(documents)
    all_failed = all(document.last.word == "Failed" for document in documents)
    ended = max(ends) if whole else float("inf")
    word = "Cancelled" if cancelled else "Failed" if all_failed else "Succeeded"
    times = {born, listed, *(step.at for life in documents for step in life.steps)}
    if cancelled and cancelled < ended:
        times.add(cancelled)
    elif word == "Cancelled":
        word = "Failed" if all_failed else "Succeeded"
    for at in times:
        if at >= ended:
            yield at, word
        elif cancelled and at >= cancelled:
            yield at, "Cancelling"
        else:
            yield at, "Running" if at >= started else "NotStarted"


def _steps(
    moments: list[tuple[float, str]], clock: Clock, born: float, documents: tuple[Life, ...]
) -> Iterator[Step]:
    for (at, word), stamp in zip(moments, clock.stamps(moments), strict=True):
        there = [step for life in documents if (step := life.at(at))]
        states = Counter(step.word for step in there)
        charged = sum(step.charged for step in there)
        body: dict[str, Json] = {
            "createdDateTimeUtc": text(born),
            "lastActionDateTimeUtc": EMPTY if stamp is None else text(stamp),
            "status": word,
            "summary": {
                "total": states.total(),
                "failed": states["Failed"],
                "success": states["Succeeded"],
                "inProgress": states["Running"],
                "notYetStarted": states["NotStarted"],
                "cancelled": states["Cancelled"],
                "totalCharacterCharged": charged,
            },
        }
        if word in {"Failed", "ValidationFailed"}:
            body["error"] = {**_FAULT, "target": "Operation"}
        yield Step(at, word, body, stamp, charged)
