"""Question answering: deployments, imports and exports of projects, updates of their contents.

https://learn.microsoft.com/rest/api/questionanswering/question-answering-projects
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from exporter.apis.base import Target
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.language_jobs import (
    ERROR_CODES,
    NAME,
    WORDS,
    IdPart,
    LanguageJob,
    with_lower_job,
)
from exporter.settings.types import ID_ALONE, UUID, OperationEntry, known_words, matching

_OLD_VERSION = "2021-10-01"
_PROJECT = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,98}[a-zA-Z0-9])?"
_KINDS = {
    "deployments": "deployment",
    "import": "import",
    "export": "export",
    "sources": "sources_update",
    "qnas": "qnas_update",
}


class WatchedJob(OperationEntry):
    """One job: an id, or a mapping with options."""

    id: Annotated[
        str,
        matching(
            rf"{_PROJECT}/(deployments/{NAME}|import|export|sources|qnas)/{UUID}",
            "PROJECT/deployments/NAME/ID, PROJECT/import/ID, PROJECT/export/ID, "
            "PROJECT/sources/ID or PROJECT/qnas/ID",
        ),
        AfterValidator(with_lower_job),
    ]
    """The id, like faq/deployments/production/60998eff-ddd9-4aac-93e5-27196da9f456."""


class QuestionAnswering(JobSettings):
    """Jobs of question answering projects, of which Azure has no list."""

    words: ClassVar = WORDS
    error_codes: ClassVar = ERROR_CODES

    api_version: Annotated[str, known_words(("2023-04-01", "2025-05-15-preview", _OLD_VERSION))] = (
        "2023-04-01"
    )
    """Version of Azure's API."""
    operations: tuple[Annotated[WatchedJob, ID_ALONE], ...] = ()
    """Jobs to poll: ids, or mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        return [self._jobs(route) for route in _KINDS]

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def target(self, id_: str) -> Target:
        full_id = WatchedJob(id=id_).id
        return self._jobs(full_id.split("/")[1]).target(full_id, self._labels)

    def _jobs(self, route: str) -> Jobs:
        """The jobs whose ids have `route` behind the project."""
        of_deployment = route == "deployments"
        rest = "{0}/deployments/{2}/jobs/{3}" if of_deployment else f"{{0}}/{route}/jobs/{{2}}"
        root = "/language" if self.api_version == _OLD_VERSION else "/language/authoring"
        return Jobs(
            f"{root}/query-knowledgebases/projects/{rest}?api-version={self.api_version}",
            LanguageJob,
            IdPart,
            _KINDS[route],
            form="{0}/deployments/{2}/{3}" if of_deployment else f"{{0}}/{route}/{{2}}",
        )
