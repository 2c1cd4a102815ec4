"""Which rows are shown, and in which order. Pure functions."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from exporter.top.operations_json import OperationsJson, ResourceTroubleJson, plain
from exporter.top.rows import TopRow


class UnknownFilterError(Exception):
    """No row can ever match: the exporter has no `name`; the `known` names are what it has."""

    def __init__(self, flag: str, name: str, known: Collection[str]) -> None:
        names = ", ".join(map(plain, known))
        super().__init__(f"{flag}: the exporter has no {name!r}; it has {names}")
        self.name, self.known = name, known


@dataclass(frozen=True)
class RowFilter:
    """Which rows to show, and in which order; an empty set excludes nothing."""

    resources: frozenset[str] = frozenset()
    apis: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    sort: str = "trouble"

    def check(self, body: OperationsJson) -> None:
        """Check that the exporter has these resources and APIs.

        Raises:
            UnknownFilterError: it does not have one of them; the text lists those that it has.
        """
        if body.resources is None:
            return
        keys = [(operation.resource, operation.api) for operation in body.operations]
        keys += [(name, api) for name, apis in body.resources.items() for api in apis]
        resources, apis = {name for name, _ in keys}, {api for _, api in keys}
        for flag, wanted, known in (
            ("--resource", self.resources, resources | body.resources.keys()),
            ("--api", self.apis, apis),
        ):
            for name in sorted(wanted - known):
                raise UnknownFilterError(flag, name, sorted(known))

    def troubles_of(self, body: OperationsJson) -> list[ResourceTroubleJson]:
        """The troubles of the selected resources."""
        return [
            trouble
            for trouble in body.resource_troubles
            if not self.resources or trouble.resource in self.resources
        ]

    def of(self, rows: Iterable[TopRow]) -> list[TopRow]:
        """The selected rows in the selected order."""
        states = {state.casefold() for state in self.states}
        selected = [
            row
            for row in rows
            if (not self.resources or row.resource in self.resources)
            and (not self.apis or row.api in self.apis)
            and (not states or {row.word.casefold(), row.state.casefold()} & states)
        ]
        selected.sort(key=_trouble_order)
        return selected if self.sort == "trouble" else _sorted(selected, self.sort)


_UNCHANGED_LAST = float("inf")


def _trouble_order(row: TopRow) -> tuple[float | str, ...]:
    return row.urgency, _UNCHANGED_LAST if row.changed is None else row.changed, row.operation


def _sorted(rows: Sequence[TopRow], sort: str) -> list[TopRow]:
    """The rows in this order; those without a value are last, also in descending order."""
    value_of = ORDERS[sort.removeprefix("-")]
    known = [row for row in rows if value_of(row)]
    known.sort(key=value_of, reverse=sort.startswith("-"))
    return known + [row for row in rows if not value_of(row)]


def _if_known(value: float | None, sign: int = 1) -> tuple[float, ...]:
    return () if value is None else (sign * value,)


ORDERS: Mapping[str, Callable[[TopRow], tuple[float | str, ...]]] = {
    "state": lambda row: (row.word.casefold(),),
    "operation": lambda row: (row.operation.casefold(),),
    "resource": lambda row: (row.resource, row.api),
    "progress": lambda row: _if_known(row.progress),
    "created": lambda row: _if_known(row.created, -1),  # an age: the oldest comes first
    "changed": lambda row: _if_known(row.changed, -1),
    "end": lambda row: _if_known(row.ends),
    "charged": lambda row: row.amount[:1] if row.amount else (),
    "error": lambda row: (row.reason,) if row.reason else (),
}
"""The columns of `--sort`, as on the status page; the smallest value comes first."""
