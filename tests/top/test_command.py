"""`top` as a user starts it: in a terminal, in a pipe, and whom it asks how."""

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from aiohttp import web
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from exporter.commands.parser import parsed
from exporter.telemetry.metrics import Telemetry
from exporter.top import client, exporter_of
from exporter.top.client import ExporterAnswer, RunningExporter, Unanswered
from exporter.top.operations_json import OperationsJson
from exporter.top.row_filter import RowFilter
from exporter.top.watch import LatestAnswer
from exporter.web.port.guard import Guard, Protection
from exporter.web.port.web_config import WebConfig, load_web
from exporter.web.server import listening
from tests.commands.test_cli import COMMAND, Ended, Running, run, run_process
from tests.support.local import served
from tests.web.port.test_guard import CA, MUTUAL, PASSWORD, SERVER, TLS, USERS, written

GOOD: Mapping[str, object] = {
    "operations": [
        {"resource": "r", "api": "avatar", "operation": "job-1", "state": "Running", "up": True},
        {
            "resource": "r", "api": "avatar", "operation": "job-2", "state": "Failed", "up": True,
            "troubles": [{"kind": "failed", "since": 1.0}],
        },
        {"resource": "s", "api": "qna_maker", "operation": "job-3", "state": None, "up": None},
    ],
    "problems": [],
    "resources": {"r": ["avatar"], "s": ["qna_maker"], "idle": ["document_translation"]},
}  # fmt: skip


def answering(answer: Callable[[], web.StreamResponse]) -> web.Application:
    """What says the same to whoever asks for operations."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return answer()

    app = web.Application()
    app.router.add_get("/api/v1/operations", handle)
    return app


def good() -> web.Response:
    return web.json_response(GOOD)


# Whom it asks, and how


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: web.Response(status=401), "HTTP 401; set a user with --user"),
        (lambda: web.Response(status=404), "HTTP 404; is this an azure-ai-exporter?"),
        (lambda: web.Response(status=302, headers={"Location": "/"}), "HTTP 302"),
        (lambda: web.Response(text="<html>"), "not a response of azure-ai-exporter"),
        (lambda: web.json_response({"operations": [{"resource": 1}]}), "Expected `str`"),
        (lambda: web.Response(body=bytes(5000)), "larger than"),
    ],
    ids=["401", "404", "redirect", "no JSON", "another shape", "too large"],
)
async def test_what_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], web.StreamResponse], said: str
) -> None:
    """Each is one line with the address and what is wrong."""
    monkeypatch.setattr(client, "_MOST_BYTES", 4000)
    async with served(answering(answer)) as url:
        with pytest.raises(Unanswered) as refused:
            await asyncio.to_thread(RunningExporter(urlsplit(url)).ask)
    text = str(refused.value)
    assert text.startswith(f"{url}: ")
    assert said in text
    assert text.isprintable()


async def test_the_wrong_scheme(tmp_path: Path) -> None:
    """A port with TLS, and one without: the other scheme is named."""
    async with guarded(tmp_path, TLS) as url:
        plain = urlsplit(url)._replace(scheme="http")
        with pytest.raises(Unanswered, match="if it uses TLS, write --url=https://"):
            await asyncio.to_thread(RunningExporter(plain).ask)
    async with served(answering(good)) as url:
        secure = urlsplit(url)._replace(scheme="https")
        with pytest.raises(Unanswered, match="does not use TLS; write --url=http://"):
            await asyncio.to_thread(RunningExporter(secure).ask)


def test_an_unknown_host() -> None:
    """One line, without the resolver's number."""
    with pytest.raises(Unanswered, match="unknown host; set the exporter's URL"):
        RunningExporter(urlsplit("http://h.invalid")).ask()


async def test_a_clock_that_differs() -> None:
    """Ages are told by the exporter's clock, where it says what time it has."""
    headers = {"Date": "Fri, 01 Jan 2100 00:00:00 GMT"}
    async with served(answering(lambda: web.json_response(GOOD, headers=headers))) as url:
        ahead = (await asyncio.to_thread(RunningExporter(urlsplit(url)).ask)).ahead
    assert ahead > 3e8
    async with served(answering(good)) as url:
        assert (await asyncio.to_thread(RunningExporter(urlsplit(url)).ask)).ahead == 0


@asynccontextmanager
async def guarded(folder: Path, text: str) -> AsyncIterator[str]:
    """The address of a port with this web configuration."""
    written(folder, SERVER)
    CA.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "stranger.pem"))
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "marked").write_text(f"{PASSWORD}\r\n", "utf-8-sig")
    (folder / "wrong").write_text("nonsense")
    SERVER.private_key_and_cert_chain_pem.write_to_path(str(folder / "alice.pem"))
    key = load_pem_private_key(SERVER.private_key_pem.bytes(), None)
    encryption = BestAvailableEncryption(b"secret")
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    (folder / "secret.key").write_bytes(encrypted)
    path = folder / "web.yaml"
    path.write_text(text)
    config = load_web(path) if text else WebConfig()
    guard = Guard(Protection(path, config, False), Telemetry())
    async with listening(guard.protect(answering(good)), "127.0.0.1", 0, guard) as address:
        yield f"{guard.scheme}://{address}"


@pytest.mark.parametrize(
    ("text", "flags", "said"),
    [
        (USERS, "", "HTTP 401"),
        (USERS, "--user=alice --password-file=password", ""),
        (USERS, "--user=alice --password-file=marked", ""),
        (USERS, "--user=alice --password-file=wrong", "HTTP 401"),
        (USERS, "--user=alice --password-file=gone", "No such file"),
        (TLS, "", "certificate verify failed"),
        (TLS, "--ca-file=ca.pem", ""),
        (TLS, "--ca-file=stranger.pem", "certificate verify failed"),
        (TLS, "--ca-file=gone", "No such file"),
        (TLS, "--ca-file=password", "--ca-file password: has no certificate (PEM)"),
        (TLS, "--insecure", ""),
        (MUTUAL, "--ca-file=ca.pem", "requires a client certificate; set one with --cert-file"),
        (MUTUAL, "--ca-file=ca.pem --cert-file=alice.pem", ""),
        (MUTUAL, "--ca-file=ca.pem --cert-file=server.pem --key-file=server.key", ""),
        (MUTUAL, "--ca-file=ca.pem --cert-file=gone", "--cert-file gone: No such file"),
        (MUTUAL, "--insecure --cert-file=server.pem --key-file=gone", "--key-file gone: No such"),
        (MUTUAL, "--insecure --cert-file=ca.pem --key-file=server.key", "does not match its key"),
        (MUTUAL, "--insecure --cert-file=ca.pem", "--cert-file ca.pem: has no certificate and"),
        (MUTUAL, "--insecure --cert-file=server.pem --key-file=ca.pem", "or ca.pem is not a key"),
        (MUTUAL, "--insecure --cert-file=server.pem --key-file=secret.key", "has a password; must"),
        (TLS + USERS, "--ca-file=ca.pem --user=alice --password-file=password", ""),
    ],
)
async def test_users_and_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, flags: str, said: str
) -> None:
    """What the web configuration asks for can be given; what is wrong is told in one line."""
    monkeypatch.chdir(tmp_path)
    async with guarded(tmp_path, text) as url:
        exporter = exporter_of(parsed(["top", f"--url={url}", *flags.split()]))
        if not said:
            assert len((await asyncio.to_thread(exporter.ask)).body.operations) == 3
            return
        with pytest.raises(Unanswered, match=re.escape(said)) as refused:
            await asyncio.to_thread(exporter.ask)
    assert str(refused.value).isprintable()
    assert PASSWORD not in str(refused.value)


async def test_all_flags_of_a_user(tmp_path: Path) -> None:
    """The command itself: a certificate of its own, a password, and the exporter's authority."""
    async with guarded(tmp_path, MUTUAL + USERS) as url:
        known = ("--ca-file=ca.pem", "--cert-file=alice.pem", "--user=alice")
        words = ("top", "--once", f"--url={url}", *known)
        ended = await asyncio.to_thread(run_process, tmp_path, *words, "--password-file=password")
        refused = await asyncio.to_thread(run_process, tmp_path, *words, "--password-file=wrong")
    assert (ended.code, ended.err) == (0, "")
    assert "job-2" in ended.out
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"azure-ai-exporter: {url}: HTTP 401")
    assert refused.err.count("\n") == 1


@pytest.mark.parametrize(
    ("after", "come", "said"),
    [
        (0, None, "http://h · sorted by trouble · q quits"),
        (69, None, "http://h · sorted by trouble · q quits"),
        (71, None, "no answer since TIME, for 71s; retrying · q quits · http://h"),
        (5, Unanswered("refused"), "no answer since TIME, for 5s; retrying · q quits · refused"),
        (5, ExporterAnswer(OperationsJson([])), "http://h · sorted by trouble · q quits"),
    ],
)
def test_whether_it_is_of_now(
    after: float, come: ExporterAnswer | Unanswered | None, said: str
) -> None:
    """What is asked once a minute may be a minute old, and a little more."""
    seen = LatestAnswer("http://h", 1e9, 60.0)
    if come:
        seen.take(come, 1e9 + after)
    text = seen.foot(RowFilter(), 1e9 + after).plain
    assert re.sub(r"\d\d:\d\d:\d\d", "TIME", text) == said


# In a pipe


async def printed(*words: str, env: Mapping[str, str] | None = None) -> Ended:
    """What it prints of three operations; 200 columns are set by `run`."""
    async with served(answering(good)) as url:
        words = ("top", f"--url={url}", *words)
        return await asyncio.to_thread(run_process, Path.cwd(), *words, env=env)


async def test_in_a_pipe_it_prints_once() -> None:
    """Without colours or bars that move, the troubled first, and exit 0."""
    ended = await printed()
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    first, titles, *lines = ended.out.splitlines()
    assert first == "3 operations · 1 Failed · 1 Running · 1 not polled yet"
    assert titles.split() == ["state", "operation", "resource", "api"]
    assert [line.split()[:2] for line in lines] == [
        ["Failed", "job-2"], ["Running", "job-1"], ["not", "polled"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--resource=r",), ["job-2", "job-1"]),
        (("--resource=r", "--resource=s", "--sort=operation"), ["job-1", "job-2", "job-3"]),
        (("--sort=-operation",), ["job-3", "job-2", "job-1"]),
        (("--api=qna_maker",), ["job-3"]),
        (("--state=running", "--state=FAILED"), ["job-2", "job-1"]),
        (("--state=Succeeded",), []),
        (("--state=not polled yet",), ["job-3"]),
        (("--resource=idle",), []),
        (("--api=document_translation",), []),
    ],
)
async def test_what_is_wanted(words: tuple[str, ...], names: list[str]) -> None:
    """Filters and order, as the flags say; a filter may be given again."""
    ended = await printed("--once", *words)
    assert re.findall(r"job-\d", ended.out) == names


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--resource=nope", "--resource: the exporter has no 'nope'; it has idle, r, s\n"),
        ("--resource=Idel", "it has idle, r, s; did you mean idle?\n"),
        ("--api=avatars", "--api: the exporter has no 'avatars'; it has avatar, document_transl"),
    ],
)
async def test_what_the_exporter_has_not(words: str, said: str) -> None:
    """Exit 2, the usage of `top` and what the exporter has: an empty table would be a lie."""
    ended = await printed("--once", "--resource=r", words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: azure-ai-exporter top ")
    assert "azure-ai-exporter top: error: " in ended.err
    assert said in ended.err


async def test_an_exporter_that_does_not_tell_its_resources() -> None:
    """An older one is asked all the same."""
    old = {"operations": GOOD["operations"]}
    async with served(answering(lambda: web.json_response(old))) as url:
        words = ("top", f"--url={url}", "--resource=nope")
        ended = await asyncio.to_thread(run_process, Path.cwd(), *words)
    assert (ended.code, ended.err) == (0, "")


async def test_an_ascii_terminal() -> None:
    """What cannot be written is replaced, and nothing breaks."""
    env = {"PYTHONIOENCODING": "ascii", "COLUMNS": "30"}
    ended = await printed(env=env)
    assert (ended.code, ended.err) == (0, "")
    assert "Failed" in ended.out


def test_nobody_answers(tmp_path: Path) -> None:
    """Exit 1 and one line."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        reason = "connection refused; is it running? Set its URL with --url"
        line = f"azure-ai-exporter: {url}: {reason}\n"
        assert run(tmp_path, "top", "--once", f"--url={url}") == (1, "", line)


def test_without_the_extra(tmp_path: Path) -> None:
    """Exit 1, and one line that says what to install."""
    program = (
        "import sys; sys.modules['rich'] = None\n"
        "from exporter.commands.cli import main\n"
        "main(['top'])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    line = "azure-ai-exporter: top needs rich: pip install 'azure-ai-exporter[top]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


# In a terminal


class Terminal:
    """A terminal with a program in it."""

    def __init__(self, *words: str, width: int = 120, height: int = 24) -> None:
        self._outer, inner = pty.openpty()
        self.resize(width, height)
        sized = {"COLUMNS", "LINES"}
        env = {name: value for name, value in os.environ.items() if name not in sized}
        self.process = subprocess.Popen(
            [*COMMAND, *words],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=env | {"TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(inner)
        self._read_so_far = b""

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._outer, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def press(self, key: bytes) -> None:
        os.write(self._outer, key)

    @property
    def all(self) -> str:
        """All that was written to it."""
        return self._read_so_far.decode(errors="ignore")  # the last character may be half of one

    @property
    def screen(self) -> list[str]:
        """The lines of the latest picture that is whole, without those that are empty."""
        *_, picture, _ = ["", *self.all.split("\x1b[H")]
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", picture)
        return [line.rstrip() for line in plain.splitlines() if line.strip()]

    def until(self, seen: Callable[[list[str]], bool], seconds: float = 20) -> list[str]:
        """The first picture of which it is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._read() and seen(self.screen):
                return self.screen
        raise AssertionError(self.screen)

    def shows(self, text: str) -> list[str]:
        return self.until(lambda lines: text in "\n".join(lines))

    def left(self) -> int:
        """Its exit code, when it has ended."""
        code = self.process.wait(timeout=5)
        while self._read():
            pass
        return code

    def ended(self) -> int:
        """Its exit code, and that it left the terminal as it was."""
        code = self.left()
        assert self.all.count("\x1b[?1049h") == 1
        assert self.all.endswith("\x1b[?25h\x1b[?1049l"), "the cursor is back, and what was there"
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._outer)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._outer], [], [], 0.1)
        if not ready:
            return False
        try:
            self._read_so_far += os.read(self._outer, 65536)
        except OSError:  # the program has closed it
            return False
        return True


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals that do not outlive the test."""
    opened: list[Terminal] = []

    def opens(*words: str, width: int = 120, height: int = 24) -> Terminal:
        opened.append(Terminal(*words, width=width, height=height))
        return opened[-1]

    yield opens
    for each in opened:
        each.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    """Starts a demo at an address; it does not outlive the test."""
    started: list[Running] = []

    def starts(address: str) -> Running:
        started.append(Running(tmp_path, "demo", f"--web.listen-address={address}"))
        return started[-1]

    yield starts
    for each in started:
        each.process.kill()
        each.process.wait()


@pytest.mark.e2e
def test_a_demo_in_a_terminal(
    demo: Callable[[str], Running], terminal: Callable[..., Terminal]
) -> None:
    """It moves, fits when the terminal changes, and outlives the exporter until q is pressed."""
    exporter = demo("127.0.0.1:0")
    address = exporter.address
    top = terminal("top", f"--url=http://{address}", "--interval=0.5s", width=160)
    lines = top.until(lambda lines: "more" in "".join(lines[-2:]))
    assert "operations ·" in lines[0]
    assert len(lines) == 24
    assert max(len(line) for line in lines) <= 160
    assert "q quits" in lines[-1]
    top.until(lambda later: set(lines) - set(later) != set())

    top.resize(80, 10)
    narrow = top.until(lambda lines: len(lines) == 10 and max(map(len, lines)) <= 80)
    assert not any("created" in line for line in narrow)
    top.resize(160, 40)
    top.until(lambda lines: len(lines) > 24)

    exporter.end()
    gone = top.shows("no answer since")
    assert "connection refused; is it running?" in gone[-1]
    assert any("Running" in line for line in gone), "the last table stays"
    demo(address)
    top.until(lambda lines: bool(lines) and lines[-1].endswith("q quits") and "no" not in lines[-1])

    top.press(b"q")
    assert top.ended() == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_before_anybody_answers(terminal: Callable[..., Terminal], by: signal.Signals) -> None:
    """It says that nobody does, goes on trying, and a signal ends it with exit 0."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        top = terminal("top", f"--url=http://127.0.0.1:{silent.getsockname()[1]}")
        top.shows("connection refused; is it running?")
        top.process.send_signal(by)
        assert top.ended() == 0


async def test_a_terminal_for_what_the_exporter_has_not(
    terminal: Callable[..., Terminal],
) -> None:
    """The first answer ends it, with the same exit code as in a pipe."""
    async with served(answering(good)) as url:
        top = terminal("top", f"--url={url}", "--resource=nope")
        assert await asyncio.to_thread(top.left) == 2
    _, after = top.all.split("\x1b[?25h\x1b[?1049l")
    assert "top: error: --resource: the exporter has no 'nope'; it has idle, r, s" in after


def test_a_key_is_heard_while_nothing_is_answered(terminal: Callable[..., Terminal]) -> None:
    """An exporter that takes a connection and stays silent does not hold up the keyboard."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        top = terminal("top", f"--url=http://127.0.0.1:{silent.getsockname()[1]}")
        top.shows("q quits")
        top.press(b"x")
        top.press(b"Q")
        assert top.ended() == 0
