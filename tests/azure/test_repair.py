"""One odd value costs that value alone, in every body of every API."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from exporter.apis.avatar import AvatarStatus, SynthesisItem, SynthesisStatus
from exporter.apis.document_translation.batch import BatchItem, BatchStatus
from exporter.apis.document_translation.document_status import DocumentPage, DocumentStatus
from exporter.apis.qna_maker import QnaStatus
from exporter.apis.video_translation import IterationItem, IterationStatus, Translation, VideoStatus
from exporter.azure.answer import Answer, read
from exporter.azure.body import Body, ItemsPage
from exporter.azure.repair import readable_json
from exporter.model.operation import State
from exporter.model.quantities import Amount, Counted

ERROR = {"code": "A", "message": "m", "target": "t", "innerError": {"code": "B"}}
TIMES = {"createdDateTime": "2026-11-30T00:00:00Z", "lastActionDateTime": "2026-11-30T00:10:00Z"}
SUMMARY = {"total": 9, "failed": 1, "success": 2, "inProgress": 3, "notYetStarted": 2}
SUMMARY |= {"cancelled": 1, "totalCharacterCharged": 27, "totalImageCharged": 2}
SUMMARY |= {"totalImageScansSucceeded": 4, "totalImageScansFailed": 5}
UTC_TIMES = {f"{name}Utc": value for name, value in TIMES.items()}
BATCH = {"status": "Running", "error": ERROR, "summary": SUMMARY, **UTC_TIMES}
BILLING: dict[str, object] = {
    "neuralCharacters": 4,
    "customNeuralCharacters": 5,
    "aoaiCharacters": 6,
}
BILLING |= {"aoaiHDCharacters": 7, "talkingAvatarDurationSeconds": 3.5}
PROPERTIES: dict[str, object] = {
    "succeededCount": 1,
    "failedCount": 2,
    "billingDetails": BILLING,
    "error": ERROR,
}
SYNTHESIS = {"status": "Running", "description": "d", "properties": PROPERTIES, **TIMES}
ITERATION = {"status": "Failed", "failureReason": "Odd", **TIMES}
QNA_TIMES = {f"{name[:-8]}Timestamp": value for name, value in TIMES.items()}
QNA = {"operationState": "Failed", "errorResponse": {"error": ERROR}, **QNA_TIMES}
BODIES: dict[type[Any], dict[str, Any]] = {
    BatchStatus: BATCH,
    AvatarStatus: {"id": "a", "status": "Running"},
    SynthesisStatus: {"id": "a", **SYNTHESIS},
    VideoStatus: {"id": "a", "status": "Running"},
    IterationStatus: {"id": "a", **ITERATION},
    QnaStatus: QNA,
}
ITEMS: dict[type[Body], dict[str, Any]] = {
    BatchItem: {"id": "727bf148-f327-47a0-9481-abae6362f11e", **BATCH},
    SynthesisItem: {"id": "abc", **SYNTHESIS},
    IterationItem: {"id": "abc", **ITERATION},
    Translation: {
        "id": "abc",
        "displayName": "d",
        "latestIteration": {"id": "def", "status": "Running"},
    },
}
DOCUMENT = {"id": "a", "to": "de", "status": "Failed", "progress": 1, "characterCharged": 4}
DOCUMENT |= {"imageCharged": 5, "error": ERROR, "sourcePath": "https://a/in/b.docx"}
DOCUMENT |= {"lastActionDateTimeUtc": "2026-11-30T00:10:00Z"}
ODD: tuple[object, ...] = ([1], {"a": 1}, True, -1, -3.5, 1e30, 10**30, "", "\ud83d", [[[{}]]])


def parts(value: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value inside a body."""
    for name, part in value.items() if isinstance(value, dict) else ():
        yield (*place, name)
        yield from parts(part, (*place, name))


def changed(body: dict[str, Any], place: tuple[Any, ...], *odd: object) -> dict[str, Any]:
    """The body with an odd value at a place, or without the value there."""
    body = copy.deepcopy(body)
    part = body
    for name in place[:-1]:
        part = part[name]
    del part[place[-1]]
    part |= {place[-1]: odd[0]} if odd else {}
    return body


def raw(body: object) -> bytes:
    return json.dumps(body).encode()


def read_as(shape: type[Any], body: object) -> Any:
    outcome = read(200, {}, raw(body), shape.read, 0.0)
    assert isinstance(outcome, Answer), outcome
    return outcome.value


@pytest.mark.parametrize("shape", BODIES, ids=lambda shape: shape.__name__)
def test_an_odd_value_of_a_status(shape: type[Any]) -> None:
    """Whatever it is and wherever it is, the state is read, and all that is said beside it."""
    whole = read_as(shape, BODIES[shape]).operation()
    for place in parts(BODIES[shape]):
        if place[0] in {"status", "operationState"}:
            continue
        absent = read_as(shape, changed(BODIES[shape], place)).operation()
        for odd in ODD:
            operation = read_as(shape, changed(BODIES[shape], place, odd)).operation()
            assert operation.state is whole.state, (place, odd)
            if isinstance(odd, list) or place[-1] in SUMMARY | BILLING:
                assert operation == absent, (place, odd)


@pytest.mark.parametrize("shape", ITEMS, ids=lambda shape: shape.__name__)
def test_an_odd_value_of_an_item(shape: type[Body]) -> None:
    """In a list it is the same, and the item is not counted as broken; one without an id is."""
    good = ITEMS[shape]
    for place in parts(good):
        for odd in ODD:
            items = [good, changed(good, place, odd), good]
            page = read_as(ItemsPage[shape], {"value": items})  # type: ignore[valid-type]
            assert len(page.value) + page.broken == 3, (place, odd)
            if place not in {("id",), ("status",)}:
                assert page.broken == 0, (place, odd)
            elif isinstance(odd, list):
                assert page.broken == 1, (place, odd)


def test_an_odd_value_of_a_document() -> None:
    """A document is read without it, in a list and alone; the language too is not required."""
    for place in parts(DOCUMENT):
        absent = changed(DOCUMENT, place)
        if place in {("id",), ("status",)}:
            continue
        for odd in ([1], -1, True, None, "\udc00"):
            body = changed(DOCUMENT, place, odd)
            document = read_as(DocumentStatus, body).document()
            page = read_as(DocumentPage, {"value": [DOCUMENT, body]})
            assert page.broken == 0, (place, odd)
            assert page.documents[1] == document
            assert document.state is State.FAILED
            if isinstance(odd, list):
                assert document == read_as(DocumentStatus, absent).document(), place


def test_an_amount_may_be_a_fraction() -> None:
    """Seconds of video are, and a count beside it that is impossible is absent."""
    properties = {"succeededCount": -1, "failedCount": 2, "billingDetails": BILLING}
    operation = read_as(SynthesisStatus, SYNTHESIS | {"properties": properties}).operation()
    assert operation.amounts == {
        Amount.BILLED_DURATION_SECONDS: 3.5,
        Amount.CHARACTERS_CHARGED: 22,
    }
    assert operation.counts == {Counted.OUTPUTS: {State.FAILED: 2}}


def test_counts_without_one_of_them() -> None:
    """The others are shown; there is no progress, which would need all."""
    odd = {"summary": SUMMARY | {"failed": -1}}
    operation = read_as(BatchStatus, BATCH | odd).operation()
    assert sum(operation.counts[Counted.DOCUMENTS].values()) == 8
    assert State.FAILED not in operation.counts[Counted.DOCUMENTS]
    assert operation.submitted == {Counted.DOCUMENTS: 9}
    assert operation.progress is None
    without_total: dict[str, object] = {"summary": {**SUMMARY, "total": 0.5}}
    assert read_as(BatchStatus, BATCH | without_total).operation().submitted == {}


@pytest.mark.parametrize(
    ("escaped", "message"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\uDE00 begins", "\ufffd begins"),
        (rb"\ud83d\ude00", "\N{GRINNING FACE}"),
        (rb"\ud83d\ud83d\ude00\ude00", "\ufffd\N{GRINNING FACE}\ufffd"),
        (rb"\\ud83d", r"\ud83d"),
        (rb"\\\ud83d", "\\\ufffd"),
        (rb"\ud83d\\ude00", "\ufffd\\ude00"),
        (b"raw \xed\xa0\xbd", "raw \ufffd"),
        (b"\xed\x95\x9c", "\N{HANGUL SYLLABLE HAN}"),
    ],
)
def test_half_a_character(escaped: bytes, message: str) -> None:
    """A message that was cut in the middle of a character is read, of errors and of documents."""
    error = b'{"code": "A", "message": "%b"}' % escaped
    batch = read(200, {}, b'{"status": "Failed", "error": %b}' % error, BatchStatus.read, 0.0)
    assert isinstance(batch, Answer)
    assert batch.value.error is not None
    assert batch.value.error.message == message
    listed = b'{"value": [{"id": "a", "status": "Failed", "to": "de", "error": %b}]}' % error
    page = read(200, {}, listed, DocumentPage.read, 0.0)
    assert isinstance(page, Answer)
    assert [document.fault and document.fault.message for document in page.value.documents] == [
        message
    ]
    refusal = read(400, {}, error, BatchStatus.read, 0.0)
    assert not isinstance(refusal, Answer)
    assert refusal.details.code == "A"


@pytest.mark.parametrize("shape", [*BODIES, DocumentStatus], ids=lambda shape: shape.__name__)
def test_a_byte_order_mark(shape: type[Any]) -> None:
    """It is skipped, as by Azure's own clients: in a status, a list and an error."""
    body = BODIES.get(shape, DOCUMENT)
    marked = b"\xef\xbb\xbf" + raw(body)
    assert read(200, {}, marked, shape.read, 0.0) == read(200, {}, raw(body), shape.read, 0.0)
    assert isinstance(read(200, {}, marked, shape.read, 0.0), Answer)
    refusal = read(404, {}, b"\xef\xbb\xbf" + raw({"error": ERROR}), shape.read, 0.0)
    assert not isinstance(refusal, Answer)
    assert refusal.details.error_code == "A"
    assert readable_json(b"\xef\xbb\xbf") == b""


@pytest.mark.parametrize(
    ("shape", "item"), [(ItemsPage[BatchItem], ITEMS[BatchItem]), (DocumentPage, DOCUMENT)]
)
def test_a_byte_order_mark_of_a_list(
    shape: type[ItemsPage[BatchItem] | DocumentPage], item: object
) -> None:
    """It is skipped there as well, and all items are read."""
    outcome = read(200, {}, b"\xef\xbb\xbf" + raw({"value": [item]}), shape.read, 0.0)
    assert isinstance(outcome, Answer)
    assert isinstance(outcome.value, ItemsPage | DocumentPage)
    assert outcome.value.broken == 0
