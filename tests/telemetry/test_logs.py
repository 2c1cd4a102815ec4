"""The log: one line when something changes, none for each poll, never a key."""

import json
import re
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from multidict import CIMultiDict

from exporter.apis.speech import SpeechStatus
from exporter.azure.answer import read
from exporter.errors import Details, Failure, Gone, NoAnswer
from exporter.model.operation import Fault, Operation, OperationKey, State
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from exporter.redaction.own_secrets import own_secrets
from exporter.telemetry import logs
from tests.support.observations import state_of

KEY = OperationKey("res", "avatar", "one")
STATE = "operation state"
BROKEN = "operation cannot be read"
READABLE = "operation can be read again"
UNKNOWN = "operation has an undocumented state"
STALE = "operation is no longer shown: it could not be read for too long"
LOST = "documents cannot be read"
FOUND = "documents can be read again"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


class Book:
    """A store whose changes are logged, and what the log holds."""

    def __init__(self, form: str = "json", level: str = "info") -> None:
        self.stream = StringIO()
        logs.configure(level, form, self.stream)
        self.store = Store([logs.changed])
        self.store.watch(Watch(KEY, "batch", tuple(State), shows=frozenset(State)))
        self.now = 1_800_000_000.0

    def see(self, word: str, fault: Fault | None = None, unreadable: str = "") -> None:
        seen = Operation(state_of(word), word, fault=fault, unreadable=frozenset(unreadable))
        self.store.put(KEY, seen, self.now)

    def fail(self, failure: Failure | None = None) -> None:
        self.store.fail(KEY, failure or NoAnswer("timeout", "no complete response within 10 s"))

    def expire(self) -> None:
        self.now += 9999
        self.store.expire(self.now, 600)

    def do(self, event: str) -> None:
        """`fail`, `expire`, or a word that is seen, with `-ab` the unreadable documents."""
        if event in {"fail", "expire"}:
            getattr(self, event)()
        else:
            word, _, unreadable = event.partition("-")
            self.see(word, unreadable=unreadable)

    def take(self) -> list[dict[str, str]]:
        """The lines since the last look, as JSON."""
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        self.stream.seek(0)
        self.stream.truncate()
        return lines


def told(history: str) -> list[list[str]]:
    """The messages after each event."""
    book = Book()
    messages = []
    for event in history.split():
        book.do(event)
        messages.append([line["msg"] for line in book.take()])
    return messages


@pytest.mark.parametrize(
    ("history", "messages"),
    [
        # states
        ("NotStarted Running Succeeded", [[STATE], [STATE], [STATE]]),
        ("Running Running Running", [[STATE], [], []]),
        ("Running NotStarted Running", [[STATE], [], []]),
        ("Succeeded Running Failed", [[STATE], [], []]),
        # a word that no page lists
        ("Running Paused Paused", [[STATE], [UNKNOWN, STATE], []]),
        ("Paused Asleep", [[UNKNOWN, STATE], [UNKNOWN, STATE]]),
        ("Paused Running Running", [[UNKNOWN, STATE], [STATE], []]),
        # failing and recovering
        ("fail fail fail", [[BROKEN], [], []]),
        ("Running fail fail Running Running", [[STATE], [BROKEN], [], [READABLE], []]),
        ("Running fail Succeeded", [[STATE], [BROKEN], [READABLE, STATE]]),
        ("Running fail Running fail", [[STATE], [BROKEN], [READABLE], [BROKEN]]),
        ("Running Paused fail fail", [[STATE], [UNKNOWN, STATE], [BROKEN], []]),
        ("Running fail Paused Paused", [[STATE], [BROKEN], [READABLE, UNKNOWN, STATE], []]),
        # leaving and coming back
        ("Running fail expire expire", [[STATE], [BROKEN], [STALE], []]),
        ("Running fail expire fail Running", [[STATE], [BROKEN], [STALE], [], [READABLE]]),
        ("Succeeded expire", [[STATE], []]),
        ("fail expire", [[BROKEN], []]),
        # documents
        ("Running Running-a Running-a", [[STATE], [LOST], []]),
        ("Running-a Running-ab Running-b", [[LOST, STATE], [LOST], []]),
        ("Running-a Running Running", [[LOST, STATE], [FOUND], []]),
    ],
)
def test_one_line_for_each_change(history: str, messages: list[list[str]]) -> None:
    """States when they change, failing once, recovered once, an unknown word once."""
    assert told(history) == messages


def test_what_a_line_says() -> None:
    """Which operation, what changed, and why in Azure's words; nothing that is empty."""
    book = Book()
    fault = Fault("InvalidRequest", "NoTranslatableText", "Operation", "There is\nno text.")
    book.see("Running")
    book.see("Failed", fault)
    running, failed = book.take()
    assert failed.pop("ts").endswith("Z")
    assert failed == {
        **KEY._asdict(),
        "level": "info",
        "msg": STATE,
        "state": "Failed",
        "was": "Running",
        "code": "InvalidRequest",
        "inner_code": "NoTranslatableText",
        "message": "There is no text.",
    }
    assert running.keys() == {*KEY._fields, "ts", "level", "msg", "state"}


def test_what_a_failure_says() -> None:
    """The reason and Azure's id of the request, which its support asks for."""
    book = Book()
    book.fail(Gone("404", "HTTP 404 NotFound", Details(request_id="77aa")))
    (line,) = book.take()
    assert (line["level"], line["reason"], line["request_id"]) == (
        "warning",
        "HTTP 404 NotFound",
        "77aa",
    )


SIGNED = [
    "https://blobs.example/in/a.docx?sv=2024-05-04&sr=b&sig=SECRET%2Bx%3D",
    "/in/a.docx?sv=2024&sig=SECRET refused",
    "subscription-key=SECRET is not valid",
    "two\nlines https://blobs.example/?SIG=SECRET",
]


@pytest.mark.parametrize("text", SIGNED)
@pytest.mark.parametrize("form", ["logfmt", "json", "console"])
def test_no_secret_in_any_line(text: str, form: str) -> None:
    """Wherever Azure repeats a signature or a key, the log does not."""
    book = Book(form, level="debug")
    for number, place in enumerate(("code", "message", "target", "innerError")):
        error = {place: {"code": text, "message": text} if place == "innerError" else text}
        body = json.dumps({"error": error}).encode()
        headers = CIMultiDict({"apim-request-id": text, "x-ms-error-code": text})
        for status in (200, 400, 401, 429, 503):
            outcome = read(status, headers, body, SpeechStatus.read, book.now)
            assert isinstance(outcome, Failure)
            book.fail(outcome)
            book.see("Running")
        book.see(f"{number} {text}", Fault(text, text, text, text))
    book.see("Failed", Fault(text, text, text, text))
    assert book.stream.getvalue().count(BROKEN) == 20
    assert book.stream.getvalue().count(UNKNOWN) == 4
    assert "SECRET" not in book.stream.getvalue()


NASTY = 'a "b" \\ \n level=error msg=forged \x1b[31m \x00 \r' + "\u2028" + "x" * 10_000


LINES = {
    "logfmt": r"ts=\S+Z level=(info|warning) msg=(\w+|\".+\")"
    r"( [a-z_]+=(\"(\\.|[^\"])*\"|[^\s\"=]+))+",
    "json": r"\{.+\}",
    "console": r"\S+Z \[(info|warning) +\] .+ operation=one .+",
}


@pytest.mark.parametrize(("form", "line"), LINES.items())
def test_all_formats(form: str, line: str) -> None:
    """A change is one printable line, in every format, whatever stands in it."""
    book = Book(form)
    book.see("Running")
    book.fail(NoAnswer("timeout", "no complete response within 10 s"))
    book.see(NASTY)
    book.see("Failed", Fault(NASTY, NASTY, NASTY, NASTY))
    *lines, rest = book.stream.getvalue().split("\n")
    assert rest == ""
    assert len(lines) == 6
    for each in lines:
        assert re.fullmatch(line, each)
        assert each.isprintable()
        assert len(each) < 1000
        if form == "json":
            assert json.loads(each)["operation"] == "one"


@pytest.mark.parametrize("form", ["logfmt", "json", "console"])
def test_no_own_secret_in_a_traceback(form: str) -> None:
    """What nobody expects may hold a key of the exporter: it is cut out of the whole line."""
    own_secrets.add('a-key"of/this test')
    stream = StringIO()
    logs.configure("info", form, stream)
    try:
        raise ValueError('refused: a-key"of/this test')  # noqa: TRY301
    except ValueError as error:
        logs.logger().error("crash", exc_info=error)
    assert "ValueError" in stream.getvalue()
    assert "<secret>" in stream.getvalue()
    assert "of/this" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "messages"),
    [("debug", 3), ("info", 3), ("warning", 1), ("error", 0)],
)
def test_levels(level: str, messages: int) -> None:
    """A failure is a warning, a state is information."""
    book = Book(level=level)
    for event in ("Running", "fail", "Running"):
        book.do(event)
    assert len(book.take()) == messages


def test_a_flood_is_bounded() -> None:
    """So many lines of a kind at once, then one a second; those that are left out are told."""
    now, stream = [0.0], StringIO()
    logs.configure("info", "json", stream, lambda: now[0])

    def lines(kind: str) -> list[dict[str, object]]:
        said = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in said if line["msg"] == kind]

    for number in range(10_000):
        logs.logger().warning(BROKEN, operation=f"operation-{number}", reason=f"another {number}")
    assert len(lines(BROKEN)) == logs.BURST
    logs.logger().info(STATE)
    assert len(lines(STATE)) == 1, "another kind has room of its own"
    for second in range(1, 101):
        now[0] = float(second)
        for _ in range(1000):
            logs.logger().warning(BROKEN)
    assert len(lines(BROKEN)) == logs.BURST + 100
    told = [line["left_out"] for line in lines(BROKEN) if "left_out" in line]
    assert told == [10_000 - logs.BURST] + [999] * 99
    now[0] += logs.BURST
    for _ in range(1000):
        logs.logger().warning(BROKEN)
    assert len(lines(BROKEN)) == 2 * logs.BURST + 100
