"""Bodies over the limit: the state is read from the head, within little memory."""

import asyncio
import gzip
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from aiohttp import web
from multidict import CIMultiDict

from exporter.apis.document_translation.document_status import DocumentPage
from exporter.apis.speech import JobStatus
from exporter.apis.speech_to_text import WORDS, ValuesPage
from exporter.azure.answer import Answer, read
from exporter.azure.http import BODY_LIMIT, Http
from exporter.errors import Failure, Gone, Throttled, Unauthorised, Unavailable
from tests.support.local import served

MEGABYTE = 1_000_000


class Status(JobStatus):
    words = WORDS


def cut(head: str | bytes, status: int = 200) -> Answer[Status] | Failure:
    """What is made of the head of a body over the limit."""
    body = head if isinstance(head, bytes) else head.encode()
    return read(status, CIMultiDict(), body, Status.read, 0.0, limit=BODY_LIMIT)


@pytest.mark.parametrize(
    "head",
    [
        '{"status": "Succeeded", "result": {"contents": [{"words": [1, 2',
        '{"status": "Succeeded", "result": {"contents": [{"words": ["a',
        '{"status": "Succeeded", "properties": {"durationMilliseconds": 1',
        '{"status": "Succeeded", "createdDateTime": 180',
        '{"status": "Succeeded", "createdDateTime": "2026-',
        '{"status": "Succeeded", "createdDa',
        '{"status": "Succeeded", "createdDateTime":',
        '{"status": "Succeeded",',
        '{"status": "Succeeded"',
        '{"status": "Succeeded"     ',
        '\ufeff{"status": "Succeeded", "text": "\\ud83d cut',
        b'{"status": "Succeeded", "text": "\xc3',
    ],
    ids=range(12),
)
def test_fields_that_are_whole_are_read(head: str | bytes) -> None:
    """The state counts; what was cut is as if it had not been said, also a number in the middle."""
    outcome = cut(head)
    assert isinstance(outcome, Answer), outcome
    assert outcome.value.status == "Succeeded"
    assert outcome.value.created is None
    assert outcome.value.operation().amounts == {}


@pytest.mark.parametrize(
    "head",
    [
        '{"result": {"status": "Succeeded", "contents": [',
        '{"status": "Succ',
        '{"status": 7, "result": [',
        '{"status": "Succeeded", "result":' + "[" * 1000,
        '[{"status": "Succeeded"}',
        "<html>",
        "",
    ],
    ids=range(7),
)
def test_without_a_state_it_is_a_failure(head: str) -> None:
    """The reason is the size of the body."""
    outcome = cut(head)
    assert isinstance(outcome, Failure)
    assert (outcome.status, outcome.reason) == ("unreadable", "the body is larger than 16 MiB")


@pytest.mark.parametrize(
    ("shape", "key"), [(ValuesPage[Status], "values"), (DocumentPage, "value")], ids=range(2)
)
def test_no_page_of_a_list_is_read_in_part(
    shape: type[ValuesPage[Status] | DocumentPage], key: str
) -> None:
    """Its items would seem to be all."""
    item = '{"id": "a", "status": "Running", "to": "de"}'
    head = f'{{"{key}": [{item}], "more": 1, "text": "'.encode()
    outcome = read(200, CIMultiDict(), head, shape.read, 0.0, limit=BODY_LIMIT)
    assert isinstance(outcome, Failure)
    assert outcome.reason == "the body is larger than 16 MiB"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorised), (404, Gone), (429, Throttled), (503, Unavailable)]
)
def test_a_refusal_over_the_limit_is_the_same_refusal(status: int, kind: type[Failure]) -> None:
    """Its size changes neither its class nor its code."""
    outcome = cut(
        '{"error": {"code": "Busy", "message": "Wait"}, "id": 1, "trace": "', status=status
    )
    assert isinstance(outcome, kind)
    assert outcome.details.code == "Busy"


@cache
def result_of_40_mb() -> bytes:
    """A succeeded Content Understanding result, with its pages before its usage."""
    word = {"content": "a", "span": {"offset": 1, "length": 1}, "source": "D(1,0.1,2.2,3.3,4.4)"}
    page = json.dumps({"pageNumber": 1, "words": [word] * 1000}, indent=1)
    pages = ",".join([page] * (40 * MEGABYTE // len(page) + 1))
    body = (
        '{"id": "947bdec6-1a91-4655-904b-a155a5eda264", "status": "Succeeded", "result": '
        f'{{"contents": [{{"pages": [{pages}]}}]}}, "usage": {{"documentPagesBasic": 200}}}}'
    ).encode()
    assert len(body) > 40 * MEGABYTE
    return body


async def long_result(request: web.Request) -> web.Response:
    """The result as it is asked for: with its length or in chunks, packed or not."""
    body, headers = result_of_40_mb(), {"Content-Type": "application/json"}
    coding = request.query.get("coding", "")
    if coding:
        body, headers["Content-Encoding"] = gzip.compress(body, 1), coding
    response = web.Response(body=body, headers=headers)
    if "chunked" in request.query:
        response.enable_chunked_encoding()
    return response


async def short_status(_request: web.Request) -> web.Response:
    return web.json_response({"status": "Running"})


@pytest.fixture
async def endpoint() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/long", long_result)
    app.router.add_get("/short", short_status)
    async with served(app) as address:
        yield address


@pytest.mark.e2e
@pytest.mark.parametrize("query", ["", "chunked=1", "coding=gzip", "coding=x-gzip&chunked=1"])
async def test_a_result_of_40_mb_takes_little_memory(endpoint: str, query: str) -> None:
    """It is read as Succeeded within 32 MB of additional memory, by a process of its own."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, endpoint, f"/long?{query}", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await program.communicate()
    state, additional = json.loads(out)
    assert state == "Succeeded"
    assert additional < 32 * MEGABYTE


async def test_the_rest_is_not_read() -> None:
    """After the head the connection is closed, so that the server stops."""
    sent = 0

    async def slow_result(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        response.content_length = len(result_of_40_mb())
        await response.prepare(request)
        for start in range(0, response.content_length, MEGABYTE):
            await response.write(result_of_40_mb()[start : start + MEGABYTE])
            sent += 1
        return response

    app = web.Application()
    app.router.add_get("/long", slow_result)
    app.router.add_get("/short", short_status)
    async with served(app) as address, opened(address) as http:
        assert isinstance(await http.get("/long", Status.read, {}), Answer)
        assert isinstance(await http.get("/short", Status.read, {}), Answer)
        assert sent < 20, "megabytes: what the buffers of the system take"


@asynccontextmanager
async def opened(endpoint: str) -> AsyncIterator[Http]:
    http = Http(endpoint, 30, None, None, time.time)
    http.open()
    try:
        yield http
    finally:
        await http.close()


def _memory(name: str) -> int:
    """Bytes that this process has (`VmRSS`), or had at most since the last reset (`VmHWM`)."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


async def _measured(endpoint: str, path: str) -> tuple[str, int]:
    """The state that is read at this path, and the additional memory at most."""
    async with opened(endpoint) as http:
        await http.get("/short", Status.read, {})
        before = _memory("VmRSS")
        _reset_peak()
        outcome = await http.get(path, Status.read, {})
        most = _memory("VmHWM")
    assert isinstance(outcome, Answer), outcome
    return outcome.value.operation().state, most - before


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measured(*sys.argv[1:]))))
