"""One table: ours, the peer, the ratio, and the goal."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One thing that was measured, several times where it varies, next to a peer's."""

    what: str
    unit: str
    ours: list[float]
    goal: str
    peer_name: str = ""
    peer: list[float] | None = None


def show(rows: list[Row]) -> None:
    """Medians, and from least to most in brackets where it was measured more than once."""
    cells = [("what", "ours", "goal", "peer", "", "ours / peer")]
    for row in rows:
        ratio = _ratio(median(row.ours) / median(row.peer)) if row.peer else ""
        peer = _spread(row.peer, row.unit) if row.peer else ""
        cells.append((row.what, _spread(row.ours, row.unit), row.goal, row.peer_name, peer, ratio))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def save(rows: list[Row], path: Path) -> None:
    """The same as JSON, to be compared with another run."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _spread(values: list[float], unit: str) -> str:
    middle = f"{_short(median(values))} {unit}"
    if len(values) == 1:
        return middle
    return f"{middle} ({_short(min(values))}..{_short(max(values))})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
