"""Sections that name operations, each of them once."""

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from exporter.settings.raising import raise_all
from exporter.settings.types import OperationEntry, Strict, problem
from exporter.settings.yaml_file import comparable
from exporter.text import nameable

LISTS = ("operations", "batches")  # the settings that name operations


class NamesOperations(Strict):
    """A section with a list of operations; an id may not be repeated, also not as a URL."""

    @model_validator(mode="after")
    def _check_repeated(self) -> Self:
        raise_all(self._repeated())
        return self

    def _repeated(self) -> Iterator[PydanticCustomError]:
        for name in LISTS:
            entries: tuple[OperationEntry, ...] = getattr(self, name, ())
            known: set[str] = set()
            for number, entry in enumerate(entries):
                id_ = comparable(entry.id)
                if id_ in known:
                    yield problem(f"duplicate {nameable(id_)!r}; remove one", name, number)
                known.add(id_)
