"""What comes over the wire: long headers, other names of gzip, and what is no HTTP."""

import gzip

import pytest

from exporter.apis.speech import SpeechStatus
from exporter.apis.video_translation import VideoStatus
from exporter.azure.answer import Answer
from exporter.azure.http import BODY_LIMIT, HEADER_LIMIT, HEADERS_LIMIT, Http
from exporter.errors import Failure
from tests.support.doctor import sending
from tests.support.local import clock

pytestmark = pytest.mark.jumping

GOOD = b'{"id": "a", "status": "Running"}'


def answer(*headers: bytes, body: bytes = GOOD, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


async def asked(data: bytes) -> Answer[SpeechStatus] | Failure:
    """The outcome of a request that is answered with these bytes."""
    async with sending(data) as address:
        http = Http(f"http://{address}", 10, None, None, clock)
        http.open()
        try:
            return await http.get("/", VideoStatus.read, {})
        finally:
            await http.close()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(answer(b"X-Proxy: " + b"x" * 8300), id="a header of 8.3 kB"),
        pytest.param(answer(b"Set-Cookie: " + b"x" * (HEADER_LIMIT - 100)), id="one of 32 KiB"),
        pytest.param(answer(*[b"X-Proxy: x"] * 500), id="500 headers"),
        pytest.param(answer(status=b"200 " + b"O" * 9000), id="a long reason"),
        pytest.param(answer(b"Content-Encoding: x-gzip", body=gzip.compress(GOOD)), id="x-gzip"),
        pytest.param(answer(b"Content-Encoding:  X-GZip ", body=gzip.compress(GOOD)), id="X-GZip"),
        pytest.param(answer(b"Content-Encoding: GZIP", body=gzip.compress(GOOD)), id="GZIP"),
    ],
)
async def test_an_answer_as_proxies_write_it(data: bytes) -> None:
    """It is read, as by browsers."""
    outcome = await asked(data)
    assert isinstance(outcome, Answer), outcome
    assert outcome.value.status == "Running"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (answer(b"X-Proxy: " + b"secret" * HEADER_LIMIT), "more than 512 headers, or one of more"),
        (answer(*[b"X-Proxy: x"] * (HEADERS_LIMIT + 1)), "more than 512 headers, or one of more"),
        (answer(status=b"200 " + b"O" * 70_000), "more than 512 headers, or one of more"),
        (b"SSH-2.0-secret\r\n\r\n", "Bad status line"),
        (answer(b"secret secret"), "Invalid header token"),
        (answer(b"Content-Length: 9"), "Duplicate Content-Length"),
        (answer()[:-9], "Not enough data"),
        (answer(b"Content-Encoding: gzip"), "Can not decode content-encoding: gzip"),
        (answer(b"Content-Encoding: x-gzip"), "incorrect header check"),
        (answer(b"Content-Encoding: x-gzip", body=gzip.compress(GOOD)[:-9]), "incomplete"),
    ],
    ids=range(10),
)
async def test_an_answer_that_cannot_be_read(data: bytes, reason: str) -> None:
    """The reason says what it is: nobody answered 400, and nothing of the answer is repeated."""
    outcome = await asked(data)
    assert isinstance(outcome, Failure)
    assert outcome.status == "connection"
    assert outcome.reason.startswith("the response cannot be read: ")
    assert reason in outcome.reason
    assert "400" not in outcome.reason
    assert "secret" not in outcome.reason


@pytest.mark.parametrize("size", [BODY_LIMIT - 100, BODY_LIMIT + 100])
@pytest.mark.parametrize("text", ["", "x"], ids=["padded", "filled"])
async def test_what_is_unpacked_is_bounded(text: str, size: int) -> None:
    """Of a small body that unpacks to a large one the state is read, as of any long one."""
    rest = b', "text": "%b"}' % (b"x" * (size - 50)) if text else b" " * (size - 50) + b"}"
    body = gzip.compress(GOOD[:-1] + rest, 1)
    outcome = await asked(answer(b"Content-Encoding: x-gzip", body=body))
    assert isinstance(outcome, Answer), outcome
    assert outcome.value.status == "Running"
