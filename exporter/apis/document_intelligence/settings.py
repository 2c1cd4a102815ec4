"""The section `document_intelligence`: api-version 2024-11-30, or 2023-07-31 without batches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import AfterValidator, model_validator

from exporter.apis.base import SWITCHED, Lister, Settings, Target
from exporter.apis.document_intelligence.bodies import (
    MODEL_ID,
    OPERATION_ID,
    WORDS,
    AnalysisStatus,
    BatchItem,
    BatchStatus,
    OperationItem,
    OperationStatus,
)
from exporter.apis.document_intelligence.lists import BriefList, VersionedPage
from exporter.apis.id_forms import IdForm
from exporter.apis.jobs import OneStatus
from exporter.apis.recent import DiscoverRecent, PrefixedLists
from exporter.apis.request_counts import Assumed, RequestCounts
from exporter.model.operation import Operation, State
from exporter.settings.types import ID_ALONE, UUID, OperationEntry, known_words, matching, problem

_BATCHES = "analyzeBatchResults"
_ANALYSES = f"(documentModels|documentClassifiers)/{MODEL_ID}/analyzeResults/{UUID}"
_BATCH = f"documentModels/{MODEL_ID}/{_BATCHES}/{UUID}"
_ANALYSIS_PATHS = (
    "documentModels/{}/analyzeResults/{}",
    "documentClassifiers/{}/analyzeResults/{}",
    f"documentModels/{{}}/{_BATCHES}/{{}}",
)
_EXPECTED = (
    "digits, _ and a UUID, or documentModels/MODEL/analyzeResults/UUID, or "
    "documentClassifiers/NAME/analyzeResults/UUID"
)
_BATCH_REST = 300.0
"""Seconds; Azure takes 3 s for the status of a running batch, of which only the progress is new."""
_HOURLY_STATUSES = int(3600 / _BATCH_REST)


def _lower_uuid(id_: str) -> str:
    """Names are kept as they are written; a UUID at the end has small letters."""
    rest, separator, end = id_.rpartition("/")
    return f"{rest}{separator}{end.lower()}"


class WatchedOperation(OperationEntry):
    """One operation or analysis: an id, or a mapping with options."""

    id: Annotated[
        str,
        matching(
            f"{OPERATION_ID}|{_ANALYSES}|{_BATCH}",
            f"{_EXPECTED}, or documentModels/MODEL/{_BATCHES}/UUID",
        ),
        AfterValidator(_lower_uuid),
    ]
    """The id of an operation, like 31443309030_13751ae3-c8e5-4084-be60-c55e99b15783; or the path of
    an analysis, like documentModels/prebuilt-layout/analyzeResults/ and a UUID."""


class _WithoutBatches(OperationEntry):
    """What api-version 2023-07-31 has."""

    id: Annotated[
        str,
        matching(
            f"{OPERATION_ID}|{_ANALYSES}",
            f"{_EXPECTED}; batch analyses need api_version 2024-11-30",
        ),
    ]


ModelId = Annotated[
    str,
    matching(MODEL_ID, "2 to 64 letters, digits, '.', '_', '~' or '-', a letter or digit first"),
]


def _has_error_if_failed(operation: Operation) -> bool:
    """A list does not tell why an operation failed."""
    return operation.state is not State.FAILED or operation.fault is not None


def _has_end(operation: Operation) -> bool:
    """A list has neither the progress of a batch, nor its documents, nor its error."""
    return bool(operation.counts) or operation.fault is not None


class DocumentIntelligence(Settings):
    """Builds and other operations, batch analyses and single analyses of a resource."""

    words: ClassVar = WORDS
    account_endpoints: ClassVar = ("FormRecognizer",)
    account_kinds: ClassVar = ("FormRecognizer", "AIServices", "CognitiveServices")
    account_path: ClassVar = "documentintelligence/operations"
    stuck_after: ClassVar = 14400.0
    # https://learn.microsoft.com/azure/ai-services/document-intelligence/reference/v3-error-guide
    error_codes: ClassVar = (
        "InvalidRequest",
        "InvalidArgument",
        "Forbidden",
        "NotFound",
        "MethodNotAllowed",
        "Conflict",
        "UnsupportedMediaType",
        "InternalServerError",
        "ServiceUnavailable",
    )

    api_version: Annotated[str, known_words(("2024-11-30", "2023-07-31"))] = "2024-11-30"
    """Version of Azure's API; 2023-07-31 has no batch analyses."""
    discover: Annotated[DiscoverRecent | None, SWITCHED] = None
    """Discovers builds and other operations of the resource, and batch analyses of `models`: true,
    or a mapping with options.
    """
    models: tuple[ModelId, ...] = ()
    """Models whose batch analyses are discovered, also Azure's models like prebuilt-layout. Each
    model has a list of its own.
    """
    operations: tuple[Annotated[WatchedOperation, ID_ALONE], ...] = ()
    """Operations and analyses to poll: ids, or mappings with options."""

    @model_validator(mode="after")
    def _check_models(self) -> "DocumentIntelligence":
        if self.models and self.discover is None:
            raise problem(
                ("needs discover: true, to discover the batch analyses of models"), "models"
            )
        if self.models and not self._has_batches:
            raise problem("needs api_version 2024-11-30, which has batch analyses", "models")
        if not self._has_batches and any(_BATCHES in entry.id for entry in self.operations):
            text = "has a batch analysis, which needs api_version 2024-11-30"
            raise problem(text, "operations")
        return self

    @property
    def _has_batches(self) -> bool:
        return self.api_version == "2024-11-30"

    def path(self, rest: str) -> str:
        """Path and query below the root of the version."""
        root = "/documentintelligence" if self._has_batches else "/formrecognizer"
        return f"{root}/{rest}?api-version={self.api_version}"

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return {entry.id: entry.labels for entry in self.operations}

    def id_forms(self) -> Sequence[IdForm]:
        ids = {
            "operations/{}": "{}",
            **{path: path for path in _ANALYSIS_PATHS if self._has_batches or _BATCHES not in path},
        }
        return [IdForm(self.path(path).partition("?")[0], id_) for path, id_ in ids.items()]

    def targets(self) -> Iterable[Target]:
        return [self.target(entry.id) for entry in self.operations]

    def target(self, id_: str) -> Target:
        id_ = WatchedOperation(id=id_).id
        if not self._has_batches:
            _WithoutBatches(id=id_)
        labels = self._labels.get(id_, {})
        if "/" not in id_:
            path = self.path(f"operations/{id_}")
            return OneStatus(id_, labels, path, OperationStatus, is_whole=_has_error_if_failed)
        path = self.path(id_)
        if _BATCHES not in id_:
            return OneStatus(id_, labels, path, AnalysisStatus, "analysis")
        return OneStatus(
            id_,
            labels,
            path,
            BatchStatus,
            "batch",
            is_whole=_has_end,
            listed_rest=_BATCH_REST,
        )

    def lister(self, own: Sequence[str]) -> Lister | None:  # noqa: ARG002
        if self.discover is None:
            return None
        operations = BriefList(
            self.path("operations"),
            VersionedPage[OperationItem],
            self.discover,
            newest_first=True,
        )
        batches = {
            f"documentModels/{model}/{_BATCHES}/": BriefList(
                self.path(f"documentModels/{model}/{_BATCHES}"),
                VersionedPage[BatchItem],
                self.discover,
                name=model,
            )
            for model in self.models
        }
        return PrefixedLists({"": operations, **batches}, self.discover)

    def request_counts(self, assumed: Assumed) -> RequestCounts:
        """Discovered batches are asked for their progress, failed operations for their error."""
        counts = super().request_counts(assumed)
        if self.discover is None:
            return counts
        discovered = min(assumed.operations, self.discover.max_operations)
        statuses = _HOURLY_STATUSES if self.models else 1
        round_ = counts.round + len(self.models)
        return replace(counts, round=round_, once=discovered * statuses)
