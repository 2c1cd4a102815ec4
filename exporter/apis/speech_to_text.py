"""The common parts of speech to text, api-version 2024-11-15 or 2025-10-15.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-speech-to-text
"""

from abc import ABC
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Generic
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from exporter.apis.jobs import JobSettings
from exporter.apis.reading import Text, words
from exporter.apis.recent import RecentList
from exporter.apis.speech import SPEECH_KINDS
from exporter.azure.body import Item, ItemsPage
from exporter.model.operation import State
from exporter.settings.types import Uuid, known_words

# "It isn't recommended to query the service more than once a minute", says Azure's page.
# https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription
_ADVISED_INTERVAL = 60.0

WORDS = words(State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)


def _id_in(url: object) -> object:
    """The id is the end of the path; the host is one name of the resource among several."""
    return urlsplit(url).path.rpartition("/")[2] if isinstance(url, str) else url


# Of a job in a list, only the URL in `self` has the id.
IdOfSelf = Annotated[Uuid, BeforeValidator(_id_in), Field(validation_alias="self")]
DisplayName = Annotated[Text, Field(validation_alias="displayName")]


class ValuesPage(ItemsPage[Item], Generic[Item]):
    """One page of a list; the link to the next one is `@nextLink`."""

    value: tuple[Item, ...] = Field(validation_alias="values")


@dataclass
class FilteredList(RecentList):
    """A list of which Azure leaves out what was created before the lookback."""

    def first_page(self, now: float) -> str:
        since = datetime.fromtimestamp(now - self.discover.lookback, UTC)
        return f"{self.path}&filter=createdDateTime%20ge%20{since:%Y-%m-%dT%H:%M:%SZ}"


class SpeechToTextSettings(JobSettings, ABC):
    """A section for one API of speech to text."""

    words: ClassVar = WORDS
    error_codes: ClassVar = (
        "InvalidRequest",
        "InvalidArgument",
        "InternalServerError",
        "ServiceUnavailable",
        "NotFound",
        "PipelineError",
        "Conflict",
        "InternalCommunicationFailed",
        "Forbidden",
        "NotAllowed",
        "Unauthorized",
        "UnsupportedMediaType",
        "TooManyRequests",
        "UnprocessableEntity",
    )

    account_endpoints: ClassVar = ("Speech Services Speech to Text",)
    account_kinds: ClassVar = SPEECH_KINDS
    account_path: ClassVar = "speechtotext/transcriptions"

    # A version does not read what a newer one has created.
    api_version: Annotated[str, known_words(("2025-10-15", "2024-11-15"))] = "2025-10-15"
    """Version of Azure's API; the newest one reads jobs of all versions."""

    def poll_interval(self, default: float) -> float:
        return max(default, _ADVISED_INTERVAL)

    def path(self, rest: str, query: str = "") -> str:
        """Path and query below `/speechtotext`."""
        version = f"api-version={self.api_version}"
        return f"/speechtotext{rest}?{version}" + (f"&{query}" if query else "")
