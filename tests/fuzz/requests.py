"""Requests that no scraper sends, over raw sockets to the port of a real exporter."""

import asyncio
import contextlib
import random
import re
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from exporter.simulator.server import Simulator
from exporter.simulator.show.demo import demo_scenario
from exporter.web.server import listening
from tests.fuzz import mutation
from tests.fuzz.finding import LONGEST, Findings

KEY = "a-key-that-is-never-shown"
_START = 1_800_000_000.0  # Unix seconds
_CLIENTS = 4  # at once
_METHODS = [
    *(*["GET"] * 20, *["HEAD", "POST"] * 3, "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"),
    *("", "G\0T", "PRI", "X" * 300),
]
_VERSIONS = [
    *(*["HTTP/1.1"] * 40, *["HTTP/1.0"] * 4, "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "", "http/1.1"),
]
_HEADERS: dict[str, Sequence[str]] = {
    "Accept": (
        "*/*",
        "text/html,*/*;q=0.8",
        "application/openmetrics-text; version=1.0.0;q=0.5,*/*;q=0.1",
        ",;q=,",
        "",
    ),
    "Accept-Encoding": (
        "gzip",
        "identity",
        "gzip;q=0",
        "*;q=0.0001",
        "br, x;q=2",
        ";;;",
        "gzip" * 99,
    ),
    "Authorization": ("Basic AAAA", "Basic =", "Bearer x", "Basic " + "A" * 4000),
    "Content-Length": ("0", "5", "-1", "1e3", "99999999999999999999", "0x10", "5, 5"),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "identity", "chunked, chunked"),
    "X-Prometheus-Scrape-Timeout-Seconds": ("10", "-1", "nan", "inf", "1e400", "0.1", "x"),
    "Connection": ("close", "keep-alive", "upgrade", "close, keep-alive"),
    "Upgrade": ("websocket", "h2c"),
    "Expect": ("100-continue", "200-ok"),
    "Range": ("bytes=0-1", "bytes=-"),
    "Cookie": ("a=b", "=", "a" * 4000),
    "Host": ("localhost", "", "a b", "[::1", "x" * 300),
    "If-None-Match": ("*",),
    "X-Forwarded-For": ("127.0.0.1",),
}
_PATHS = [
    *(*["/metrics", "/probe"] * 4, "/", "/config", "/sd", "/-/healthy", "/-/ready", "/-/reload"),
    *("/operation", "/-/poll", "/static/status.js", "/static/..%2f..%2f__init__.py"),
    *("/api/v1/operations", "/api/v1/operations/fuzzed/video_translation/a", "/nowhere", "*"),
    *("/api/v1/operations/%ff/%00/%2e%2e", "//", "/../../etc/passwd", "http://169.254.169.254/"),
    *("/%", "/" + "a" * 9000, "/?" + "a=b&" * 2000, "/\x01", "/\u20ac", ""),
]
_NAMES = ["resource", "api", "operation"]
_KNOWN = ["fuzzed", "video_translation", "AnnualReport-en-US-to-es-ES/First"]
_VALUES = [
    *(*_KNOWN, "document_translation", "727bf148-f327-47a0-9481-abae6362f11e", "a/b", "", "%00"),
    *("%ff%fe", "a" * 3000, "..%2f..", "{}", "%F0%9F%98%80", "a%0d%0ab"),
]

# Whatever a head lacks, this ends; and whoever reads it as a request closes the connection.
_LAST = b"\r\n\r\nGET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_FIRST_PAGE = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@asynccontextmanager
async def exporting() -> AsyncIterator[tuple[Process, str, Path]]:
    """A real exporter beside a simulator, its address, and the file of what it logs."""
    scenario = demo_scenario(_START)
    simulator = Simulator(scenario, key=KEY, clock=lambda: _START + 60, cache=False)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        async with listening(simulator.app(), "127.0.0.1", 0) as azure:
            program = await _started(_configured(Path(folder), f"http://{azure}"), log)
            try:
                yield program, await _listened(program, log), log
            finally:
                with contextlib.suppress(ProcessLookupError):
                    program.terminate()
                await program.wait()


def _configured(folder: Path, endpoint: str) -> Path:
    file = folder / "config.yaml"
    resource = {
        "name": "fuzzed",
        "endpoint": endpoint,
        "auth": {"key": KEY},
        "poll": {"requests_per_second": 1000},
        "document_translation": {"discover": True},
        "video_translation": {"discover": True},
    }
    file.write_text(yaml.safe_dump({"resources": [resource]}))
    return file


async def _started(config: Path, log: Path) -> Process:
    command = "-m", "exporter", "run", f"--config.file={config}", "--web.enable-lifecycle"
    with log.open("w") as stderr:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *command, "--web.listen-address=127.0.0.1:0"), stderr=stderr
        )


def _address(log: Path) -> str:
    found = re.search(r"msg=started address=\"?([^\s\"]+)", log.read_text())
    return found[1] if found else ""


async def _listened(program: Process, log: Path) -> str:
    while program.returncode is None:
        if address := _address(log):
            return address
        await asyncio.sleep(0.05)
    raise RuntimeError("the exporter has ended")


async def try_requests(count: int, seed: int = 0) -> Findings:
    """So many, from several clients at once."""
    findings = Findings("requests")
    async with exporting() as (program, address, log):
        host, _, port = address.rpartition(":")
        await _answer(_FIRST_PAGE, (host, int(port)))  # it takes longer: its templates are compiled
        chances = [random.Random(f"requests/{seed}/{client}") for client in range(_CLIENTS)]
        async with asyncio.TaskGroup() as group:
            for number, chance in enumerate(chances):
                share = count // _CLIENTS + (number < count % _CLIENTS)
                group.create_task(_client(findings, chance, share, (host, int(port))))
        if program.returncode is not None:
            findings.failed("the exporter has ended", log.read_text()[-500:])
        said = log.read_text()
        for sign in ("Traceback", "bug of the exporter", "level=error", KEY):
            if sign in said:
                findings.failed(f"its log holds {sign!r}", said[max(0, said.index(sign) - 300) :])
    return findings


async def _client(
    findings: Findings, chance: random.Random, count: int, address: tuple[str, int]
) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(count):
        given = request(chance)
        begun = loop.time()
        answer = await _answer(given, address)
        seconds = loop.time() - begun
        findings.tried += 1
        findings.slowest = max(findings.slowest, seconds)
        if seconds > LONGEST and not _waits_for_body(given, answer):
            findings.failed(f"no end of the answer within {LONGEST:g} s", (given, answer[:200]))
        status = answer.removeprefix(_CONTINUE).split(b" ", 2)[1:2]
        findings.outcomes[status[0].decode(errors="replace") if status else "cut off"] += 1
        if status and status[0] == b"500":
            findings.failed("HTTP 500", given)
        if answer and not answer.startswith(b"HTTP/"):
            findings.failed("an answer that is not HTTP", (given, answer[:200]))
        if KEY.encode() in answer:
            findings.failed("an answer shows the key", given)


async def _answer(given: bytes, address: tuple[str, int]) -> bytes:
    """The first answer, whole, or what came until the connection was closed."""
    answer = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(2 * LONGEST):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(given if _headed(given) else given + _LAST)
                while not _whole(given, answer) and (chunk := await reader.read(1 << 16)):
                    answer += chunk
            finally:
                writer.transport.abort()
    return answer


def _waits_for_body(given: bytes, answer: bytes) -> bool:
    """Whether the port may wait for the rest of a body: it does so for ten seconds."""
    return (
        not answer and re.search(rb"(?i)\n(transfer-encoding|content-length):", given) is not None
    )


def _headed(given: bytes) -> bool:
    """Whether there is an end; that of HTTP/2's preface comes later."""
    return b"\r\n\r\n" in given and not given.lstrip().startswith(b"PRI")


def _whole(given: bytes, answer: bytes) -> bool:
    head, end, body = answer.removeprefix(_CONTINUE).partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    bodiless = given.lstrip().startswith(b"HEAD")
    return bool(end) and (bodiless or length is None or len(body) >= int(length[1]))


def request(chance: random.Random) -> bytes:
    """Nearly a request."""
    path = chance.choice(_PATHS)
    if chance.random() < 0.5:
        names = chance.choices((*_NAMES, "x", ""), k=chance.randrange(5))
        path += "?" + "&".join(f"{name}={chance.choice(_VALUES)}" for name in names)
    elif path == "/probe":
        path += "?" + "&".join(map("=".join, zip(_NAMES, _KNOWN, strict=True)))
    if chance.random() < 0.1:
        path = mutation.text(path, chance)
    headers = ["Host: localhost"] if chance.random() < 0.95 else []
    for name in chance.choices(list(_HEADERS), k=chance.choice((0, 0, 1, 2, 5))):
        value = chance.choice(_HEADERS[name])
        headers.append(
            f"{name}: {mutation.text(value, chance) if chance.random() < 0.2 else value}"
        )
    line = f"{chance.choice(_METHODS)} {path} {chance.choice(_VERSIONS)}"
    whole = "\r\n".join((line, *headers, "", "")).encode(errors="surrogatepass")
    return mutation.raw(whole, chance) if chance.random() < 0.15 else whole
