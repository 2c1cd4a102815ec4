"""The summary above the rows. Pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporter.top.operations_json import OperationsJson, plain
from exporter.top.row_filter import RowFilter
from exporter.top.rows import TopRow


@dataclass(frozen=True)
class TopHead:
    """A summary of the rows.

    Attributes:
        words: the number of rows with each word.
        bad: the words of operations that have ended badly.
        age: seconds since the oldest status of an unfinished operation was read.
        problems: the number of errors in operation files.
        failed: the number of documents, and of other nouns, that have failed.
        resources: resource, trouble and its reason, for each resource in trouble.
    """

    words: Mapping[str, int]
    bad: frozenset[str]
    age: float | None
    problems: int
    failed: Mapping[str, int]
    resources: Sequence[tuple[str, str, str]]


def head(
    body: OperationsJson, row_filter: RowFilter, shown: Sequence[TopRow], now: float
) -> TopHead:
    """The summary of `shown`, the rows that the filter selects; `now` is in Unix seconds."""
    counts = Counter((row.urgency, row.word) for row in shown)
    words = {word: count for (_, word), count in sorted(counts.items())}
    unfinished = (operation for operation in body.operations if not operation.finished)
    ages = [
        now - operation.last_success
        for operation in unfinished
        if operation.last_success is not None
    ]
    bad = frozenset(row.word for row in shown if row.bad)
    failed: Counter[str] = Counter()
    for row in shown:
        failed.update(row.failed)
    resources = [
        (plain(trouble.resource), plain(trouble.kind), plain(trouble.reason))
        for trouble in row_filter.troubles_of(body)
    ]
    return TopHead(words, bad, max(ages, default=None), len(body.problems), failed, resources)
