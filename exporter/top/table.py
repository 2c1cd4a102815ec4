"""From rows to what fits into a terminal of any size."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.top.rows import UNASKED, TopHead, TopRow

_STYLES = {
    "cannot be read": "bold magenta",
    "stuck": "bold yellow",
    "queued too long": "bold yellow",
    "late": "bold yellow",
    UNASKED: "dim",
    "Running": "cyan",
    "Cancelling": "yellow",
    "NotStarted": "blue",
    "Paused": "blue",
    "Skipped": "yellow",
    "Succeeded": "green",
    "Cancelled": "yellow",
}
_BAR = 8  # characters of a progress bar
_GAP = 2  # between two columns
_BETWEEN = " · "


@dataclass(frozen=True)
class Column:
    """What stands in it, and how wide it is: as its widest cell, between these two."""

    title: str
    cell: Callable[[TopRow], Text]
    least: int
    most: int
    right: bool = False


@dataclass(frozen=True)
class Screen:
    """What there is room for; no `lines` means any number of them."""

    width: int
    lines: int | None = None


def table(
    rows: Sequence[TopRow], head: TopHead, screen: Screen, foot: Text | None
) -> RenderableType:
    """All of it: the head line, as many rows as there is room for, what is left out, the foot."""
    first = _lines(_head(head, len(rows)), screen.width)
    taken = 1 + len(first) + bool(foot)
    room = len(rows) if screen.lines is None else max(0, screen.lines - taken)
    if len(rows) > room:
        room = max(0, room - 1)
    shown, left = rows[:room], len(rows) - room
    parts: list[RenderableType] = [*first, _table(shown, screen.width)]
    if left > 0:
        parts.append(Text(f"… and {left} more", "dim"))
    return Group(*parts, *([foot] if foot else []))


def _table(rows: Sequence[TopRow], width: int) -> Table:
    cells = {column: [column.cell(row) for row in rows] for column in _AS_SHOWN}
    widths = _widths({column: _widest(column, texts) for column, texts in cells.items()}, width)
    made = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    shown = [(column, texts) for column, texts in cells.items() if column in widths]
    for column, _ in shown:
        made.add_column(
            column.title,
            width=widths[column],
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    for number in range(len(rows)):
        made.add_row(*(texts[number] for _, texts in shown))
    return made


def _widest(column: Column, texts: Sequence[Text]) -> int:
    wanted = max((text.cell_len for text in texts), default=0)
    return max(cell_len(column.title), min(column.most, wanted)) if wanted else 0


def _widths(wanted: Mapping[Column, int], width: int) -> Mapping[Column, int]:
    """Which columns there is room for, and how wide; empty ones need none.

    First the essential ones, if need be narrow, then these as wide as they want to be, then the
    others, each whole or not at all; what is left is for the error.
    """
    kept: dict[Column, int] = {}
    room = width + _GAP

    def keep(column: Column, least: int) -> bool:
        nonlocal room
        if least and least + _GAP <= room:
            kept[column] = least
            room -= least + _GAP
        return column in kept or not least

    def widen(column: Column) -> None:
        nonlocal room
        if column in kept:
            more = min(room, wanted[column] - kept[column])
            kept[column] += more
            room -= more

    others: Sequence[Column] = _OTHERS
    for column in _ESSENTIAL:
        if not keep(column, min(column.least, wanted[column])):
            others = ()
            break
    for column in _ESSENTIAL:
        if column is not _WHY:
            widen(column)
    for column in others:
        keep(column, wanted[column])
    widen(_WHY)
    return kept


def _head(head: TopHead, shown: int) -> list[Text]:
    """What is said about all rows, in pieces that stay together."""
    pieces = [Text(f"{shown} operation{'' if shown == 1 else 's'}", "bold")]
    pieces += [
        Text(f"{count} {word}", _style(word, bad=word in head.bad))
        for word, count in head.words.items()
    ]
    if head.problems:
        pieces.append(Text(f"{head.problems} problems with files of operations", "bold yellow"))
    if head.age is not None:
        pieces.append(Text(f"data {duration(head.age)} old"))
    return pieces


def _lines(pieces: Sequence[Text], width: int) -> list[Text]:
    """The pieces on as few lines as they need."""
    lines = [Text().append_text(pieces[0])]
    for piece in pieces[1:]:
        if lines[-1].cell_len + len(_BETWEEN) + piece.cell_len > width:
            lines.append(Text().append_text(piece))
        else:
            lines[-1].append(_BETWEEN, "dim").append_text(piece)
    return lines


def duration(seconds: float) -> str:
    """As short as can be: 42s, 17m, 26h, 5d; of what should be past by now, 0s."""
    for unit, size, most in (("s", 1, 100), ("m", 60, 100), ("h", 3600, 48)):
        if seconds < size * most:
            return f"{max(0, int(seconds / size))}{unit}"
    return f"{int(seconds / 86400)}d"


def _style(word: str, *, bad: bool) -> str:
    """A trouble of parts that failed is as red as a bad end."""
    return "bold red" if bad or word.endswith(" failed") else _STYLES.get(word, "")


def _state(row: TopRow) -> Text:
    return Text(row.word, _style(row.word, bad=row.bad) or "bold")


def _progress(row: TopRow) -> Text:
    if row.progress is None:
        return Text()
    ratio = min(1.0, max(0.0, row.progress))
    full = int(ratio * _BAR)
    bar = Text().append("━" * full, _style(row.word, bad=row.bad))
    return bar.append("╌" * (_BAR - full), "dim").append(f" {int(ratio * 100):>3}%")


def _parts(row: TopRow) -> Text:
    return Text(" ".join(f"{done}/{total}" for done, total in row.parts))


def _amount(row: TopRow) -> Text:
    """Characters charged are what most rows have, so that their noun need not stand there."""
    if row.amount is None:
        return Text()
    amount, noun = row.amount
    text = Text(_short(amount))
    return text if noun == "characters_charged" else text.append(f" {noun}", "dim")


def _short(amount: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if amount >= 10 * size:
            return f"{amount / size:.1f}{unit}"
    return f"{amount:.0f}"


def _time(seconds: float | None) -> Text:
    return Text("" if seconds is None else duration(seconds))


_STATE = Column("state", _state, 10, 19)
_OPERATION = Column("operation", lambda row: Text(row.operation), 16, 48)
_RESOURCE = Column("resource", lambda row: Text(row.resource), 8, 20)
_API = Column("api", lambda row: Text(row.api), 6, 20)
_PROGRESS = Column("progress", _progress, _BAR + 5, _BAR + 5)
_PARTS = Column("done", _parts, 9, 23, right=True)
_AMOUNT = Column("charged", _amount, 7, 32, right=True)
_STARTED = Column("started", lambda row: _time(row.started), 7, 7, right=True)
_CHANGED = Column("changed", lambda row: _time(row.changed), 7, 7, right=True)
_ENDS = Column("ends in", lambda row: _time(row.ends), 7, 7, right=True)
_WHY = Column("error", lambda row: Text(row.why), 14, 200)

_AS_SHOWN = (
    *(_STATE, _OPERATION, _RESOURCE, _API, _PROGRESS, _PARTS, _AMOUNT),
    *(_STARTED, _CHANGED, _ENDS, _WHY),
)
_ESSENTIAL = (_STATE, _OPERATION, _PROGRESS, _RESOURCE, _CHANGED, _WHY)
_OTHERS = (_ENDS, _PARTS, _API, _STARTED, _AMOUNT)
