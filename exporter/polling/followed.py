"""The operations that are followed, also by the list that they may be in."""

from collections.abc import Iterator, Mapping

from exporter.config.sections import PlannedOperation, SectionKey
from exporter.model.operation import OperationKey

_NONE: Mapping[OperationKey, PlannedOperation] = {}


class FollowedOperations(Mapping[OperationKey, PlannedOperation]):
    """The plan of each followed operation."""

    def __init__(self) -> None:
        self._all: dict[OperationKey, PlannedOperation] = {}
        self._by_section: dict[SectionKey, dict[OperationKey, PlannedOperation]] = {}

    def __getitem__(self, key: OperationKey) -> PlannedOperation:
        return self._all[key]

    def __iter__(self) -> Iterator[OperationKey]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def of(self, section_key: SectionKey) -> Mapping[OperationKey, PlannedOperation]:
        """Those of one API of one resource, without a look at all others."""
        return self._by_section.get(section_key, _NONE)

    def put(self, planned: PlannedOperation) -> None:
        """Add an operation, or replace its plan."""
        key = planned.watch.key
        self._all[key] = planned
        self._by_section.setdefault(key[:2], {})[key] = planned

    def remove(self, key: OperationKey) -> None:
        """Take one out."""
        del self._all[key]
        of_section = self._by_section[key[:2]]
        del of_section[key]
        if not of_section:
            del self._by_section[key[:2]]
