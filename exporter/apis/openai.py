"""The common parts of Azure OpenAI's APIs.

https://learn.microsoft.com/azure/ai-foundry/openai/reference
"""

from abc import ABC
from typing import Annotated, ClassVar

from exporter.apis.jobs import JobSettings
from exporter.apis.reading import ErrorBody
from exporter.model.operation import Fault
from exporter.settings.types import Duration, between, known_words

_ADVISED_INTERVAL = 60.0  # https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch


def fault_of(error: ErrorBody | None) -> Fault | None:
    """The error of a job; a job without one may have an empty object."""
    fault = error.fault() if error else None
    return fault if fault and (fault.code or fault.message) else None


class OpenaiSettings(JobSettings, ABC):
    """A section for one API of an Azure OpenAI resource."""

    key_header: ClassVar = "api-key"
    needs_own_domain: ClassVar = True
    account_endpoints: ClassVar = ("OpenAI Language Model Instance API",)
    account_kinds: ClassVar = ("OpenAI", "AIServices")

    api_version: Annotated[str, known_words(("2024-10-21", "2025-04-01-preview", "v1"))] = (
        "2024-10-21"
    )
    """Version of Azure's API; v1 uses the path openai/v1."""
    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] | None = None
    """Time between two polls of an operation; by default the interval of `poll`, but at least 60s,
    as Azure recommends.
    """

    def path(self, rest: str, query: str = "") -> str:
        """Path and query below `/openai`; without a version in the query for v1."""
        if self.api_version == "v1":
            return f"/openai/v1{rest}" + (f"?{query}" if query else "")
        options = "&".join(filter(None, (f"api-version={self.api_version}", query)))
        return f"/openai{rest}?{options}"

    def poll_interval(self, default: float) -> float:
        return self.interval or max(default, _ADVISED_INTERVAL)
