"""What is in trouble, by kind: resources, then operations; two of each kind are named."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from exporter.model.trouble import KINDS
from exporter.web.status.advice import ADVICE, FILE_UNREADABLE, NO_ANSWER, PAUSED, REFUSED
from exporter.web.status.query import Query, write
from exporter.web.status.resources import ResourceRow
from exporter.web.status.rows import OperationRow, OperationView, default_key, row
from exporter.web.status.sorting import SortKey

_NAMED = 2  # of each kind
_MOST_CANDIDATES = 100  # of each kind, before they are sorted


@dataclass(frozen=True, slots=True)
class TroubleGroup:
    """All that has one kind of trouble.

    Attributes:
        kind, count, advice: in words, how many have it, and what to do.
        resources, operations: those that are named; `more` are not.
        url: the address that shows all of them.
    """

    kind: str
    count: int
    advice: str
    resources: Sequence[ResourceRow]
    operations: Sequence[OperationRow]
    more: int
    url: str


class TroubleTally:
    """Counts the operations in trouble, and keeps the first ones of each kind."""

    def __init__(self) -> None:
        self.operations = 0
        self.by_resource: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        # By the worst trouble of each: no operation is named twice.
        self._candidates: defaultdict[str, list[tuple[SortKey, OperationView]]] = defaultdict(list)

    def count(self, view: OperationView) -> None:
        """Count an operation in trouble."""
        self.operations += 1
        self._kinds.update([trouble.kind for trouble in view.troubles])
        self.by_resource[view.snapshot.watch.key.resource] += 1
        kind = view.troubles[0].kind
        self._candidates[kind].append((default_key(view), view))
        if len(self._candidates[kind]) > _MOST_CANDIDATES:
            self._named(kind)

    def _named(self, kind: str) -> list[OperationView]:
        """The operations that are named; the others are not kept."""
        candidates = self._candidates[kind]
        candidates.sort(key=itemgetter(0))
        del candidates[_NAMED:]
        return [view for _, view in candidates]

    def groups(self, resources: Iterable[ResourceRow], now: float) -> Iterator[TroubleGroup]:
        """A group for each kind: what can be saved comes first."""
        down = [resource for resource in resources if resource.health == "bad"]
        for word in (PAUSED, REFUSED, NO_ANSWER, FILE_UNREADABLE):
            group = [resource for resource in down if resource.word == word]
            if group:
                more = max(0, len(group) - _NAMED)
                yield TroubleGroup(
                    word, len(group), ADVICE[word], group[:_NAMED], (), more, "#resources"
                )
        for kind in KINDS:
            if count := self._kinds[kind]:
                rows = [row(view, now) for view in self._named(kind)]
                url = write(Query(trouble=kind)) + "#operations"
                yield TroubleGroup(kind, count, ADVICE[kind], (), rows, count - len(rows), url)
