"""Resources and their health: whether Azure accepts the key, and the used part of the budget."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from exporter.azure.client import Client
from exporter.azure.exchange import Exchange
from exporter.errors import NoAnswer, Unauthorised
from exporter.telemetry.activity import RecentRequests
from exporter.web.status.advice import FILE_UNREADABLE, NO_ANSWER, PAUSED, REFUSED
from exporter.web.status.charts import requests_chart, requests_words
from exporter.web.status.formatting import When, span, when
from exporter.web.status.sources import Sources

SHORT_WAIT = 1.0  # seconds; requests wait so long for a moment's budget, which is not shown


@dataclass(frozen=True, slots=True)
class LastError:
    """The latest failed request of a resource.

    Attributes:
        over: a later request to the same API was answered well.
    """

    when: When | None
    over: bool
    api: str
    status: str
    reason: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource, as a row of the table.

    Attributes:
        health: `fine`, `bad` or `none`, for its colour.
        word, reason: the health in words.
        since: since when the key is refused or there is no answer.
        used, allowed: requests of the last minute, and the limit of the budget.
        waiting: requests that wait for the budget; 0 if none has waited for a second.
        longest_wait: the time that one of them has waited.
        minutes: requests and failures of the hour before `at` (Unix seconds), by minute.
        throttled: until when Azure allows no request; None if it allows them.
        error: the latest error, also if later requests succeeded.
    """

    name: str
    endpoint: str
    operations: int
    troubles: int
    health: str
    word: str
    reason: str
    since: When | None
    used: int
    allowed: float
    waiting: int
    longest_wait: str
    minutes: Mapping[int, tuple[int, int]]
    at: float
    throttled: When | None
    error: LastError | None

    @property
    def chart(self) -> Markup:
        """The requests of the last hour as a picture; the JSON needs none."""
        return requests_chart(self.minutes, self.at)

    @property
    def last_hour(self) -> str:
        """The requests of the last hour in words."""
        return requests_words(self.minutes)


def resource_rows(
    sources: Sources, operations: dict[str, int], troubles: dict[str, int], now: float
) -> Iterator[ResourceRow]:
    """A row for each resource, in the order of the configuration.

    `operations` and `troubles` are numbers of operations by the name of their resource.
    """
    clients = sources.clients()
    absent = {key: watcher.absent for key, watcher in sources.lists.items() if watcher.absent}
    for resource in sources.config().resources:
        client = clients[resource.name]
        recent = sources.activity[resource.name]
        apis = [api for api, _ in resource.sections()]
        here = [api for api in apis if (resource.name, api) not in absent]
        exchanges = [recent.latest[api] for api in here if api in recent.latest]
        found = _health(client, exchanges)
        if not here and not client.breaker.open:
            found = "none", "no API found", absent[resource.name, apis[0]]
        health, word, reason = _with_fault(client.credential.fault, *found)
        wait = client.budget.paused_for
        longest_wait = client.budget.longest_wait
        yield ResourceRow(
            name=resource.name,
            endpoint=resource.endpoint,
            operations=operations.get(resource.name, 0),
            troubles=troubles.get(resource.name, 0),
            health=health,
            word=word,
            reason=reason,
            since=_since(recent.down_since, here, now) if health == "bad" else None,
            used=recent.requests(now),
            allowed=client.budget.requests_per_second * 60,
            waiting=client.budget.waiting if longest_wait >= SHORT_WAIT else 0,
            longest_wait=span(longest_wait),
            minutes=recent.minutes(now),
            at=now,
            throttled=when(now + wait, now) if wait else None,
            error=_error(recent, now) if _is_here(recent.failed, here) else None,
        )


def _health(client: Client, exchanges: Sequence[Exchange]) -> tuple[str, str, str]:
    """The worst of the latest requests to its APIs, as health, word and reason.

    It is `fine` if `azure_ai_resource_up` is 1 for all of them.
    """
    refusal = client.breaker.refusal
    if refusal:
        pause = span(client.breaker.remaining_pause)
        return "bad", PAUSED, f"{refusal.reason}; one request retries in {pause}"
    for kind, word in ((Unauthorised, REFUSED), (NoAnswer, NO_ANSWER)):
        for exchange in exchanges:
            if isinstance(exchange.failure, kind):
                return "bad", word, f"{exchange.key.api}: {exchange.failure.reason}"
    return ("fine", "authorised", "") if exchanges else ("none", "not polled yet", "")


def _with_fault(fault: str, health: str, word: str, reason: str) -> tuple[str, str, str]:
    """The health with the fault of the credential's files; Azure may still accept the old key."""
    if not fault or fault in reason:
        return health, word, reason
    if health != "bad":
        health, word = "bad", FILE_UNREADABLE
    return health, word, "; ".join(filter(None, (reason, fault)))


def _is_here(failed: Exchange | None, here: Sequence[str]) -> bool:
    """Whether a failed request is of an API that the resource serves."""
    return failed is not None and failed.key.api in here


def _since(down_since: Mapping[str, float], here: Sequence[str], now: float) -> When | None:
    times = [down_since[api] for api in here if api in down_since]
    return when(min(times), now) if times else None


def _error(recent: RecentRequests, now: float) -> LastError | None:
    failed = recent.failed
    if failed is None or failed.failure is None:
        return None
    details = failed.failure.details
    return LastError(
        when=when(failed.at, now),
        over=recent.latest[failed.key.api].failure is None,
        api=failed.key.api,
        status=_status(failed.failure.status),
        reason=failed.failure.reason,
        request_id=details.request_id,
    )


def _status(status: str) -> str:
    return f"HTTP {status}" if status.isdigit() else status
