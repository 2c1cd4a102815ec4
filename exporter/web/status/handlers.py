"""The routes of the pages for people. Other modules make the contents of the pages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from exporter.web.named_key import named_key
from exporter.web.port.names import link_prefix
from exporter.web.status.detail import detail, url_after_poll
from exporter.web.status.documents import VALUES
from exporter.web.status.overview import overview, parameter_values
from exporter.web.status.query import read
from exporter.web.status.rendering import STATIC, page, wants_page
from exporter.web.status.running_config import RunningConfig
from exporter.web.status.sources import Sources

_FIELD_LIMIT = 10  # more fields than the form has
_POLL_OUTCOMES = {
    "now": "A poll was requested. It waits for the request budget of the resource; "
    "this page shows its result.",
    "later": "A poll was requested. It follows as soon as Azure allows requests again.",
    "running": "It is being polled, is already queued, or needs no further poll.",
}
_MISSING = (
    "This operation is not watched. Discovered operations are dropped some time after their end."
)
_OTHER_SHARD = "Another shard may watch it."
_DISABLED = "not enabled; start with --web.enable-lifecycle"


@dataclass(frozen=True)
class StatusPages:
    """`/` and the pages that it links to."""

    sources: Sources
    running_config: RunningConfig = field(default_factory=RunningConfig)

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes."""
        return [
            web.get("/", self._overview),
            web.get("/operation", self._operation),
            web.get("/config", self._config),
            web.get("/static/{name}", _static),
            web.post("/-/poll", self._poll),
        ]

    async def _overview(self, request: web.Request) -> web.Response:
        values = parameter_values(self.sources)
        query, notices = read(request.query, values)
        view = await overview(self.sources, query)
        if query.page > view.part.pages:
            notices += (f"Page {query.page} does not exist; this is the last page.",)
        return await page(request, "status.html", view=view, values=values, notices=notices)

    async def _operation(self, request: web.Request) -> web.Response:
        try:
            key = named_key(request.query)
        except ValueError as error:
            return web.Response(text=f"{error}\n", status=400)
        if key not in self.sources.store:
            text = _MISSING if self.sources.shard.total == 1 else f"{_MISSING} {_OTHER_SHARD}"
            return await page(request, "message.html", status=404, title="Not found", text=text)
        parameters = {
            name: value for name, value in request.query.items() if name not in key._fields
        }
        poll_notice = _POLL_OUTCOMES.get(parameters.pop("asked", ""))
        query, notices = read(parameters, VALUES)
        view = await detail(self.sources, self.sources.store[key], query)
        if query.page > view.part.pages:
            notices += (f"Page {query.page} does not exist; this is the last page.",)
        return await page(
            request,
            "operation.html",
            view=view,
            key=key._asdict(),
            values=VALUES,
            notices=notices,
            poll_notice=poll_notice or "",
            disabled=_DISABLED,
        )

    async def _config(self, request: web.Request) -> web.Response:
        text = await self.running_config.text(self.sources.config())
        if wants_page(request):
            return await page(request, "config.html", text=text)
        return web.Response(text=text, headers={"Vary": "Accept"})

    async def _poll(self, request: web.Request) -> web.Response:
        """Have one operation polled now, by its own task."""
        if not self.sources.lifecycle:
            return web.Response(text=f"{_DISABLED}\n", status=403)
        body = (await request.read()).decode(errors="replace")
        try:
            key = named_key(dict(parse_qsl(body, max_num_fields=_FIELD_LIMIT)))
        except ValueError as error:
            return web.Response(text=f"{error}\n", status=400)
        if key not in self.sources.store:
            return web.Response(text="the operation is not watched\n", status=404)
        wait = self.sources.poller.poll_now(key)
        if wait is None:
            self.sources.clients()[key.resource].budget.hasten(key)
        outcome = "running" if wait is None else "later" if wait else "now"
        location = link_prefix(request) + url_after_poll(self.sources.store[key], outcome)
        return web.Response(status=303, headers={"Location": location})


async def _static(request: web.Request) -> web.Response:
    static = STATIC.get(request.match_info["name"])
    if static is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "max-age=31536000, immutable"}
    if request.query.get("v") != static.tag:
        headers = {"Cache-Control": "no-cache"}
    return web.Response(body=static.body, content_type=static.content_type, headers=headers)
