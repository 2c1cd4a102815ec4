"""The end against minute ten, and what scrapes took: each figure with its goal. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tests.soak.notes import Note

SLOW = 0.25  # seconds of a scrape
MORE = 5.0  # percent that the end may have more of memory, and of operations under way
MET, MISSED = "met", "MISSED"
POOL = 16  # connections to both resources of Azure
Row = tuple[str, str, str, str, str]
_HEAD: Row = ("what", "then", "at the end", "goal", "")


@dataclass(frozen=True)
class Rest:
    """Notes without faults.

    Attributes:
        seconds: until all of both resources was exact; None if it never was.
        recovering: what was noted until then.
    """

    seconds: float | None
    recovering: Sequence[Note]
    notes: Sequence[Note]

    def least(self, name: str) -> float:
        """The smallest that was noted."""
        return min(float(getattr(note, name)) for note in self.notes)


def rows(faulty: Sequence[Note], then: Rest, end: Rest) -> list[Row]:
    """All figures."""
    notes = [*faulty, *then.recovering, *then.notes, *end.recovering, *end.notes]
    times = sorted(each for note in notes for each in note.seconds)
    own = sorted(each for note in notes for each in note.own_seconds)
    failed = sum(note.failed for note in notes)
    wrong = sum(note.wrong for note in notes)
    slow = sum(each > SLOW for each in own)
    return [
        _HEAD,
        _minutes(then, end),
        _more("resident", then, end),
        _more("followed", then, end),
        *(_equal(name, then, end) for name in ("descriptors", "tasks")),
        _azure(notes, then, end),
        *(_told(name, then, end) for name in ("threads", "series")),
        _exact(then, end),
        ("operations with what was never so", "", str(wrong), "0", _met(wrong == 0)),
        ("scrapes that failed", "", str(failed), "0", _met(failed == 0)),
        ("scrapes", "", str(len(times)), "", ""),
        ("half of them took, ms", "", f"{1000 * median(times):.1f}", "", ""),
        ("99 % of them took, ms", "", f"{1000 * quantiles(times, n=100)[98]:.1f}", "", ""),
        ("the slowest, ms", "", f"{1000 * times[-1]:.1f}", "", ""),
        (
            *("without waiting for a processor, ms", "", f"{1000 * own[-1]:.1f}"),
            *(f"{1000 * SLOW:.0f}", _met(slow == 0)),
        ),
        ("handshakes", "", str(notes[-1].handshakes), "", ""),
        ("health checks", "", str(notes[-1].checks), "", ""),
        ("rotations", "", str(notes[-1].rotations), "", ""),
        ("answers with faults, %", "", f"{median(note.faults for note in faulty):.0f}", "", ""),
    ]


def table(found: Sequence[Row]) -> str:
    """The figures in columns."""
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in found
    )


def missed(found: Sequence[Row]) -> bool:
    """Whether any figure misses its goal."""
    return any(row[-1] == MISSED for row in found)


def _minutes(then: Rest, end: Rest) -> Row:
    first, last = (f"{rest.notes[-1].minute:.1f}" for rest in (then, end))
    return "minute", first, last, "", ""


def _more(name: str, then: Rest, end: Rest) -> Row:
    first, last = (
        median(float(getattr(note, name)) for note in rest.notes) for rest in (then, end)
    )
    more = 100 * (last / first - 1)
    goal = f"{MORE:g} % more at most"
    return name, f"{first:.1f}", f"{last:.1f} ({more:+.1f} %)", goal, _met(more <= MORE)


def _equal(name: str, then: Rest, end: Rest) -> Row:
    first, last = then.least(name), end.least(name)
    return name, f"{first:.0f}", f"{last:.0f}", "equal", _met(last == first)


def _azure(notes: Sequence[Note], then: Rest, end: Rest) -> Row:
    first, last = (max(note.to_azure for note in rest.notes) for rest in (then, end))
    most = max(note.to_azure for note in notes)
    return "connections to Azure", f"{first}", f"{last}", f"{POOL} at most", _met(most <= POOL)


def _told(name: str, then: Rest, end: Rest) -> Row:
    return name, f"{then.least(name):.0f}", f"{end.least(name):.0f}", "", ""


def _exact(then: Rest, end: Rest) -> Row:
    first, last = (
        "never" if rest.seconds is None else f"{rest.seconds:.0f}" for rest in (then, end)
    )
    fine = "never" not in {first, last}
    return "all exact after the last fault, s", first, last, "all", _met(fine)


def _met(fine: bool) -> str:
    return MET if fine else MISSED
