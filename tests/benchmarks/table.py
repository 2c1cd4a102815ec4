"""One table: ours, the peer, the ratio, and the goal; and what got worse since an earlier one."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median

_TOLERANCE = 1.1


@dataclass(frozen=True)
class Row:
    """One thing that was measured, several times where it varies, next to a peer's."""

    what: str
    unit: str
    ours: list[float]
    goal: str
    peer_name: str = ""
    peer: list[float] | None = None
    more_is_better: bool = False

    @property
    def costs(self) -> list[float]:
        """What is compared with another run: relative to the peer if there is one; less is better.

        The peer was measured in the same minutes, so that another machine makes no difference.
        """
        peer = median(self.peer) if self.peer else 1.0
        costs = [value / peer for value in self.ours]
        return [1 / cost if cost else inf for cost in costs] if self.more_is_better else costs


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


def load(path: Path) -> list[Row]:
    """A table that `save` wrote.

    Raises:
        ValueError: the file holds no such table.
    """
    try:
        return [Row(**row) for row in json.loads(path.read_text())]
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no table of an earlier run: {error}") from error


def losses(rows: Iterable[Row], earlier: Iterable[Row]) -> list[str]:
    """The rows that are worse than in an earlier run, beyond the noise of both, as lines.

    Beyond the noise: every value is worse than every earlier one, and the median by a tenth.
    """
    before = {(row.what, row.unit, row.peer_name): row.costs for row in earlier}
    found: list[str] = []
    for row in rows:
        then, now = before.get((row.what, row.unit, row.peer_name), [inf]), row.costs
        if min(now) > max(then) and median(now) > _TOLERANCE * median(then):
            times = median(now) / median(then) if median(then) else inf
            found.append(f"{row.what}: {_ratio(times)} times what it cost")
    return found


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _spread(values: list[float], unit: str) -> str:
    middle = f"{_short(median(values))} {unit}"
    if len(values) == 1:
        return middle
    return f"{middle} ({_short(min(values))}..{_short(max(values))})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
