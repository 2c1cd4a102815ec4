"""What /metrics must show once Azure rests: the truth, compared with a scrape."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tests.azure_model.lives import Json, Life
from tests.azure_model.oracle import CHARGED, Oracle, shown_states, state
from tests.azure_model.world import Owner, World
from tests.support.local import Samples, values

_SLACK = 60.0  # seconds around the moment at which retention ends
_COUNTS = {
    "NotStarted": "notYetStarted",
    "Running": "inProgress",
    "Succeeded": "success",
    "Failed": "failed",
    "Cancelled": "cancelled",
}


def differences(world: World, oracle: Oracle, samples: Samples, now: float) -> Iterator[str]:
    """One sentence for each."""
    shown = shown_states(samples)
    owners = world.owners
    operations = {key[:2]: word for key, word in shown.items() if not key[2]}
    for owner in operations.keys() - owners.keys():
        yield f"{' '.join(owner)} is shown, and never was"
    for owner, lives in owners.items():
        life, word = lives[-1], operations.get(owner)
        name = " ".join(owner)
        if word is None:
            if _must_be_there(world, owner, life, now):
                yield f"{name} is {state(life.last.word)}, and is not shown"
            continue
        if not _may_be_there(world, owner, life, now):
            yield f"{name} is gone, and is shown as {word}"
        elif word != state(life.last.word):
            yield f"{name} is {state(life.last.word)}, and is shown as {word}"
        elif life.deleted > now:
            yield from _details(owner, life, samples)
    yield from _charges(world, oracle, owners, samples, now)


def _named(world: World, owner: Owner) -> bool:
    return owner[1] in {id_.lower() for id_ in world.named.get(owner[0], ())}


def _ages(life: Life, now: float) -> tuple[float, float] | None:
    """Since when it has ended, as its stamps have it at least and at most; None: not told."""
    ends = [step.stamp for step in life.steps if step.finished and step.stamp is not None]
    return (now - max(ends), now - min(ends)) if ends else None


def _must_be_there(world: World, owner: Owner, life: Life, now: float) -> bool:
    if _named(world, owner):
        return True
    if life.deleted <= now:
        return False
    if not life.last.finished:
        return True
    ages = _ages(life, now)
    kept = ages is not None and ages[1] < world.retention - _SLACK
    return kept and not _is_cut(world, owner)


def _may_be_there(world: World, owner: Owner, life: Life, now: float) -> bool:
    if _named(world, owner):
        return True
    if life.deleted <= now:
        return life.last.finished
    ages = _ages(life, now)
    return ages is None or ages[0] < world.retention + _SLACK


def _is_cut(world: World, owner: Owner) -> bool:
    return owner[0] == "document_translation" and world.max_operations < len(world.batches)


def _details(owner: Owner, life: Life, samples: Samples) -> Iterator[str]:
    """Everything else that is shown of an operation that exists."""
    api, operation = owner
    name = " ".join(owner)
    if _of(samples, "azure_ai_operation_up", owner) != 1:
        yield f"{name} can be read, and is not up"
    if api == "document_translation":
        summary = life.last.body["summary"]
        if not isinstance(summary, dict):
            raise TypeError("a batch has a summary")
        yield from _summary(owner, summary, samples)
        yield from _documents(name, operation, life, samples)
    if api == "openai_batch":
        yield from _requests(owner, life.last.body["request_counts"], samples)
    if api == "document_intelligence":
        yield from _document_job(owner, life.last.body, samples)
    if api == "content_understanding":
        yield from _pages(owner, life.last.body, samples)
    if life.last.charged:
        family = "azure_ai_operation_characters_charged"
        charged = _of(samples, family, owner)
        if charged != life.last.charged:
            yield f"{name} was charged {life.last.charged}, and {charged} are shown"


def _of(samples: Samples, family: str, owner: Owner, **labels: str) -> float | None:
    """The value of one series of an operation."""
    own = {"resource": "r0", "api": owner[0], "operation": owner[1], **labels}
    return samples.get((family, frozenset(own.items())))


def _summary(owner: Owner, summary: dict[str, Json], samples: Samples) -> Iterator[str]:
    family, name = "azure_ai_operation_documents", " ".join(owner)
    for word, key in _COUNTS.items():
        count = _of(samples, family, owner, state=word)
        if count != summary[key]:
            yield f"{name} has {summary[key]} {word} documents, and {count} are shown"
    total = _of(samples, f"{family}_submitted", owner)
    if total != summary["total"]:
        yield f"{name} has {summary['total']} documents, and {total} are shown"


def _requests(owner: Owner, counts: Json, samples: Samples) -> Iterator[str]:
    if not isinstance(counts, dict):
        raise TypeError("a batch of Azure OpenAI has counts")
    family, name = "azure_ai_operation_requests", " ".join(owner)
    shown = (
        _of(samples, family, owner, state="Succeeded"),
        _of(samples, family, owner, state="Failed"),
        _of(samples, f"{family}_submitted", owner),
    )
    if shown != (counts["completed"], counts["failed"], counts["total"]):
        yield f"{name} has requests {counts}, and {shown} are shown"


def _document_job(owner: Owner, body: Mapping[str, Json], samples: Samples) -> Iterator[str]:
    """The error and the documents, which only the answer for itself tells."""
    name, result = " ".join(owner), body.get("result")
    labels = {"code": "InvalidRequest", "inner_code": "TrainingContentMissing", "target": ""}
    has_error = _of(samples, "azure_ai_operation_error_info", owner, **labels) == 1
    if has_error != ("error" in body):
        yield f"{name} has {body.get('error')}, and an error is shown: {has_error}"
    details = result["details"] if isinstance(result, dict) else None
    documents = details if isinstance(details, list) else []
    words = Counter(str(each["status"]) for each in documents if isinstance(each, dict))
    for word in ("succeeded", "failed", "skipped"):
        count = _of(samples, "azure_ai_operation_documents", owner, state=word.capitalize())
        if (count or 0) != words[word]:
            yield f"{name} has {words[word]} {word} documents, and {count} are shown"


def _pages(owner: Owner, body: Mapping[str, Json], samples: Samples) -> Iterator[str]:
    usage = body.get("usage")
    true = usage["documentPagesStandard"] if isinstance(usage, dict) else None
    pages = _of(samples, "azure_ai_operation_pages", owner, kind="standard")
    if pages != true:
        yield f"{' '.join(owner)} has {true} pages, and {pages} are shown"


def _documents(name: str, operation: str, life: Life, samples: Samples) -> Iterator[str]:
    shown = {
        document: word
        for (_, owner, document), word in shown_states(samples).items()
        if owner == operation and document
    }
    true = {part.id: part.last.word for part in life.parts}
    for id_ in sorted(shown.keys() | true.keys()):
        if shown.get(id_) != true.get(id_):
            yield f"{name}: document {id_} is {true.get(id_)}, and is shown as {shown.get(id_)}"


def _charges(
    world: World,
    oracle: Oracle,
    owners: Mapping[Owner, Sequence[Life]],
    samples: Samples,
    now: float,
) -> Iterator[str]:
    """The counters have at least the charges of existing operations.

    Of deleted operations they have at least the reported charges.
    """
    counted = values(samples, CHARGED, resource="r0")
    for api in counted:
        least = sum(
            life.last.charged if life.deleted > now else oracle.kept.get((*owner, life.born), 0)
            for owner, lives in owners.items()
            for life in lives
            if owner[0] == api and not _is_cut(world, owner)
        )
        if counted[api] < least:
            yield f"{counted[api]:.0f} characters charged for {api}, {least} were"
