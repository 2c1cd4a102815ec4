"""Renders templates to pages, in slices, with the headers that all pages have."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from time import perf_counter

from aiohttp import web
from jinja2 import DictLoader, Environment, StrictUndefined

from exporter import __version__
from exporter.web.status.formatting import tone
from exporter.web.status.query import sorted_by, write

_SLICE_SECONDS = 0.004  # of rendering, before other tasks of the event loop may run
_FOLDER = files("exporter.web.status")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers would not send the origin of a form.
    "Referrer-Policy": "same-origin",
    "Vary": "Accept",
}


@dataclass(frozen=True)
class Static:
    """A static file that the pages use."""

    content_type: str
    body: bytes

    @property
    def tag(self) -> str:
        """A hash of the body."""
        return sha256(self.body).hexdigest()[:12]


STATIC = {
    name: Static(content_type, _FOLDER.joinpath("static", name).read_bytes())
    for name, content_type in {
        "style.css": "text/css",
        "status.js": "text/javascript",
        "icon.svg": "image/svg+xml",
    }.items()
}


def static_url(name: str) -> str:
    """The address of a static file; it changes with the file."""
    return f"/static/{name}?v={STATIC[name].tag}"


_ENVIRONMENT = Environment(
    loader=DictLoader(
        {file.name: file.read_text("utf-8") for file in _FOLDER.joinpath("templates").iterdir()}
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_ENVIRONMENT.globals |= {
    "sorted_by": sorted_by,
    "static_url": static_url,
    "version": __version__,
    "write": write,
}
_ENVIRONMENT.filters |= {"grouped": lambda number: f"{number:,}", "tone": tone}


def prepare() -> None:
    """Compile the templates now, because it would block the event loop later."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


async def page(template: str, *, status: int = 200, **context: object) -> web.Response:
    """A page for a browser."""
    pieces: list[str] = []
    started = perf_counter()
    for piece in _ENVIRONMENT.get_template(template).generate(**context):
        pieces.append(piece)
        if perf_counter() - started > _SLICE_SECONDS:
            await asyncio.sleep(0)
            started = perf_counter()
    body = "".join(pieces).encode(errors="replace")  # an address may hold a lone surrogate
    return web.Response(
        status=status, body=body, content_type="text/html", charset="utf-8", headers=HEADERS
    )


def wants_page(request: web.Request) -> bool:
    """Whether the client is a browser; other programs do not accept HTML."""
    return "text/html" in request.headers.get("Accept", "")
