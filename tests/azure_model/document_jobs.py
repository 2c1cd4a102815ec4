"""Random lives of builds and batch analyses of Document Intelligence."""

import random

from tests.azure_model.lives import MINUTE, Json, Life, Step, moment, text

_ERROR: Json = {"code": "InvalidRequest", "innererror": {"code": "TrainingContentMissing"}}
_LIST_LACKS = {"error", "result", "percentCompleted"}


def build(chance: random.Random, name: str, born: float) -> Life:
    """The build of a model; a failed one says 100 % as well."""
    steps = []
    for at, word in _moments(chance, born):
        body: dict[str, Json] = {
            "operationId": name,
            "kind": "documentModelBuild",
            "status": word,
            "createdDateTime": text(int(born)),
            "lastUpdatedDateTime": text(int(at)),
            "resourceLocation": f"https://a/documentintelligence/documentModels/m-{name[:5]}",
        }
        if word in {"succeeded", "failed"}:
            body["percentCompleted"] = 100
        if word == "failed":
            body["error"] = _ERROR
        steps.append(Step(at, word, body, int(at)))
    return Life(name, tuple(steps))


def analysis(chance: random.Random, name: str, born: float) -> Life:
    """A batch: its last update stays at its creation, or before it."""
    created = int(born)
    documents = [
        chance.choice(("succeeded", "failed", "skipped")) for _ in range(chance.randrange(1, 9))
    ]
    steps = []
    for at, word in _moments(chance, born):
        body: dict[str, Json] = {
            "resultId": name,
            "status": word,
            "createdDateTime": text(created + chance.randrange(2)),
            "lastUpdatedDateTime": text(created),
            "percentCompleted": 100 if word in {"succeeded", "failed"} else 0,
        }
        if word == "succeeded":
            details: list[Json] = [{"sourceUrl": "https://b", "status": each} for each in documents]
            counts: dict[str, Json] = {"succeededCount": 0, "failedCount": 0, "skippedCount": 0}
            body["result"] = {**counts, "details": details}
        if word == "failed":
            body["error"] = _ERROR
        steps.append(Step(at, word, body))
    return Life(name, tuple(steps))


def in_list(body: dict[str, Json]) -> dict[str, Json]:
    """What a list tells."""
    return {key: value for key, value in body.items() if key not in _LIST_LACKS}


def _moments(chance: random.Random, born: float) -> list[tuple[float, str]]:
    started = moment(chance, born + 0.5, born + 2 * MINUTE)
    moments = [(born, "notStarted"), (started, "running")]
    if chance.random() < 0.15:
        return moments
    ended = moment(chance, started + 1, started + 14 * MINUTE)
    return [*moments, (ended, chance.choice(("succeeded", "succeeded", "failed")))]
