"""`top`: what the exporter's JSON becomes, and what a terminal shows of it."""

import io
import re
from collections.abc import Mapping, Sequence

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from exporter.commands import command_flags
from exporter.model.operation import State
from exporter.model.trouble import KINDS
from exporter.top.head import head
from exporter.top.operations_json import OperationsJson
from exporter.top.row_filter import ORDERS, RowFilter
from exporter.top.rows import TopRow, Urgency, rows
from exporter.top.table import Screen, duration, table
from exporter.web.status.rows import COLUMNS

NOW = 1_800_000_000.0
BATCH = "727bf148-f327-47a0-9481-abae6362f11e"
SORTS: Sequence[tuple[str, Sequence[str]]] = [
    ("trouble", ["failed", "lost", "moves", "slow", "queued", "new", "done"]),
    ("operation", ["done", "failed", "lost", "moves", "new", "queued", "slow"]),
    ("-operation", ["slow", "queued", "new", "moves", "lost", "failed", "done"]),
    ("state", ["lost", "failed", "new", "queued", "moves", "slow", "done"]),
    ("resource", ["moves", "failed", "lost", "slow", "queued", "new", "done"]),
    ("progress", ["slow", "moves", "failed", "lost", "queued", "new", "done"]),
    ("-progress", ["moves", "slow", "failed", "lost", "queued", "new", "done"]),
    ("charged", ["moves", "done", "failed", "lost", "slow", "queued", "new"]),
    ("-charged", ["done", "moves", "failed", "lost", "slow", "queued", "new"]),
    ("created", ["done", "queued", "failed", "lost", "moves", "slow", "new"]),
    ("-created", ["queued", "done", "failed", "lost", "moves", "slow", "new"]),
    ("changed", ["lost", "slow", "failed", "moves", "queued", "new", "done"]),
    ("-changed", ["queued", "moves", "failed", "slow", "lost", "new", "done"]),
    ("end", ["moves", "slow", "failed", "lost", "queued", "new", "done"]),
    ("-end", ["slow", "moves", "failed", "lost", "queued", "new", "done"]),
    ("error", ["lost", "failed", "moves", "slow", "queued", "new", "done"]),
]
TEAM: Sequence[Mapping[str, object]] = [
    {"operation": "new", "state": None, "up": None},
    {
        "operation": "done", "state": "Succeeded", "finished": True, "created": NOW - 900,
        "amounts": {"characters_charged": 900},
    },
    {"operation": "queued", "state": "NotStarted", "last_change": NOW - 3, "created": NOW - 3},
    {
        "operation": "slow", "state": "Running", "progress": 0.1, "last_change": NOW - 60,
        "estimated_completion": NOW + 500,
    },
    {
        "operation": "moves", "state": "Running", "progress": 0.5, "last_change": NOW - 5,
        "amounts": {"characters_charged": 12}, "resource": "a", "estimated_completion": NOW + 5,
    },
    {
        "operation": "lost", "state": "Running", "up": False, "last_change": NOW - 90,
        "failure": "HTTP 500", "troubles": [{"kind": "cannot be read"}],
    },
    {
        "operation": "failed", "state": "Failed", "finished": True, "bad": True,
        "last_change": NOW - 7, "troubles": [{"kind": "failed"}],
    },
]  # fmt: skip


def known(*operations: Mapping[str, object], **more: object) -> OperationsJson:
    """What an exporter answers; what is left out is filled in."""
    usual = {"resource": "r", "api": "avatar", "operation": "o", "up": True}
    body = {"operations": [usual | dict(each) for each in operations], **more}
    return msgspec.json.decode(msgspec.json.encode(body), type=OperationsJson)


def bad(*kinds: str) -> dict[str, object]:
    return {"troubles": [{"kind": kind, "since": None} for kind in kinds]}


def one(**operation: object) -> TopRow:
    [row] = rows(known(operation), NOW)
    return row


@pytest.mark.parametrize(
    ("operation", "word", "urgency"),
    [
        ({"state": None, "up": None}, "not polled yet", Urgency.QUEUED),
        ({"state": "NotStarted"}, "NotStarted", Urgency.QUEUED),
        ({"state": "Running"}, "Running", Urgency.RUNNING),
        ({"state": "Cancelling"}, "Cancelling", Urgency.RUNNING),
        ({"state": "Succeeded", "finished": True}, "Succeeded", Urgency.FINISHED),
        ({"state": "Cancelled", "finished": True}, "Cancelled", Urgency.FINISHED),
        ({"state": "Failed", "finished": True}, "Failed", Urgency.FINISHED),
        ({"state": "Failed"} | bad("failed"), "Failed", 0),
        ({"state": "ValidationFailed"} | bad("validation failed"), "ValidationFailed", 0),
        ({"state": "Succeeded"} | bad("documents failed"), "documents failed", 0),
        ({"state": "Unknown"}, "Unknown", Urgency.RUNNING),
        ({"state": "Succeeded", "finished": True, "up": False}, "Succeeded", Urgency.FINISHED),
        ({"state": None, "up": False} | bad("cannot be read"), "cannot be read", 0),
        ({"state": "Running"} | bad("stuck", "late"), "stuck", 0),
    ],
)
def test_what_is_the_matter(operation: Mapping[str, object], word: str, urgency: int) -> None:
    """What the exporter says is trouble, by the worst of it; the rest has its turn."""
    row = one(**operation)
    assert (row.word, row.urgency) == (word, urgency)


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ({"up": False, "failure": "timed out"}, "timed out"),
        ({"up": False, "failure": "timed out", "error": {"code": "A"}}, "A"),
        ({"error": {"code": "A", "inner_code": "B", "message": "c."}}, "B: c."),
        ({"error": {"code": "A", "inner_code": "", "message": ""}}, "A"),
        (
            {"counts": {"documents": {"by_state": {"Failed": 2, "Running": 1}, "bad": 2}}},
            "2 documents failed",
        ),
        (
            {
                "counts": {"audio_files": {"by_state": {"Failed": 1}, "bad": 1}},
                "error": {"code": "A", "inner_code": "", "message": "m"},
            },
            "1 audio file failed; A: m",
        ),
        ({"counts": {"documents": {"by_state": {"Failed": 0}, "bad": 0}}}, ""),
        ({}, ""),
    ],
)
def test_why(operation: Mapping[str, object], why: str) -> None:
    """What Azure said, or what kept it from being asked, or how many documents failed."""
    assert one(**operation).reason == why


def test_a_row() -> None:
    """All that is known of a batch, in seconds from now."""
    row = one(
        operation=BATCH, name="Spring", api="document_translation", state="Running",
        created=NOW - 60, last_change=NOW - 5, estimated_completion=NOW + 30, progress=0.25,
        counts={
            "documents": {
                "by_state": {"Succeeded": 1, "Failed": 1, "Running": 6},
                "finished": 2, "bad": 1, "submitted": 8,
            },
        },
        amounts={"characters_charged": 17},
    )  # fmt: skip
    expected = ["Spring", ((2, 8),), (17, "characters_charged")]
    assert [row.operation, row.parts, row.amount] == expected
    assert (row.created, row.changed, row.ends) == (60, 5, 30)
    assert one(state="Succeeded", finished=True, estimated_completion=NOW - 30).ends is None


@pytest.mark.parametrize(
    ("id_", "name", "shown"),
    [
        (BATCH, "", BATCH),
        (BATCH, None, BATCH),
        ("film/Second", "film.mp4", "film/Second"),
    ],
)
def test_the_name(id_: str, name: str | None, shown: str) -> None:
    """An id that says something is not hidden behind a name."""
    assert one(operation=id_, name=name).operation == shown


def test_an_older_and_a_newer_exporter() -> None:
    """What is missing is not known; what is new is left alone, a new state shown as it is."""
    old = rows(msgspec.json.decode(
        b'{"operations": [{"resource": "r", "api": "a", "operation": "o"}]}', type=OperationsJson
    ), NOW)  # fmt: skip
    assert [row.word for row in old] == ["not polled yet"]
    new = known({"state": "Paused", "mood": ["fine"]}, problems=["p"], version=2)
    assert [row.word for row in rows(new, NOW)] == ["Paused"]
    assert head(new, RowFilter(), rows(new, NOW), NOW).problems == 1


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"operations": [{}]}', b'{"operations": [{"resource": 1}]}', b"<html>"],
)
def test_what_no_exporter_says(body: bytes) -> None:
    """It is refused as a whole."""
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(body, type=OperationsJson)


@pytest.mark.parametrize(("sort", "order"), SORTS)
def test_sorting(sort: str, order: Sequence[str]) -> None:
    """In both directions; a row without a value is last.

    Of equal rows, those in trouble and those that changed last come first.
    """
    chosen = RowFilter(sort=sort).of(rows(known(*TEAM), NOW))
    assert [row.operation for row in chosen] == list(order)


def test_all_sorts_can_be_asked_for() -> None:
    """Those of the command are those of the table and of the status page."""
    assert tuple(ORDERS) == command_flags.SORTED_COLUMNS == tuple(COLUMNS)


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (RowFilter(resources=frozenset({"a"})), {"moves"}),
        (RowFilter(apis=frozenset({"avatar"})), {str(each["operation"]) for each in TEAM}),
        (RowFilter(apis=frozenset({"qna_maker"})), set()),
        (RowFilter(states=frozenset({"running"})), {"moves", "slow", "lost"}),
        (RowFilter(states=frozenset({"Cannot be read", "Failed"})), {"lost", "failed"}),
    ],
)
def test_filters(choice: RowFilter, names: set[str]) -> None:
    """By resource, API, and state; a state is Azure's or the word that is shown."""
    assert {row.operation for row in choice.of(rows(known(*TEAM), NOW))} == names


def test_the_head() -> None:
    """Counts by word, what has failed within operations, the age of what is not finished."""
    said = known(
        {"state": "Running", "last_success": NOW - 4},
        {"state": "Running", "last_success": NOW - 9, "troubles": [{"kind": "stuck"}]},
        {"state": "Succeeded", "finished": True, "last_success": NOW - 5000},
        {"counts": {"documents": {"by_state": {"Failed": 2}, "bad": 2}, "image_scans": {
            "by_state": {"Failed": 1}, "bad": 1}}, "state": "Running"},
        {"counts": {"documents": {"by_state": {"Failed": 3}, "bad": 3}}, "state": "Running"},
    )  # fmt: skip
    top = head(said, RowFilter(), rows(said, NOW), NOW)
    assert dict(top.words) == {"stuck": 1, "Running": 3, "Succeeded": 1}
    assert top.failed == {"documents": 5, "image scans": 1}
    assert top.age == 9


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ([1], "1 operation · 1 operation with failed documents · 1 document failed"),
        ([3, 5], "2 operations · 2 operations with failed documents · 8 documents failed"),
    ],
)
def test_the_head_says_what_it_counts(failed: Sequence[int], said: str) -> None:
    """Operations with failed parts are counted as operations, and their parts as parts."""
    operations = [
        {
            "state": "Succeeded", "finished": True,
            "counts": {"documents": {"by_state": {"Failed": count}, "bad": count}},
        } | bad("documents failed")
        for count in failed
    ]  # fmt: skip
    assert bare(drawn(known(*operations), 200)).splitlines()[0] == said


def test_one_error_in_operation_files() -> None:
    """The head counts them in good English."""
    said = [bare(drawn(known(problems=list(each)), 200)).splitlines()[0] for each in ("a", "ab")]
    assert said == [
        "0 operations · 1 error in operation files",
        "0 operations · 2 errors in operation files",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0s"), (0, "0s"), (99.9, "99s"), (100, "1m"), (5999, "99m"), (6000, "1h"),
     (172_799, "47h"), (172_800, "2d")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    """In the unit that fits."""
    assert duration(seconds) == said


FULL: dict[str, object] = {
    "operation": BATCH, "resource": "translator", "api": "document_translation",
    "state": "Failed", "created": NOW - 60, "last_change": NOW - 5, "progress": 0.25,
    "estimated_completion": NOW + 30, "finished": True, "bad": True, "last_success": NOW - 2,
    "counts": {
        "documents": {"by_state": {"Failed": 8}, "finished": 8, "bad": 8, "submitted": 8},
    },
    "amounts": {"characters_charged": 123_456},
    "error": {"code": "A", "inner_code": "NoText", "message": "There is no text. " * 5},
    "troubles": [{"kind": "failed"}],
}  # fmt: skip
MOVING = FULL | {
    "state": "Running",
    "finished": False,
    "bad": False,
    "error": None,
    "troubles": [],
    "counts": {"documents": {"by_state": {"Running": 8}, "submitted": 8}},
}


def drawn(
    said: OperationsJson,
    width: int,
    lines: int | None = None,
    env: Mapping[str, str] | None = None,
    wanted: RowFilter = RowFilter(),  # noqa: B008  it is frozen
) -> str:
    """What a terminal gets."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=True, highlight=False,
        _environ={"TERM": "xterm-256color", **(env or {})},
    )  # fmt: skip
    chosen = wanted.of(rows(said, NOW))
    console.print(table(chosen, head(said, wanted, chosen, NOW), Screen(width, lines), None))
    return file.getvalue()


def bare(text: str) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


TROUBLES = [
    {"resource": "a", "kind": "paused", "reason": "HTTP 401; one request retries in 4 min"},
    {"resource": "b\n", "kind": "no answer", "reason": "avatar: timed out " * 20},
    {"resource": "c", "kind": "refused", "reason": ""},
]
PAUSED = "a paused: HTTP 401; one request retries in 4 min"
NO_ANSWER = "b\ufffd no answer: avatar: timed out avatar: timed out avatar: timed out avatar: tim…"


@pytest.mark.parametrize(
    ("lines", "resources", "count", "shown"),
    [
        (None, (), "3 resources in trouble", [PAUSED, NO_ANSWER, "c refused"]),
        (24, (), "3 resources in trouble", [PAUSED, NO_ANSWER, "c refused"]),
        (16, (), "3 resources in trouble", [PAUSED, NO_ANSWER]),
        (5, (), "3 resources in trouble", [PAUSED]),
        (None, ("c",), "1 resource in trouble", ["c refused"]),
        (None, ("d",), "0 operations", []),
    ],
)
def test_resources_in_trouble(
    lines: int | None, resources: Sequence[str], count: str, shown: Sequence[str]
) -> None:
    """How many, and some with their reason on one line, between the head and the table."""
    said = known(MOVING, resource_troubles=TROUBLES)
    wanted = RowFilter(resources=frozenset(resources))
    first, *others = bare(drawn(said, 80, lines, wanted=wanted)).splitlines()
    assert count in first
    assert others[: len(shown)] == shown
    assert others[len(shown)].startswith("state") == (not resources)


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (20, "state"),
        (40, "state operation progress"),
        (60, "state operation resource progress changed"),
        (80, "state operation resource progress changed error"),
        (120, "state operation resource progress done changed ends in error"),
        (150, "state operation resource api progress done created changed ends in error"),
        (200,
         "state operation resource api progress done charged created changed ends in error"),
    ],
)  # fmt: skip
def test_columns_leave(width: int, titles: str) -> None:
    """The least important first, and no line is ever wider than the terminal."""
    _, *others = lines = bare(drawn(known(FULL, MOVING), width)).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert titles in [" ".join(line.split()) for line in others]


def test_columns_that_say_nothing_leave_at_once() -> None:
    """Operations without documents or charges need no room for them."""
    [_, titles, *_] = bare(drawn(known({"state": "Running"}), 200)).splitlines()
    assert titles.split() == ["state", "operation", "resource", "api"]


@pytest.mark.parametrize("lines", [1, 2, 3, 6, 20, 43, 44, 45])
def test_the_height(lines: int) -> None:
    """It fits, and says how many are left out; the first rows are the troubled ones."""
    said = known(*[MOVING] * 40, FULL)
    shown = bare(drawn(said, 160, lines)).splitlines()
    assert len(shown) <= max(3, lines)
    left = re.search(r"… and (\d+) more", "\n".join(shown))
    seen = sum(BATCH in line for line in shown)
    assert seen + (int(left[1]) if left else 0) == 41
    if seen:
        assert "Failed" in shown[2]


def test_without_colours() -> None:
    """NO_COLOR leaves the words and the bars; otherwise trouble is red."""
    plain, coloured = drawn(known(FULL), 200, env={"NO_COLOR": "1"}), drawn(known(FULL), 200)
    assert not re.search(r"\x1b\[[0-9;]*[34][0-7]", plain)
    assert re.search(r"\x1b\[1;31mFailed", coloured)
    assert bare(plain) == bare(coloured)
    assert "25%" in bare(plain)


EVIL = "a[red]b[/red]\x1b[2J\x1b]0;title\x07\r\n\x9bc\u202edcba\u2028e[link=http://x]f"


@pytest.mark.parametrize(
    "where",
    [{"operation": EVIL}, {"resource": EVIL}, {"api": EVIL}, bad(EVIL), bad() | {"state": EVIL},
     {"operation": BATCH, "name": EVIL}, {"error": {"code": EVIL, "message": EVIL}},
     {"up": False, "failure": EVIL, "error": None}],
)  # fmt: skip
def test_foreign_text_moves_nothing(where: Mapping[str, object]) -> None:
    """Neither escape sequences nor markup from Azure are obeyed; nothing turns a line around."""
    text = drawn(known({**FULL, **where}), 1000)
    assert not re.search(r"\x1b(?!\[[0-9;]*m)|[\x07\r\x9b\u2028\u202e]", text)
    assert "[red]b[/red]" in bare(text)[:4000]
    assert "\x1b[2J" not in text
    assert len(text.splitlines()) == 3


@pytest.mark.parametrize("width", range(1, 90))
def test_wide_characters(width: int) -> None:
    """A name in Japanese takes two cells a character, and fits all the same."""
    said = known(FULL | {"operation": BATCH, "name": "取扱説明書の翻訳" * 5})
    assert all(cell_len(line) <= width for line in bare(drawn(said, width)).splitlines()[1:])


def test_every_state_has_a_look_of_its_own() -> None:
    """No state that the exporter knows is shown without a style, but the one nobody knows."""
    for state in State:
        flags = {"finished": state.finished, "bad": state.bad}
        coloured = drawn(known({"state": state.value, **flags}), 80)
        assert re.search(rf"\x1b\[[0-9;]+m{state.value}", coloured)
    for kind in KINDS:
        end = kind.title().replace(" ", "")  # as the state says it, too
        shown = end if end in tuple(State) else kind
        flags = {"finished": shown == end, "bad": shown == end}
        coloured = drawn(known({"state": shown, **flags} | bad(kind)), 80)
        assert re.search(rf"\x1b\[[0-9;]+m{shown}", coloured)
