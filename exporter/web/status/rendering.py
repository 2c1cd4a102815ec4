"""Renders templates to pages, in slices, with the headers that all pages have."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from aiohttp import web

from exporter import __version__
from exporter.files import threads
from exporter.web.port.names import link_prefix
from exporter.web.status import elements
from exporter.web.status.formatting import amount
from exporter.web.status.query import labelled, sorted_by, write
from exporter.web.status.sorting import slices

if TYPE_CHECKING:
    from jinja2 import Template

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


@cache
def _templates() -> Mapping[str, "Template"]:
    """The compiled templates by name. With Jinja they take 4 MB, so they wait for a first page."""
    from jinja2 import DictLoader, Environment, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=DictLoader(
            {file.name: file.read_text("utf-8") for file in _FOLDER.joinpath("templates").iterdir()}
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {
        "sorted_by": sorted_by,
        "static_url": static_url,
        "version": __version__,
        "write": write,
        "labelled": labelled,
    }
    environment.filters |= {
        "amount": amount,
        "bar": elements.bar,
        "code": elements.code,
        "grouped": lambda number: f"{number:,}",
        "kinds": elements.kinds,
        "number": elements.number,
        "state": elements.state,
        "time": elements.time,
    }
    return {name: environment.get_template(name) for name in environment.list_templates()}


async def page(
    request: web.Request, template: str, *, status: int = 200, **context: object
) -> web.Response:
    """A page for a browser; all its links are below the prefix of the port's links."""
    if not _templates.cache_info().currsize:  # it would block the event loop
        await threads.run(_templates)
    text = io.StringIO()
    async for pieces in slices(
        _templates()[template].generate(prefix=link_prefix(request), **context)
    ):
        text.writelines(pieces)
    body = text.getvalue().encode(errors="replace")  # an address may hold a lone surrogate
    return web.Response(
        status=status, body=body, content_type="text/html", charset="utf-8", headers=HEADERS
    )


def wants_page(request: web.Request) -> bool:
    """Whether the client is a browser; other programs do not accept HTML."""
    return "text/html" in request.headers.get("Accept", "")
