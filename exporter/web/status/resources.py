"""Resources and their health: whether the key is accepted, and how much of the budget is used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.azure.client import Client, Exchange
from exporter.errors import NoAnswer, Unauthorised
from exporter.web.status.formatting import When, span, when
from exporter.web.status.sources import Sources


@dataclass(frozen=True, slots=True)
class LastError:
    """The latest request of a resource that failed."""

    when: When | None
    api: str
    reason: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """What a line about a resource shows.

    Attributes:
        health: `fine`, `bad` or `none`, for its colour.
        word, why: the same in words.
        used, allowed: requests of the last minute, and how many there may be.
        throttled: until when Azure wants no request; None where it wants some.
        error: the latest, also where all has been fine since.
    """

    name: str
    endpoint: str
    operations: int
    troubles: int
    health: str
    word: str
    why: str
    used: int
    allowed: float
    throttled: When | None
    error: LastError | None


def resource_rows(
    sources: Sources, operations: dict[str, int], troubles: dict[str, int], now: float
) -> Iterator[ResourceRow]:
    """All of the configuration, in its order; how many operations each has stands beside."""
    clients = sources.clients()
    for resource in sources.config().resources:
        client = clients[resource.name]
        lately = sources.activity[resource.name]
        asked = [lately.latest[api] for api, _ in resource.sections() if api in lately.latest]
        health, word, why = _health(client, asked)
        wait = client.budget.paused_for
        yield ResourceRow(
            name=resource.name,
            endpoint=resource.endpoint,
            operations=operations.get(resource.name, 0),
            troubles=troubles.get(resource.name, 0),
            health=health,
            word=word,
            why=why,
            used=lately.requests(now),
            allowed=client.budget.requests_per_second * 60,
            throttled=when(now + wait, now) if wait else None,
            error=_error(lately.failed, now),
        )


def _health(client: Client, asked: Sequence[Exchange]) -> tuple[str, str, str]:
    """The worst of what its APIs have said last: fine where `azure_ai_resource_up` is 1 for all."""
    refused = client.breaker.refusal
    if refused:
        again = span(client.breaker.remaining_pause)
        return "bad", "paused", f"{refused.reason}; one request tries again in {again}"
    for kind, word in ((Unauthorised, "refused"), (NoAnswer, "no answer")):
        for each in asked:
            if isinstance(each.failure, kind):
                return "bad", word, f"{each.key.api}: {each.failure.reason}"
    return ("fine", "authorised", "") if asked else ("none", "not asked yet", "")


def _error(failed: Exchange | None, now: float) -> LastError | None:
    if failed is None or failed.failure is None:
        return None
    details = failed.failure.details
    return LastError(
        when=when(failed.at, now),
        api=failed.key.api,
        reason=failed.failure.reason,
        request_id=details.request_id,
    )
