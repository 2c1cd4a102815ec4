"""Video Translation, api-version 2025-05-20: operations.

https://learn.microsoft.com/rest/api/aiservices/videotranslation/operation-operations/get-operation
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.apis.base import OneStatus, Settings, SpeechOperation, SpeechStatus, Target
from exporter.fields import entry_from_id
from exporter.model import State


class VideoTranslation(Settings):
    """Video Translation operations of a resource."""

    states: ClassVar = (
        State.NOT_STARTED,
        State.RUNNING,
        State.SUCCEEDED,
        State.FAILED,
        State.CANCELLED,
    )
    error_codes: ClassVar = ()

    operations: tuple[Annotated[SpeechOperation, BeforeValidator(entry_from_id)], ...] = ()

    def targets(self) -> Iterable[Target]:
        for entry in self.operations:
            path = f"/videotranslation/operations/{entry.id}?api-version=2025-05-20"
            yield OneStatus(entry.id, entry.labels, path, SpeechStatus)
