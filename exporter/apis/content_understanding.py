"""Content Understanding, api-version 2025-11-01: analyses of content, and operations of analyzers.

Azure has no list of them. An answer of a finished analysis has its whole result, some 180 kB for
each page, of which counts alone are read.

https://learn.microsoft.com/rest/api/contentunderstanding/content-analyzers/get-result
https://learn.microsoft.com/rest/api/contentunderstanding/content-analyzers/get-operation-status
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from exporter.apis.base import StatusBody, Target
from exporter.apis.jobs import Jobs, JobSettings
from exporter.apis.reading import (
    Count,
    MaybeError,
    Quantity,
    Timestamp,
    Word,
    read_count,
    read_state,
    without_none,
    words,
)
from exporter.azure.body import Body
from exporter.model.operation import Amounts, Number, Operation, State
from exporter.model.quantities import Amount
from exporter.settings.types import ID_ALONE, UUID, OperationEntry, matching

_ROOT = "/contentunderstanding"
_VERSION = "api-version=2025-11-01"
_HOUR_SECONDS = 3600

WORDS = words(
    State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED, Canceled=State.CANCELLED
)

# The ends of names such as `gpt-4.1-cached-input`, which say how the tokens of a model are charged.
_KINDS_OF_TOKENS = {
    "cached-input": Amount.CACHED_INPUT_TOKENS,
    "input": Amount.INPUT_TOKENS,
    "output": Amount.OUTPUT_TOKENS,
}


def _tokens(value: object) -> dict[Amount, int]:
    """The tokens of all models, by kind."""
    sums: dict[Amount, int] = {}
    for amount, tokens in _tokens_by_model(value):
        sums[amount] = sums.get(amount, 0) + tokens
    return sums


def _tokens_by_model(value: object) -> Iterator[tuple[Amount, int]]:
    for name, written in value.items() if isinstance(value, dict) else ():
        tokens = read_count(written)
        kind = re.search(r"[-_](cached[-_]input|input|output)$", name)
        if tokens is not None and kind:
            yield _KINDS_OF_TOKENS[kind[1].replace("_", "-")], tokens


Tokens = Annotated[dict[Amount, int], BeforeValidator(_tokens)]


def _length(value: object) -> int | None:
    return len(value) if isinstance(value, list) else None


class Usage(Body):
    """What an analysis was charged for; it is said at its end."""

    minimal: Count | None = Field(None, validation_alias="documentPagesMinimal")
    basic: Count | None = Field(None, validation_alias="documentPagesBasic")
    standard: Count | None = Field(None, validation_alias="documentPagesStandard")
    audio_hours: Quantity | None = Field(None, validation_alias="audioHours")
    video_hours: Quantity | None = Field(None, validation_alias="videoHours")
    contextualization: Count | None = Field(None, validation_alias="contextualizationTokens")
    tokens: Tokens = Field({})

    def amounts(self) -> Amounts:
        return without_none(
            {
                Amount.MINIMAL_PAGES: self.minimal,
                Amount.BASIC_PAGES: self.basic,
                Amount.STANDARD_PAGES: self.standard,
                Amount.AUDIO_SECONDS: _seconds(self.audio_hours),
                Amount.VIDEO_SECONDS: _seconds(self.video_hours),
                Amount.CONTEXTUALIZATION_TOKENS: self.contextualization,
                **self.tokens,
            }
        )


def _seconds(hours: Number | None) -> Number | None:
    return None if hours is None else hours * _HOUR_SECONDS


class Result(Body):
    """The result, or the analyzer; also of an unfinished operation. Its contents are not read."""

    created: Timestamp = Field(None, validation_alias="createdAt")
    warnings: Annotated[int | None, BeforeValidator(_length)] = None


class CuStatus(StatusBody):
    """An analysis, or the making of an analyzer, whose own `status` inside `result` is another."""

    status: Word
    result: Result = Result()
    usage: Usage = Usage()
    error: MaybeError = None

    def operation(self) -> Operation:
        warnings = without_none({Amount.WARNINGS: self.result.warnings})
        return Operation(
            state=read_state(self.status, WORDS),
            word=self.status,
            created=self.result.created,
            amounts={**self.usage.amounts(), **warnings},
            fault=self.error.fault() if self.error else None,
        )


def _lower_uuid(id_: str) -> str:
    """The id as Azure writes it. Names of analyzers keep their case."""
    name, _, uuid = id_.rpartition("/")
    return f"{name}/{uuid.lower()}"


class CuOperation(OperationEntry):
    """One analysis or operation of an analyzer: an id, or a mapping with options."""

    id: Annotated[
        str,
        matching(
            rf"(analyzerResults|analyzers/[a-zA-Z0-9_-][a-zA-Z0-9._-]{{0,63}})/{UUID}",
            "analyzerResults/ and a UUID, or analyzers/, a name and /UUID",
        ),
        AfterValidator(_lower_uuid),
    ]
    """The id, like analyzerResults/3c1f2a44-6f0b-4a43-9f39-0a9c7f2f8f51."""


class ContentUnderstanding(JobSettings):
    """Analyses and operations of analyzers of a resource."""

    words: ClassVar = WORDS
    amounts: ClassVar = (
        Amount.AUDIO_SECONDS,
        Amount.INPUT_TOKENS,
        Amount.CACHED_INPUT_TOKENS,
        Amount.OUTPUT_TOKENS,
        Amount.CONTEXTUALIZATION_TOKENS,
        Amount.MINIMAL_PAGES,
        Amount.BASIC_PAGES,
        Amount.STANDARD_PAGES,
        Amount.VIDEO_SECONDS,
        Amount.WARNINGS,
    )
    error_codes: ClassVar = ("InvalidRequest",)
    needs_own_domain: ClassVar = True

    operations: tuple[Annotated[CuOperation, ID_ALONE], ...] = ()
    """Analyses, as analyzerResults/ID, and operations of analyzers, as analyzers/NAME/ID: ids, or
    mappings with options."""

    def jobs(self) -> Sequence[Jobs]:
        return _JOBS

    def entries(self) -> Sequence[OperationEntry]:
        return self.operations

    def target(self, id_: str) -> Target:
        return super().target(CuOperation(id=id_).id)


_JOBS = (
    Jobs(
        f"{_ROOT}/analyzerResults/{{}}?{_VERSION}",
        CuStatus,
        OperationEntry,
        kind="analysis",
        prefix="analyzerResults/",
    ),
    Jobs(
        f"{_ROOT}/analyzers/{{}}/operations/{{}}?{_VERSION}",
        CuStatus,
        OperationEntry,
        kind="analyzer",
        prefix="analyzers/",
        form="{}/{}",
    ),
)
