"""Responses that are read into one buffer for all connections."""

import asyncio
import os
import random
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from exporter.azure.answer import Answer
from exporter.azure.http import Http
from exporter.azure.transport import Tls
from exporter.buffered import BufferedSocket
from tests.support.local import clock, served
from tests.support.secure import Authority, served_tls

_SIZES = [0, 1, 16_384, 16_385, 262_144, 262_145, 1_000_000]
BODIES = {
    f"/{number}": os.urandom(size).hex()[:size].encode() for number, size in enumerate(_SIZES * 3)
}


async def _body(request: web.Request) -> web.Response:
    return web.Response(body=BODIES[request.path])


@asynccontextmanager
async def azure(folder: Path, *, encrypted: bool) -> AsyncIterator[Http]:
    """A client of a server with these bodies."""
    app = web.Application()
    app.router.add_get("/{number}", _body)
    authority = Authority(folder)
    tls = Tls.model_validate({"ca_file": authority.ca_file}) if encrypted else None
    async with served_tls(app, authority.server()) if encrypted else served(app) as address:
        http = Http(address, 10, tls, None, clock)
        http.open()
        try:
            yield http
        finally:
            await http.close()


async def _asked(http: Http, path: str) -> bytes:
    outcome = await http.get(path, bytes, {})
    assert isinstance(outcome, Answer), outcome
    return outcome.value


@pytest.mark.parametrize("encrypted", [False, True])
async def test_responses_at_the_same_time(tmp_path: Path, *, encrypted: bool) -> None:
    """Each is whole, in any order and of any size, and none has bytes of another."""
    paths = list(BODIES) * 2
    random.Random(1).shuffle(paths)
    async with azure(tmp_path, encrypted=encrypted) as http:
        answers = await asyncio.gather(*(_asked(http, path) for path in paths))
    pairs = zip(paths, answers, strict=True)
    assert [path for path, body in pairs if body != BODIES[path]] == []


async def test_tls_names_its_protocol(tmp_path: Path) -> None:
    """A server that speaks HTTP/2 as well learns that this client does not."""
    authority, chosen = Authority(tmp_path), []
    context = authority.server()
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def note(request: web.Request) -> web.Response:
        chosen.append(request.get_extra_info("ssl_object").selected_alpn_protocol())
        return web.Response(body=b"{}")

    app = web.Application()
    app.router.add_get("/", note)
    tls = Tls.model_validate({"ca_file": authority.ca_file})
    async with served_tls(app, context) as address:
        http = Http(address, 10, tls, None, clock)
        http.open()
        try:
            await _asked(http, "/")
        finally:
            await http.close()
    assert chosen == ["http/1.1"]


def _peak(receiver: socket.socket, sender: socket.socket) -> int:
    """Bytes that were allocated at most while a small response was read."""
    sender.send(bytes(100))
    tracemalloc.start()
    try:
        assert receiver.recv(256 * 1024) == bytes(100)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_small_response_takes_little_memory() -> None:
    """As much as it has bytes, not as much as could be read."""
    left, right = socket.socketpair()
    with BufferedSocket(left.family, left.type, left.proto, left.detach()) as receiver, right:
        assert _peak(receiver, right) < 10_000
