"""Random lives of analyses of Content Understanding, and of operations of its analyzers."""

import random

from tests.azure_model.lives import MINUTE, Json, Life, Step, moment, text


def content_job(chance: random.Random, name: str, born: float) -> Life:
    """A job without any time of its last action, whose usage is said at its end.

    Its result has a status of its own, which is that of the analyzer.
    """
    pages = chance.randrange(1, 900)
    steps = []
    for at, word in _moments(chance, born):
        result: dict[str, Json] = {"createdAt": text(int(born)), "status": "ready", "contents": []}
        body: dict[str, Json] = {"id": name.rpartition("/")[2], "status": word, "result": result}
        if word == "Succeeded":
            body["usage"] = {"documentPagesStandard": pages}
        if word == "Failed":
            body["error"] = {"code": "InvalidRequest", "message": "The content cannot be read."}
        steps.append(Step(at, word, body))
    return Life(name, tuple(steps))


def _moments(chance: random.Random, born: float) -> list[tuple[float, str]]:
    started = moment(chance, born + 0.5, born + 2 * MINUTE)
    moments = [(born, "NotStarted"), (started, "Running")]
    if chance.random() < 0.15:
        return moments
    ended = moment(chance, started + 1, started + 14 * MINUTE)
    word = chance.choice(("Succeeded", "Succeeded", "Failed", "Canceled"))
    return [*moments, (ended, word)]
