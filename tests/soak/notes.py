"""What is noted of the exporter now and then, and the table that is made of it at the end."""

import os
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from statistics import linear_regression, median, quantiles

GOAL = 0.25  # seconds of a scrape
GROWING = ("resident", "threads", "descriptors", "connections", "tasks")
_ALONE = "without waiting for a processor"
Row = tuple[str, str, str, str, str, str]
_GROWTH = 0.02  # of what there was: less is the noise of an allocator


@dataclass(frozen=True)
class Note:
    """A moment: minutes since the start, MB, and counts; milliseconds of the slowest scrape.

    `own` is the slowest but for the time that the exporter waited for a processor, `late` how late
    the scrapers woke at most, `load` how many programs of the machine wanted a processor.
    """

    minute: float
    resident: float
    threads: int
    descriptors: int
    connections: int
    tasks: int
    operations: int
    wrong: int
    failed: int
    slowest: float
    own: float
    late: float
    load: float
    fault: str
    seconds: Sequence[float] = field(repr=False)
    own_seconds: Sequence[float] = field(repr=False)

    def row(self) -> str:
        """The note as a line under `HEAD`."""
        return " ".join(_cell(each) for each in astuple(self)[:-2])


HEAD = " ".join(f"{each.name:>11}" for each in fields(Note)[:-2])


def _cell(value: object) -> str:
    return f"{value:11.1f}" if isinstance(value, float) else f"{value:>11}"


def measured(pid: int) -> dict[str, float]:
    """Memory (MB), threads, descriptors and connections of a process, from outside."""
    proc = Path(f"/proc/{pid}")
    status = (proc / "status").read_text()
    links = []
    for each in (proc / "fd").iterdir():
        try:
            links.append(str(each.readlink()))
        except OSError:  # closed meanwhile
            continue
    return {
        "resident": _number("VmRSS", status) / 1024,
        "threads": _number("Threads", status),
        "descriptors": len(links),
        "connections": sum(link.startswith("socket:") for link in links),
    }


def load() -> float:
    """How many programs of the whole machine want a processor."""
    return os.getloadavg()[0]


def _number(name: str, text: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", text)
    return int(found[1]) if found else 0


def table(notes: Sequence[Note], settled: float) -> str:
    """Growth after `settled` minutes, scrapes and exactness; each with its goal."""
    late = [note for note in notes if note.minute >= settled]
    if len(late) < 4:
        return "too short to tell"
    rows = [("what", "from", "to", "slope an hour", "goal", "")]
    rows += [_growth(name, late, settled) for name in GROWING]
    times = sorted(each for note in notes for each in note.seconds)
    own = sorted(each for note in notes for each in note.own_seconds)
    over, own_over = (sum(each > GOAL for each in found) for found in (times, own))
    rows += [
        ("scrapes", str(len(times)), "", "", "", ""),
        ("failed scrapes", str(sum(note.failed for note in notes)), "", "", "0", ""),
        ("median scrape, ms", f"{1000 * median(times):.1f}", "", "", "", ""),
        ("99 % of scrapes, ms", f"{1000 * quantiles(times, n=100)[98]:.1f}", "", "", "", ""),
        ("slowest scrape, ms", f"{1000 * times[-1]:.1f}", "", "", "250", _met(over == 0)),
        ("scrapes over 250 ms", str(over), "", "", "0", _met(over == 0)),
        (f"slowest {_ALONE}, ms", f"{1000 * own[-1]:.1f}", "", "", "250", _met(own_over == 0)),
        (f"scrapes over 250 ms {_ALONE}", str(own_over), "", "", "0", _met(own_over == 0)),
        ("the scrapers' own lateness, ms", f"{max(n.late for n in notes):.1f}", "", "", "", ""),
        _wrong(notes),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _growth(name: str, late: Sequence[Note], settled: float) -> Row:
    """The medians of the first and the last quarter, and the line through all."""
    values = [float(getattr(note, name)) for note in late]
    slope = 60 * linear_regression([note.minute for note in late], values).slope
    quarter = max(1, len(values) // 4)
    first, last = median(values[:quarter]), median(values[-quarter:])
    fine = last - first <= max(2.0, _GROWTH * first)
    what = f"{name}, after {settled:g} min"
    return what, f"{first:.1f}", f"{last:.1f}", f"{slope:+.2f}", "no growth", _met(fine)


def _wrong(notes: Sequence[Note]) -> Row:
    count = sum(max(0, note.wrong) for note in notes)
    looks = sum(note.wrong >= 0 for note in notes)
    what = f"unaffected operations not exact, {looks} looks"
    return what, str(count), "", "", "0", _met(count == 0)


def _met(fine: bool) -> str:
    return "met" if fine else "MISSED"
