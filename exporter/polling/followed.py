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
        if key in self._all:
            self.remove(key)
        self._all[key] = planned
        self._keys(planned).setdefault(key[:2], set()).add(key)

    def remove(self, key: OperationKey) -> None:
        """Take one out."""
        by_section = self._keys(self._all.pop(key))
        keys = by_section[key[:2]]
        keys.remove(key)
        if not keys:
            del by_section[key[:2]]

    def _keys(self, planned: PlannedOperation) -> dict[SectionKey, set[OperationKey]]:
        return self._discovered if planned.watch.discovered else self._configured
