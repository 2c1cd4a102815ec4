"""Text to speech avatar, api-version 2024-08-01: operations.

https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.apis.base import OneStatus, Settings, SpeechOperation, SpeechStatus, Target
from exporter.fields import entry_from_id
from exporter.model import State


class Avatar(Settings):
    """Avatar operations of a resource."""

    states: ClassVar = (State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)
    error_codes: ClassVar = (
        "BadRequest",
        "BadArgument",
        "Unauthorized",
        "Forbidden",
        "NotFound",
        "UnsupportedMediaType",
        "TooManyRequests",
        "InternalServerError",
        "ServiceUnavailable",
    )

    operations: tuple[Annotated[SpeechOperation, BeforeValidator(entry_from_id)], ...] = ()

    def targets(self) -> Iterable[Target]:
        for entry in self.operations:
            path = f"/avatar/operations/{entry.id}?api-version=2024-08-01"
            yield OneStatus(entry.id, entry.labels, path, SpeechStatus)
