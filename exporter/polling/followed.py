"""The operations that are followed, also by the list that they may be in."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from exporter.config.sections import PlannedOperation, SectionKey
from exporter.model.operation import OperationKey

_NONE: AbstractSet[OperationKey] = frozenset()


class FollowedOperations(Mapping[OperationKey, PlannedOperation]):
    """The plan of each followed operation."""

    def __init__(self) -> None:
        self._all: dict[OperationKey, PlannedOperation] = {}
        self._configured: dict[SectionKey, set[OperationKey]] = {}
        self._discovered: dict[SectionKey, set[OperationKey]] = {}

    def __getitem__(self, key: OperationKey) -> PlannedOperation:
        return self._all[key]

    def __contains__(self, key: object) -> bool:
        return key in self._all

    def __iter__(self) -> Iterator[OperationKey]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def any_of(self, section_key: SectionKey) -> bool:
        """Whether there is one of this API of this resource."""
        return section_key in self._configured or section_key in self._discovered

    def discovered_of(self, section_key: SectionKey) -> AbstractSet[OperationKey]:
        """The discovered ones of one API of one resource, without a look at all others."""
        return self._discovered.get(section_key, _NONE)

    def put(self, planned: PlannedOperation) -> None:
        """Add an operation, or replace its plan."""
        key = planned.watch.key
        self._discard(key)
        self._all[key] = planned
        by_section = self._discovered if planned.watch.discovered else self._configured
        by_section.setdefault(key[:2], set()).add(key)

    def remove(self, key: OperationKey) -> None:
        """Take one out."""
        self._discard(key)
        del self._all[key]

    def _discard(self, key: OperationKey) -> None:
        section_key = key[:2]
        for by_section in (self._configured, self._discovered):
            keys = by_section.get(section_key, set())
            keys.discard(key)
            if not keys:
                by_section.pop(section_key, None)
