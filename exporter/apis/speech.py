"""What the Speech APIs have in common."""

from typing import Annotated

from exporter.apis.base import Status
from exporter.model.operation import Operation, State
from exporter.settings.types import Entry, matching


class SpeechStatus(Status):
    """`{"id", "status"}`: all that the Speech pages promise; no time, no progress, no error."""

    status: str

    def operation(self) -> Operation:
        return Operation(state=State.read(self.status), word=self.status)


SPEECH_ID = (
    r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]",
    "3 to 64 letters, digits, '.', '_' or '-', a letter or digit at both ends",
)


class SpeechOperation(Entry):
    """One operation of a Speech API."""

    # The pattern stands on each page.
    id: Annotated[str, matching(*SPEECH_ID)]
    """The Operation-Id of the PUT that began it."""
