"""The names of the port: which requests may change something, and where links lead back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from exporter.web.port.names import PortNames
from exporter.web.server import listening_on

EXTERNAL = "https://exporter.example/azure"


@asynccontextmanager
async def port(external_url: str | None) -> AsyncIterator[str]:
    """A port of a machine called `machine`, whose every page says how it would link back."""
    names = PortNames(urlsplit(external_url) if external_url else None, machine="Machine")

    async def link(request: web.Request) -> web.Response:
        return web.Response(text=names.address_of(request))

    application = web.Application(middlewares=[names.own_site])
    application.add_routes([web.route("*", "/", link)])
    async with listening_on(application, [("127.0.0.1", 0)]) as (address,):
        yield address


@pytest.mark.parametrize(
    ("host", "external_url", "own"),
    [
        ("127.0.0.1:PORT", None, True),
        ("127.0.0.1", None, True),
        ("localhost:9000", None, True),
        ("LocalHost", None, True),
        ("[::1]:9000", None, True),
        ("127.8.8.8:PORT", None, True),
        ("machine:PORT", None, True),
        ("MACHINE", None, True),
        ("machine", EXTERNAL, False),
        ("exporter.example", EXTERNAL, True),
        ("Exporter.Example:8443", EXTERNAL, True),
        ("exporter.example", None, False),
        ("evil.example", EXTERNAL, False),
        ("evil.example:PORT", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("localhost.evil.example", None, False),
        ("169.254.169.254", None, False),
        ("10.0.0.1:PORT", None, False),
        ("evil@127.0.0.1", None, True),
        ("[evil", None, False),
        ("", None, False),
    ],
)
async def test_hosts(host: str, external_url: str | None, own: bool) -> None:
    """A page of another host may read, but change nothing, and no link repeats it.

    Programs that are no browsers are not led here by a site: they may use any name.
    """
    async with port(external_url) as address, aiohttp.ClientSession() as session:
        host = host.replace("PORT", address.rpartition(":")[2])
        url, headers = f"http://{address}/", {"Host": host}
        async with session.get(url, headers=headers) as answer:
            other = "exporter.example" if external_url else address
            assert (answer.status, await answer.text()) == (200, host if own else other)
        async with session.post(url, headers=headers) as answer:
            assert answer.status == 200
        same = {**headers, "Sec-Fetch-Site": "same-origin"}
        for method in ("POST", "PUT", "DELETE"):
            async with session.request(method, url, headers=same) as answer:
                assert answer.status == (200 if own else 403)
        async with session.post(url, headers={**headers, "Origin": f"http://{host}"}) as answer:
            assert answer.status == (200 if own else 403)


@pytest.mark.parametrize(
    ("origin", "external_url", "status"),
    [
        ("http://HOST", None, 200),
        ("https://HOST", None, 200),
        ("ftp://HOST", None, 403),
        ("HOST", None, 403),
        ("//HOST", None, 403),
        ("x://http://HOST", None, 403),
        ("http://HOST/", None, 403),
        ("http://user@HOST", None, 403),
        ("http://localhost", None, 403),
        ("null", None, 403),
        ("", None, 403),
        ("http://[", None, 403),
        ("https://exporter.example", EXTERNAL, 200),
        ("http://exporter.example", EXTERNAL, 403),
        ("https://exporter.example", None, 403),
        ("https://evil.example", EXTERNAL, 403),
    ],
)
async def test_origins(origin: str, external_url: str | None, status: int) -> None:
    """A page may change something if it came from this port, by http or https."""
    async with port(external_url) as address, aiohttp.ClientSession() as session:
        headers = {"Origin": origin.replace("HOST", address)}
        async with session.post(f"http://{address}/", headers=headers) as answer:
            assert answer.status == status
            text = await answer.text()
        assert text == (
            address if status == 200 else ("rejected: the request comes from another site\n")
        )
