"""What Azure has at a path, as it was at some moment: one thing, or all of a list. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.azure_model.document_jobs import in_list
from tests.azure_model.lives import Json, Life, Step, living
from tests.azure_model.world import World


class Said(NamedTuple):
    """A state that an answer tells, of an operation or of one of its documents."""

    api: str
    operation: str
    document: str
    life: Life
    step: Step


class Item(NamedTuple):
    """One thing in an answer; a translation without iterations tells no state."""

    id: str
    body: dict[str, Json]
    said: Said | None


Speak = Callable[[Life, float], Item]


def one(world: World, parts: Sequence[str], when: float) -> Item | None:
    """The thing at a path; None if there is none."""
    match parts:
        case ["videotranslation", "translations", id_, "iterations", part]:
            tour = alive(world.translations, id_, when)
            return _find(tour.parts, part, _iteration(tour), when) if tour else None
        case ["documentintelligence", "operations", id_]:
            return _find(world.builds, id_, _job("document_intelligence"), when)
        case [*list_, id_] if tuple(list_) in _LISTS:
            lives, speak = _LISTS[tuple(list_)]
            return _find(lives(world), id_.lower(), speak, when)
    api, operation = _named(parts)
    return _find(world.operations[api], operation, _job(api), when)


def _named(parts: Sequence[str]) -> tuple[str, str]:
    """The API and the operation at a path that no list leads to."""
    match parts:
        case ["qnamaker", _, "operations", id_]:
            return "qna_maker", id_
        case ["language", _, "query-knowledgebases", "projects", project, route, "jobs", id_]:
            return "question_answering", f"{project}/{route}/{id_}"
        case ["contentunderstanding", "analyzerResults", id_]:
            return "content_understanding", f"analyzerResults/{id_}"
        case ["contentunderstanding", "analyzers", name, "operations", id_]:
            return "content_understanding", f"analyzers/{name}/{id_}"
        case [service, "operations", id_]:
            return _OPERATIONS[service], id_
    raise ValueError(f"the exporter should not ask for {parts}")


def all_of(
    world: World, parts: Sequence[str], query: Mapping[str, str], when: float
) -> list[Item] | None:
    """All things of the list at a path; None if nothing has such a list."""
    match parts:
        case ["translator", "document", "batches", id_, "documents"]:
            batch = alive(world.batches, id_.lower(), when)
            return _all(batch.parts, _document(batch), query, when) if batch else None
        case ["videotranslation", "translations", id_, "iterations"]:
            tour = alive(world.translations, id_, when)
            return _all(tour.parts, _iteration(tour), query, when) if tour else None
        case ["documentintelligence", "operations"]:
            return _all(world.builds, _brief(_job("document_intelligence")), query, when)
        case _ if tuple(parts) == ANALYSES:
            return _all(world.analyses, _brief(_analysis), query, when)
        case _ if tuple(parts) in _LISTS:
            lives, speak = _LISTS[tuple(parts)]
            return _all(lives(world), speak, query, when)
    raise ValueError(f"the exporter should not ask for {parts}")


def alive(lives: Iterable[Life], id_: str, when: float) -> Life | None:
    """The life that an id has at a moment."""
    return next((life for life in lives if life.id == id_ and life.at(when)), None)


def _find(lives: Iterable[Life], id_: str, speak: Speak, when: float) -> Item | None:
    life = alive(lives, id_, when)
    return speak(life, when) if life else None


def _all(lives: Iterable[Life], speak: Speak, query: Mapping[str, str], when: float) -> list[Item]:
    ids, states = query.get("ids"), query.get("statuses")
    items = [speak(life, when) for life in living(lives, when)]
    return [
        item
        for item in items
        if (ids is None or item.id in ids.lower().split(","))
        and (states is None or item.body["status"] in states.split(","))
    ]


def _item(life: Life, when: float, api: str, operation: str, document: str = "") -> Item:
    step = life.at(when)
    if step is None:
        raise ValueError(f"{life.id} does not exist at this moment")
    return Item(life.id, dict(step.body), Said(api, operation, document, life, step))


def _batch(life: Life, when: float) -> Item:
    return _item(life, when, "document_translation", life.id)


def _document(batch: Life) -> Speak:
    return lambda life, when: _item(life, when, "document_translation", batch.id, life.id)


def _synthesis(life: Life, when: float) -> Item:
    return _item(life, when, "avatar", f"batchsyntheses/{life.id}")


def _job(api: str) -> Speak:
    return lambda life, when: _item(life, when, api, life.id)


def _analysis(life: Life, when: float) -> Item:
    id_ = f"{'/'.join(ANALYSES[1:])}/{life.id}"
    return _item(life, when, "document_intelligence", id_)


def _brief(speak: Speak) -> Speak:
    """As a list of Document Intelligence tells it."""

    def brief(life: Life, when: float) -> Item:
        item = speak(life, when)
        return item._replace(body=in_list(item.body))

    return brief


def _iteration(tour: Life) -> Speak:
    return lambda life, when: _item(life, when, "video_translation", f"{tour.id}/{life.id}")


def _translation(life: Life, when: float) -> Item:
    """A translation in its list, with id and state of the latest iteration."""
    runs = living(life.parts, when)
    body = dict(life.last.body)
    if not runs:
        return Item(life.id, body, None)
    latest = _iteration(life)(runs[0], when)
    body["latestIteration"] = {"id": latest.id, "status": latest.body["status"]}
    return Item(life.id, body, latest.said)


def _training(life: Life, when: float) -> Item:
    return _item(life, when, "language", f"authoring/analyze-text/Claims/train/{life.id}")


def _project(life: Life, _: float) -> Item:
    return Item(life.id, {"projectName": life.id}, None)


_AUTHORING = ("language", "authoring")
_CLAIMS = Life("Claims", (Step(0.0, ""),))
ANALYSES = ("documentintelligence", "documentModels", "forms", "analyzeBatchResults")
_OPERATIONS = {"avatar": "avatar", "videotranslation": "video_translation"}
_LISTS: Mapping[tuple[str, ...], tuple[Callable[[World], Iterable[Life]], Speak]] = {
    ("translator", "document", "batches"): (lambda world: world.batches, _batch),
    ("avatar", "batchsyntheses"): (lambda world: world.syntheses, _synthesis),
    ("texttospeech", "batchsyntheses"): (lambda world: world.speeches, _job("speech_synthesis")),
    ("openai", "batches"): (lambda world: world.openai_batches, _job("openai_batch")),
    ("openai", "fine_tuning", "jobs"): (
        lambda world: world.fine_tunings,
        _job("openai_fine_tuning"),
    ),
    ("speechtotext", "transcriptions"): (
        lambda world: world.transcriptions,
        _job("speech_transcription"),
    ),
    (*_AUTHORING, "analyze-text", "projects"): (lambda _: (_CLAIMS,), _project),
    (*_AUTHORING, "analyze-conversations", "projects"): (lambda _: (), _project),
    (*_AUTHORING, "analyze-text", "projects", "Claims", "train", "jobs"): (
        lambda world: world.trainings,
        _training,
    ),
    ANALYSES: (lambda world: world.analyses, _analysis),
    ("videotranslation", "translations"): (lambda world: world.translations, _translation),
}
