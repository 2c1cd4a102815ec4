"""Reports of transcriptions: how many of the audio files could be transcribed.

A report has addresses of recordings and texts about them: two counts alone are read. Neither are
the signed URLs kept under which Azure hands out its files.

https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-get
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace
from pydantic import Field

from exporter.apis.base import Azure, FindKnown, Found, Known
from exporter.apis.jobs import OneStatus, StatusShape
from exporter.apis.reading import Count, Text, counted, without_none
from exporter.apis.speech_to_text import FilteredList, ValuesPage
from exporter.azure.body import Body
from exporter.errors import Failure
from exporter.model.operation import Counts, Operation, State
from exporter.model.quantities import Counted

REQUESTS = 2  # for a report: the list of files, and the file
_KIND = "TranscriptionReport"


class Links(Body):
    content_url: Text = Field(None, validation_alias="contentUrl")


class ResultFile(Body):
    """A file of a finished transcription."""

    kind: Text = None
    links: Links = Links()


class Report(Body):
    """A report of a finished transcription."""

    succeeded: Count | None = Field(None, validation_alias="successfulTranscriptionsCount")
    failed: Count | None = Field(None, validation_alias="failedTranscriptionsCount")

    def counts(self) -> Counts:
        files = {State.SUCCEEDED: self.succeeded, State.FAILED: self.failed}
        return counted({Counted.AUDIO_FILES: files})

    def submitted(self) -> Mapping[Counted, int]:
        """The sum, if both are said: Azure does not say it itself."""
        if self.succeeded is None or self.failed is None:
            return {}
        return {Counted.AUDIO_FILES: self.succeeded + self.failed}


@dataclass(frozen=True)
class Reported(OneStatus[StatusShape]):
    """A transcription whose report is read when it has finished.

    A report that cannot be read leaves the counts absent: it does not make the state less true.
    """

    files_path: str = ""

    async def poll(self, azure: Azure, known: Known) -> Operation:
        operation = with_report(known.operation, await super().poll(azure, known))
        if not operation.state.finished or Counted.AUDIO_FILES in operation.counts:
            return operation
        try:
            report = await self._report(azure)
        except Failure:
            return operation
        counts = {**operation.counts, **report.counts()}
        return replace(operation, counts=counts, submitted=report.submitted())

    async def _report(self, azure: Azure) -> Report:
        async for page in azure.pages(self.files_path, ValuesPage[ResultFile].read):
            for file in page.value:
                if file.kind == _KIND and file.links.content_url:
                    return await azure.file(file.links.content_url, Report.read)
        return Report()


@dataclass
class ReportedList(FilteredList):
    """A list of transcriptions, each with what its report has told before."""

    async def found(self, azure: Azure, known: FindKnown, now: float) -> AsyncIterator[Found]:
        async for found in super().found(azure, known, now):
            yield found._replace(operation=with_report(known(found.id), found.operation))


def with_report(earlier: Operation | None, later: Operation) -> Operation:
    """A later answer for an operation that has ended, with the counts of its report."""
    if earlier is None or earlier.state is not later.state or not later.state.finished:
        return later
    files = without_none({Counted.AUDIO_FILES: earlier.counts.get(Counted.AUDIO_FILES)})
    if not files:
        return later
    whole = replace(later, counts={**later.counts, **files}, submitted=earlier.submitted)
    return earlier if whole == earlier else whole
