"""The common parts of the Speech APIs."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from exporter.apis.base import StatusBody
from exporter.apis.reading import Word, read_state
from exporter.model.operation import Operation, State
from exporter.settings.types import OperationEntry, matching


class SpeechStatus(StatusBody):
    """`{"id", "status"}`: all that Azure documents; no times, no progress, no error."""

    words: ClassVar[Mapping[str, State]]  # of the API

    status: Word

    def operation(self) -> Operation:
        return Operation(state=read_state(self.status, self.words), word=self.status)


# The pattern is on the page of each API.
SpeechId = Annotated[
    str,
    matching(
        r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]",
        "3 to 64 letters, digits, '.', '_' or '-', a letter or digit at both ends",
    ),
]


class SpeechOperation(OperationEntry):
    """One operation of a Speech API."""

    id: SpeechId
    """The Operation-Id of the PUT that began it."""
