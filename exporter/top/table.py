"""The table of the rows, fitted into a terminal of any size."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.top.head import TopHead
from exporter.top.rows import NOT_POLLED, TopRow, failed_texts

_STYLES = {
    "cannot be read": "bold magenta",
    "stuck": "bold yellow",
    "past its deadline": "bold yellow",
    "queued too long": "bold yellow",
    "late": "bold yellow",
    NOT_POLLED: "dim",
    "Running": "cyan",
    "Cancelling": "yellow",
    "NotStarted": "blue",
    "Paused": "blue",
    "Skipped": "yellow",
    "Succeeded": "green",
    "Cancelled": "yellow",
}
_BAR_WIDTH = 8  # characters of a progress bar
_GAP = 2  # characters between two columns
_SEPARATOR = " · "
_PARTS_FAILED = " failed"  # the end of words such as `documents failed`


@dataclass(frozen=True)
class Column:
    """A column; it is as wide as its widest cell, but from `least` to `most` characters."""

    title: str
    cell: Callable[[TopRow], Text]
    least: int
    most: int
    right: bool = False


@dataclass(frozen=True)
class Screen:
    """The size of the terminal; None means that the number of lines is not limited."""

    width: int
    lines: int | None = None


def table(
    rows: Sequence[TopRow], head: TopHead, screen: Screen, foot: Text | None
) -> RenderableType:
    """The head, as many rows as there is room for, the number of other rows, and the foot."""
    head_lines = _lines(_head(head, len(rows)), screen.width) + _resource_lines(head, screen)
    other_lines = 1 + len(head_lines) + bool(foot)
    room = len(rows) if screen.lines is None else max(0, screen.lines - other_lines)
    if len(rows) > room:
        room = max(0, room - 1)
    shown, omitted = rows[:room], len(rows) - room
    parts: list[RenderableType] = [*head_lines, _table(shown, screen.width)]
    if omitted > 0:
        parts.append(Text(f"… and {omitted} more", "dim"))
    return Group(*parts, *([foot] if foot else []))


def _table(rows: Sequence[TopRow], width: int) -> Table:
    cells = {column: [column.cell(row) for row in rows] for column in _COLUMNS}
    widths = _widths(
        {column: _column_width(column, texts) for column, texts in cells.items()}, width
    )
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    columns = [(column, texts) for column, texts in cells.items() if column in widths]
    for column, _ in columns:
        table.add_column(
            column.title,
            width=widths[column],
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    for index in range(len(rows)):
        table.add_row(*(texts[index] for _, texts in columns))
    return table


def _column_width(column: Column, texts: Sequence[Text]) -> int:
    widest = max((text.cell_len for text in texts), default=0)
    return max(cell_len(column.title), min(column.most, widest)) if widest else 0


def _widths(full_widths: Mapping[Column, int], width: int) -> Mapping[Column, int]:
    """The columns for which there is room, and their widths. Empty columns are left out.

    The essential columns come first, at their smallest width. They then grow to their full
    width. The others follow at full width or not at all. The error takes the rest.
    """
    widths: dict[Column, int] = {}
    room = width + _GAP

    def add(column: Column, column_width: int) -> bool:
        nonlocal room
        if column_width and column_width + _GAP <= room:
            widths[column] = column_width
            room -= column_width + _GAP
        return column in widths or not column_width

    def widen(column: Column) -> None:
        nonlocal room
        if column in widths:
            growth = min(room, full_widths[column] - widths[column])
            widths[column] += growth
            room -= growth

    others: Sequence[Column] = _OTHERS
    for column in _ESSENTIAL:
        if not add(column, min(column.least, full_widths[column])):
            others = ()
            break
    for column in _ESSENTIAL:
        if column is not _ERROR:
            widen(column)
    for column in others:
        add(column, full_widths[column])
    widen(_ERROR)
    return widths


def _head(head: TopHead, row_count: int) -> list[Text]:
    """The summary of all rows, in pieces that are not broken between lines."""
    pieces = [Text(f"{row_count} operation{'' if row_count == 1 else 's'}", "bold")]
    pieces += [
        Text(_counted(count, word), _style(word, bad=word in head.bad))
        for word, count in head.words.items()
    ]
    pieces += [Text(text, "bold red") for text in failed_texts(head.failed)]
    if head.resources:
        plural = "s" if len(head.resources) > 1 else ""
        pieces.append(Text(f"{len(head.resources)} resource{plural} in trouble", "bold red"))
    if head.problems:
        plural = "s" if head.problems > 1 else ""
        pieces.append(Text(f"{head.problems} error{plural} in operation files", "bold yellow"))
    if head.age is not None:
        pieces.append(Text(f"data {duration(head.age)} old"))
    return pieces


def _counted(count: int, word: str) -> str:
    """Such as `3 Failed`. Words such as `documents failed` would look like a count of documents."""
    noun = word.removesuffix(_PARTS_FAILED)
    if noun == word:
        return f"{count} {word}"
    return f"{count} operation{'' if count == 1 else 's'} with failed {noun}"


def _resource_lines(head: TopHead, screen: Screen) -> list[Text]:
    """The resources in trouble, each on a line; in a terminal they take an eighth of its lines."""
    most = len(head.resources) if screen.lines is None else max(1, screen.lines // 8)
    lines = []
    for resource, kind, reason in head.resources[:most]:
        text = Text(f"{resource} {kind}", "bold red")
        if reason:
            text.append(f": {reason}", "red")
        text.truncate(screen.width, overflow="ellipsis")
        lines.append(text)
    return lines


def _lines(pieces: Sequence[Text], width: int) -> list[Text]:
    """The pieces on as few lines as possible."""
    lines = [Text().append_text(pieces[0])]
    for piece in pieces[1:]:
        if lines[-1].cell_len + len(_SEPARATOR) + piece.cell_len > width:
            lines.append(Text().append_text(piece))
        else:
            lines[-1].append(_SEPARATOR, "dim").append_text(piece)
    return lines


def duration(seconds: float) -> str:
    """A short text: 42s, 17m, 26h, 5d; 0s if negative, as for an end that is overdue."""
    for unit, size, most in (("s", 1, 100), ("m", 60, 100), ("h", 3600, 48)):
        if seconds < size * most:
            return f"{max(0, int(seconds / size))}{unit}"
    return f"{int(seconds / 86400)}d"


def _style(word: str, *, bad: bool) -> str:
    """Red for a bad end, and also for parts that failed."""
    return "bold red" if bad or word.endswith(_PARTS_FAILED) else _STYLES.get(word, "")


def _state(row: TopRow) -> Text:
    return Text(row.word, _style(row.word, bad=row.bad) or "bold")


def _progress(row: TopRow) -> Text:
    if row.progress is None:
        return Text()
    ratio = min(1.0, max(0.0, row.progress))
    filled = int(ratio * _BAR_WIDTH)
    bar = Text().append("━" * filled, _style(row.word, bad=row.bad))
    return bar.append("╌" * (_BAR_WIDTH - filled), "dim").append(f" {int(ratio * 100):>3}%")


def _parts(row: TopRow) -> Text:
    return Text(" ".join(f"{done}/{total}" for done, total in row.parts))


def _amount(row: TopRow) -> Text:
    """The noun is left out for characters charged, which is the amount of most rows."""
    if row.amount is None:
        return Text()
    amount, noun = row.amount
    text = Text(_short_number(amount))
    return text if noun == "characters_charged" else text.append(f" {noun}", "dim")


def _short_number(amount: float) -> str:
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
_PROGRESS = Column("progress", _progress, _BAR_WIDTH + 5, _BAR_WIDTH + 5)
_PARTS = Column("done", _parts, 9, 23, right=True)
_AMOUNT = Column("charged", _amount, 7, 32, right=True)
_CREATED = Column("created", lambda row: _time(row.created), 7, 7, right=True)
_CHANGED = Column("changed", lambda row: _time(row.changed), 7, 7, right=True)
_ENDS = Column("ends in", lambda row: _time(row.ends), 7, 7, right=True)
_ERROR = Column("error", lambda row: Text(row.reason), 14, 200)

_COLUMNS = (
    *(_STATE, _OPERATION, _RESOURCE, _API, _PROGRESS, _PARTS, _AMOUNT),
    *(_CREATED, _CHANGED, _ENDS, _ERROR),
)
_ESSENTIAL = (_STATE, _OPERATION, _PROGRESS, _RESOURCE, _CHANGED, _ERROR)
_OTHERS = (_ENDS, _PARTS, _API, _CREATED, _AMOUNT)
