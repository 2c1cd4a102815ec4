"""Renders templates to pages, in slices, with the headers that all pages have."""

import io
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from aiohttp import web
from jinja2 import DictLoader, Environment, StrictUndefined

from exporter import __version__
from exporter.web.status import elements
from exporter.web.status.query import sorted_by, write
from exporter.web.status.sorting import slices

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
_ENVIRONMENT.filters |= {
    "bar": elements.bar,
    "grouped": lambda number: f"{number:,}",
    "kinds": elements.kinds,
    "number": elements.number,
    "state": elements.state,
    "time": elements.time,
}


def prepare() -> None:
    """Compile the templates now, because it would block the event loop later."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


async def page(template: str, *, status: int = 200, **context: object) -> web.Response:
    """A page for a browser."""
    text = io.StringIO()
    async for pieces in slices(_ENVIRONMENT.get_template(template).generate(**context)):
        text.writelines(pieces)
    body = text.getvalue().encode(errors="replace")  # an address may hold a lone surrogate
    return web.Response(
        status=status, body=body, content_type="text/html", charset="utf-8", headers=HEADERS
    )


def wants_page(request: web.Request) -> bool:
    """Whether the client is a browser; other programs do not accept HTML."""
    return "text/html" in request.headers.get("Accept", "")
