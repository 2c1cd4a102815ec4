"""One table: ours, the peer, the ratio, and the goal."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One thing that was measured several times, next to a peer's, in seconds."""

    what: str
    ours: list[float]
    peer_name: str
    peer: list[float]
    goal: str


def show(rows: list[Row]) -> None:
    """Medians, and from least to most in brackets."""
    cells = [("what", "ours", "peer", "", "ratio", "goal")]
    for row in rows:
        ratio = median(row.ours) / median(row.peer)
        ours, peer = _spread(row.ours), _spread(row.peer)
        cells.append((row.what, ours, row.peer_name, peer, f"{ratio:.1f}", row.goal))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def _spread(seconds: list[float]) -> str:
    low, middle, high = (
        f"{1000 * each:.0f}" for each in (min(seconds), median(seconds), max(seconds))
    )
    return f"{middle} ms ({low}..{high})"
