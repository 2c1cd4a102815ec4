"""`/probe`: polls one operation now, in the same way as its own task does.

A request names a resource of the configuration, never a host.
https://prometheus.io/docs/guides/multi-target-exporter/
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite

from aiohttp import web
from msgspec.structs import replace

from exporter.config.sections import PlannedOperation
from exporter.exposition.families import PROBE_FAMILIES, SNAPSHOT_FAMILIES
from exporter.exposition.negotiation import Format, choose_format
from exporter.exposition.render import header, lines, scope_labels
from exporter.model.snapshot import Snapshot
from exporter.polling.once import OncePoller
from exporter.web.named_key import named_key

_MOST_SECONDS = 120.0  # for a poll; also if the scraper sends no timeout
_MARGIN = 0.5  # seconds of the scraper's timeout that are kept for the answer


@dataclass(frozen=True)
class Probe:
    """Polls on demand.

    Args:
        find: returns the plan of an operation by resource, api and id; ValueError has the reason.
        limited: returns a snapshot without the documents above the limits.
    """

    once: OncePoller
    find: Callable[[str, str, str], PlannedOperation]
    limited: Callable[[Snapshot], Snapshot]

    def routes(self) -> Iterable[web.RouteDef]:
        """The route."""
        return [web.get("/probe", self._probe)]

    async def _probe(self, request: web.Request) -> web.Response:
        try:
            planned = self.find(*named_key(request.query))
        except ValueError as error:
            return web.Response(text=f"{error}\n", status=400)
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(_timeout(request)):
                snapshot = (await self.once.poll(planned, now=True)).snapshot
        except TimeoutError:
            snapshot = replace(self.once.last(planned), up=False)
        return _answer(request, self.limited(snapshot), loop.time() - started)


def _timeout(request: web.Request) -> float:
    """Seconds for the poll, from the scraper's own timeout."""
    try:
        timeout = float(request.headers.get("X-Prometheus-Scrape-Timeout-Seconds", _MOST_SECONDS))
    except ValueError:
        return _MOST_SECONDS
    return min(max(timeout - _MARGIN, 0.1), _MOST_SECONDS) if isfinite(timeout) else _MOST_SECONDS


def _answer(request: web.Request, snapshot: Snapshot, seconds: float) -> web.Response:
    choice = choose_format(",".join(request.headers.getall("Accept", [])))
    body = b""
    for family in SNAPSHOT_FAMILIES:
        labels = scope_labels(family.scope, snapshot.watch.key)
        if samples := lines(family, snapshot, labels):
            body += header(family) + samples
    for family, value in zip(PROBE_FAMILIES, (int(snapshot.up is True), seconds), strict=True):
        body += header(family) + f"{family.name} {value}\n".encode()
    if choice.format is Format.OPENMETRICS:
        body += b"# EOF\n"
    return web.Response(body=body, headers={"Content-Type": choice.content_type})
