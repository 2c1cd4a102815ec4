"""Answers of a hostile Azure: each through the reader, its shape, the store, and all faces."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs
from multidict import CIMultiDict
from prometheus_client.parser import text_string_to_metric_families

from exporter.apis.avatar import AvatarStatus, SynthesisStatus
from exporter.apis.base import StatusBody
from exporter.apis.content_understanding import CuStatus
from exporter.apis.custom_speech import ListedJob
from exporter.apis.document_intelligence.bodies import (
    AnalysisStatus,
    OperationItem,
    OperationStatus,
)
from exporter.apis.document_intelligence.bodies import BatchItem as AnalysedBatchItem
from exporter.apis.document_intelligence.bodies import BatchStatus as AnalysedBatchStatus
from exporter.apis.document_intelligence.lists import VersionedPage
from exporter.apis.document_translation.batch import BatchItem, BatchStatus
from exporter.apis.document_translation.document_status import DocumentPage, DocumentStatus
from exporter.apis.language import Analysis
from exporter.apis.language_jobs import LanguageJob
from exporter.apis.language_trainings import ListedTraining, Training
from exporter.apis.openai_batch import BatchItem as OpenaiBatchItem
from exporter.apis.openai_batch import BatchStatus as OpenaiBatchStatus
from exporter.apis.openai_fine_tuning import JobItem, JobStatus
from exporter.apis.qna_maker import QnaStatus
from exporter.apis.speech_synthesis import SynthesisItem
from exporter.apis.speech_to_text import ValuesPage
from exporter.apis.speech_transcription import ListedTranscription, TranscriptionStatus
from exporter.apis.video_translation import IterationStatus, Translation, VideoStatus
from exporter.azure.answer import Answer, read
from exporter.azure.body import Body, CursorPage, ItemsPage, ShapeError
from exporter.azure.links import next_path
from exporter.errors import Failure, Unreadable
from exporter.exposition.negotiation import Format
from exporter.exposition.pages import Pages
from exporter.model.operation import Document, Operation, OperationKey, State
from exporter.model.quantities import Counted
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from exporter.telemetry import logs
from exporter.telemetry.metrics import Telemetry
from exporter.web.api import summary
from tests.fuzz import mutation
from tests.fuzz.finding import Findings
from tests.fuzz.mutation import Json

SAMPLES = Path(__file__).parent.parent / "samples"
AnyShape = type[Body | DocumentStatus | DocumentPage]
SHAPES: Sequence[AnyShape] = (
    *(
        BatchStatus,
        ItemsPage[BatchItem],
        DocumentStatus,
        DocumentPage,
        AvatarStatus,
        VideoStatus,
        QnaStatus,
    ),
    *(IterationStatus, ItemsPage[Translation], ItemsPage[IterationStatus]),
    *(SynthesisStatus, ItemsPage[SynthesisStatus]),
    *(SynthesisItem, ItemsPage[SynthesisItem], TranscriptionStatus),
    *(ValuesPage[ListedTranscription], ValuesPage[ListedJob]),
    *(OpenaiBatchStatus, CursorPage[OpenaiBatchItem], JobStatus, CursorPage[JobItem], CuStatus),
    *(Analysis, Training, ItemsPage[ListedTraining], LanguageJob),
    *(AnalysisStatus, OperationStatus, AnalysedBatchStatus),
    *(VersionedPage[OperationItem], VersionedPage[AnalysedBatchItem]),
)
_NOW = 1_800_000_000.0
_LIST = "/list?after=a&limit=5"
_ENDPOINT = "https://contoso.cognitiveservices.azure.com"
_ID = "727bf148-f327-47a0-9481-abae6362f11e"
_SCRAPE = 1000  # answers from one look at everything that is shown to the next
_LARGEST = 200_000  # bytes of an answer; what grew beyond it is begun anew
STATUSES = (200,) * 40 + (204, 206, 302, 304, 400, 401, 403, 404, 408, 410, 429, 429, 500, 503)
_HEADERS: dict[str, Sequence[str]] = {
    "Retry-After": ("0", "-1", "1.5", "31536000", "1e9", "nan", "00:00:30", "9999.99:99:99", ""),
    "RetryAfter": ("5", "Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 99 Foo 20000 99:99:99 -9999"),
    "Date": ("Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 01 Jan 0001 00:00:00 +2359", "x"),
    "Content-Type": ("application/json", "text/html", "", ";", "application/json; charset=utf-16"),
    "x-ms-error-code": ("ResourceNotFound", "x" * 4000, "\x7f", "429"),
    "apim-request-id": ("b0e7", "y" * 4000, "\u20ac"),
}


@dataclass
class Shown:
    """All that shows an operation, told of each."""

    pages: Pages
    telemetry: Telemetry
    store: Store

    @classmethod
    def of(cls, shapes: Iterable[AnyShape]) -> "Shown":
        pages, telemetry = Pages(), Telemetry()
        shown = cls(
            pages, telemetry, Store([pages.update, telemetry.operations.changed, logs.changed])
        )
        for shape in shapes:
            shown.store.watch(Watch(_key(shape), "batch", tuple(State), shows=frozenset(State)))
        return shown

    def begin(self) -> None:
        """Let all leave, and come anew."""
        for watch in [snapshot.watch for snapshot in self.store]:
            self.store.remove(watch.key)
            self.store.watch(watch)

    def put(self, key: OperationKey, operation: Operation) -> None:
        json.dumps(summary(self.store.put(key, operation, _NOW), _NOW), ensure_ascii=False).encode()

    def scrape(self) -> int:
        """Samples of a scrape, read by prometheus-client's own parser."""
        body = bytes(self.pages.plain(self.telemetry.render(Format.TEXT))).decode()
        return sum(len(each.samples) for each in text_string_to_metric_families(body))


def _key(shape: AnyShape) -> OperationKey:
    return OperationKey("fuzz", "document_translation", shape.__name__)


def samples(folder: Path = SAMPLES) -> list[Json]:
    """Every object in the JSON files of a folder, alone and as the items of a page."""
    files = [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]
    objects = [each for file in files for each in _objects(file)]
    pages: list[Json] = [
        {"value": [{"id": _ID, **one}] * 2, "@nextLink": f"{_ENDPOINT}/list?skip=100"}
        for one in objects
    ]
    pages += [{"values": [one] * 2} for one in objects if "self" in one]
    pages += [{"data": [one] * 2, "has_more": True} for one in objects if "id" in one]
    return [*objects, *pages]


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    if isinstance(value, dict):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _objects(part)


def try_answers(count: int, seed: int = 0, folders: Iterable[Path] = (SAMPLES,)) -> Findings:
    """So many answers, at each shape in turn."""
    logs.configure("error", "logfmt")
    chance = random.Random(f"answers/{seed}")
    findings = Findings("answers")
    written = dict.fromkeys(json.dumps(each) for folder in folders for each in samples(folder))
    bodies = [*map(json.loads, written)]
    suiting = {
        shape: [json.loads(body) for body in written if suits(shape, body)] for shape in SHAPES
    }
    shown = Shown.of(SHAPES)
    for number in range(count):
        shape = SHAPES[number % len(SHAPES)]
        wanted = suiting[shape] if chance.random() < 0.8 else bodies
        given = _answer(wanted, chance)
        with findings.trying((shape.__name__, *given)):
            findings.outcomes[taken(shape, *given, shown)] += 1
            if number % _SCRAPE == 0:
                shown.scrape()
                shown.begin()
    return findings


def suits(shape: AnyShape, body: str) -> bool:
    """Whether it is a good answer, with all of its items."""
    try:
        return not getattr(shape.read(body.encode()), "broken", 0)
    except ShapeError:
        return False


def _answer(bodies: Sequence[Json], chance: random.Random) -> tuple[int, CIMultiDict[str], bytes]:
    """Status, headers and body."""
    said = mutation.data(chance.choice(bodies), chance)
    body = json.dumps(said, ensure_ascii=chance.random() < 0.9).encode(errors="surrogatepass")
    if chance.random() < 0.3:
        body = mutation.raw(body, chance)
    headers: CIMultiDict[str] = CIMultiDict()
    for name in chance.sample(list(_HEADERS), chance.randrange(4)):
        value = chance.choice(_HEADERS[name])
        headers[name] = mutation.text(value, chance) if chance.random() < 0.3 else value
    return chance.choice(STATUSES), headers, body[:_LARGEST]


def taken(
    shape: AnyShape,
    status: int,
    headers: CIMultiDict[str],
    body: bytes,
    shown: Shown,
) -> str:
    """What became of an answer, in a word."""
    outcome = read(status, headers, body, shape.read, _NOW)
    key = _key(shape)
    if isinstance(outcome, Failure):
        shown.store.fail(key, outcome)
        json.dumps(summary(shown.store[key], _NOW))
        return type(outcome).__name__
    _follow(outcome)
    for operation in _operations(outcome.value):
        shown.put(key, operation)
    return "read"


def _follow(answer: Answer[object]) -> None:
    """The next page's link leads nowhere, or to the resource."""
    if isinstance(answer.value, ItemsPage | DocumentPage):
        try:
            link = answer.value.following(_LIST)
            if not link:
                return
            path = next_path(_ENDPOINT, _LIST, link, set())
        except (ShapeError, Unreadable):
            return
        if not path.isascii() or any(each <= " " for each in path):
            raise ValueError("a next link would break the request line")


def _operations(value: object) -> Iterator[Operation]:
    """All that a body says."""
    match value:
        case StatusBody():
            yield value.operation()
        case DocumentStatus():
            yield _batch_of(value.document())
        case DocumentPage():
            yield _batch_of(*value.documents)
        case ItemsPage():
            for item in value.value:
                if isinstance(item, StatusBody):
                    yield item.operation()


def _batch_of(*documents: Document) -> Operation:
    batch = Operation(State.RUNNING, "Running", submitted={Counted.DOCUMENTS: len(documents)})
    return structs.replace(batch, documents={each.id: each for each in documents})
