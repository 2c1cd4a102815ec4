"""The routes of the pages that people look at. Thin: what is shown is decided elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from exporter.model.operation import OperationKey
from exporter.web.status import rendering
from exporter.web.status.detail import back_to, detail
from exporter.web.status.documents import VALUES
from exporter.web.status.overview import known_values, overview
from exporter.web.status.query import read
from exporter.web.status.rendering import STATIC, page, wants_page
from exporter.web.status.running_config import Running
from exporter.web.status.sources import Sources

_NAMES = ("resource", "api", "operation")
_FIELDS = 10  # of a form, more than it has
_ASKED = {
    "now": "A look was asked for. It waits for its turn in the budget of the resource; this page "
    "shows it when it is done.",
    "later": "A look was asked for. Azure asked to be left alone for a while: it follows then.",
    "running": "It is being looked at now, waits for its turn already, or needs no further look.",
}
_MISSING = "No such operation is watched. One that was found leaves some time after its end."
_ELSEWHERE = "Another shard may follow it."
_DISABLED = "not enabled; start with --web.enable-lifecycle"


@dataclass(frozen=True)
class StatusPages:
    """`/` and the pages that it leads to."""

    sources: Sources
    running: Running = field(default_factory=Running)

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes."""
        rendering.prepare()
        return [
            web.get("/", self._overview),
            web.get("/operation", self._operation),
            web.get("/config", self._config),
            web.get("/static/{name}", _static),
            web.post("/-/poll", self._poll),
        ]

    async def _overview(self, request: web.Request) -> web.Response:
        values = known_values(self.sources)
        query, notices = read(request.query, values)
        view = await overview(self.sources, query)
        if query.page > view.part.pages:
            notices += (f"There is no page {query.page}: this is the last.",)
        return await page("status.html", view=view, values=values, notices=notices)

    async def _operation(self, request: web.Request) -> web.Response:
        key = _key({name: request.query.get(name, "") for name in _NAMES})
        if key not in self.sources.store:
            text = _MISSING if self.sources.shard.total == 1 else f"{_MISSING} {_ELSEWHERE}"
            return await page("message.html", status=404, title="Not found", text=text)
        said = {name: value for name, value in request.query.items() if name not in _NAMES}
        asked = _ASKED.get(said.pop("asked", ""))
        query, notices = read(said, VALUES)
        view = await detail(self.sources, self.sources.store[key], query)
        if query.page > view.part.pages:
            notices += (f"There is no page {query.page}: this is the last.",)
        return await page(
            "operation.html",
            view=view,
            key=key._asdict(),
            values=VALUES,
            notices=notices,
            asked=asked or "",
            disabled=_DISABLED,
        )

    async def _config(self, request: web.Request) -> web.Response:
        text = await self.running.text(self.sources.config())
        if wants_page(request):
            return await page("config.html", text=text)
        return web.Response(text=text, headers={"Vary": "Accept"})

    async def _poll(self, request: web.Request) -> web.Response:
        """Let one operation be looked at now, by the task that follows it."""
        if not self.sources.lifecycle:
            return web.Response(text=f"{_DISABLED}\n", status=403)
        if _from_elsewhere(request):
            return web.Response(text="refused: another site asks for it\n", status=403)
        body = (await request.read()).decode(errors="replace")
        try:
            form = dict(parse_qsl(body, max_num_fields=_FIELDS))
        except ValueError:
            return web.Response(text=f"name one operation: {', '.join(_NAMES)}\n", status=400)
        key = _key({name: form.get(name, "") for name in _NAMES})
        if key not in self.sources.store:
            return web.Response(text="no such operation is watched\n", status=404)
        wait = self.sources.poller.poll_now(key)
        said = "running" if wait is None else "later" if wait else "now"
        there = back_to(self.sources.store[key], said)
        return web.Response(status=303, headers={"Location": there})


def _key(said: dict[str, str]) -> OperationKey:
    return OperationKey(said["resource"], said["api"], said["operation"])


def _from_elsewhere(request: web.Request) -> bool:
    """Whether a page of another site sent its visitor here; a program says nothing of the kind.

    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.host


async def _static(request: web.Request) -> web.Response:
    static = STATIC.get(request.match_info["name"])
    if static is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "max-age=31536000, immutable"}
    if request.query.get("v") != static.tag:
        headers = {"Cache-Control": "no-cache"}
    return web.Response(body=static.body, content_type=static.content_type, headers=headers)
