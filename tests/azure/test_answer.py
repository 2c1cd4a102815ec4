"""Status, headers and body to an answer or to the failure that they mean."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from exporter.apis.document_translation.batch import BatchStatus
from exporter.apis.document_translation.document_status import DocumentStatus
from exporter.apis.qna_maker import QnaStatus
from exporter.apis.speech import SpeechStatus
from exporter.azure.answer import RETRY_AFTER_CEILING, Answer, read, read_retry_after
from exporter.azure.body import Body
from exporter.errors import (
    Details,
    Failure,
    Gone,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreadable,
)
from exporter.redaction.own_secrets import own_secrets
from exporter.text import LABEL_LIMIT

NOW = 1_800_000_000.0
SHAPES: list[type[Body | DocumentStatus]] = [
    SpeechStatus,
    BatchStatus,
    DocumentStatus,
    QnaStatus,
]


def look(status: int, body: object = b"", **headers: str) -> Answer[SpeechStatus] | Failure:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(status, named, raw, SpeechStatus.read, NOW)


def failure(status: int, body: object = b"", **headers: str) -> Failure:
    outcome = look(status, body, **headers)
    assert isinstance(outcome, Failure)
    return outcome


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((401, 403), Unauthorised),
        ((429,), Throttled),
        ((408, 500, 501, 502, 503, 504, 529, 599, 999), Unavailable),
        ((204, 404, 410), Gone),
        ((100, 201, 202, 206, 400, 402, 405, 409, 411, 451, 499), Rejected),
        ((300, 301, 302, 303, 304, 307, 308), Rejected),
    ],
)
def test_a_status_decides_the_class(statuses: tuple[int, ...], kind: type[Failure]) -> None:
    """Every status but 200 is one class of failure, whatever its body holds."""
    fine = {"id": "a", "status": "Running"}
    for status in statuses:
        for body in (b"", b"<html>", fine, {"error": {"code": "Odd"}}, b"[1]", b"\xff\xfe"):
            outcome = failure(status, body, location="https://elsewhere.example/")
            assert type(outcome) is kind
            assert outcome.status == str(status)


def test_a_200_is_an_answer() -> None:
    """A readable body comes with the pause that Azure asks for and the id of the request."""
    body = {"id": "a", "status": "Running", "of": "tomorrow"}
    outcome = look(200, body, Retry_After="7", apim_request_id="3f1c")
    assert outcome == Answer(SpeechStatus(status="Running"), 7.0, "3f1c")


class Said(NamedTuple):
    """An error body and what is to be read from it."""

    status: int
    body: object
    expected: Details
    header: str = ""


def _translator(code: str, inner: str, target: str = "Operation") -> object:
    inner_error = {"code": inner, "message": "The inner one."}
    error = {"code": code, "message": "The outer one.", "target": target, "innerError": inner_error}
    return {"error": error}


def _azure_core(code: str, **more: object) -> object:
    return {"error": {"code": code, "message": "The outer one.", "details": [], **more}}


OUTER = "The outer one."
BODIES = {
    "translator": Said(
        400,
        _translator("InvalidRequest", "InvalidSourceLocation"),
        Details("InvalidRequest", "InvalidSourceLocation", "Operation", OUTER),
    ),
    "translator document": Said(
        404,
        _translator("ResourceNotFound", "ResourceNotFound", "Document"),
        Details("ResourceNotFound", "ResourceNotFound", "Document", OUTER),
    ),
    "azure core, date-versioned": Said(
        404,
        _azure_core("NotFound", target="id", innererror={"code": "Deleted", "innererror": {}}),
        Details("NotFound", "Deleted", "id", OUTER, "NotFound"),
        "NotFound",
    ),
    "speech": Said(
        429,
        _azure_core("TooManyRequests", innererror={"code": "Quota", "target": "avatar"}),
        Details("TooManyRequests", "Quota", "avatar", OUTER, retry_after=1.0),
    ),
    "qna maker": Said(
        404,
        {"error": {"code": "OperationNotFound", "innerError": {"code": "KbNotFound"}}},
        Details("OperationNotFound", "KbNotFound"),
    ),
    "qna maker, no outer error": Said(
        400,
        {"code": "BadArgument", "message": OUTER, "details": [{"code": "ValidationFailure"}]},
        Details("BadArgument", message=OUTER),
    ),
    "batch synthesis, bare": Said(
        500,
        {"code": "InternalServerError", "message": OUTER, "innerError": {"code": "Odd"}},
        Details("InternalServerError", "Odd", message=OUTER),
    ),
    "gateway": Said(
        401,
        {"error": {"code": "401", "message": OUTER}},
        Details("401", message=OUTER),
    ),
    "gateway, a bare number": Said(403, {"statusCode": 403, "code": 403}, Details("403")),
    "header alone": Said(404, b"", Details(header_code="ResourceNotFound"), "ResourceNotFound"),
    "message of the inner": Said(
        409,
        {"error": {"innererror": {"code": "Busy", "message": "The inner one."}}},
        Details("", "Busy", message="The inner one."),
    ),
    "empty": Said(404, b"", Details()),
    "html": Said(502, b"<html><h1>502 Bad Gateway</h1></html>", Details()),
    "null": Said(500, b"null", Details()),
    "an array": Said(500, b'[{"error": {"code": "Odd"}}]', Details()),
    "an error that is text": Said(500, {"error": "server_error"}, Details()),
    "an error that is null": Said(500, {"error": None, "code": "Odd"}, Details("Odd")),
    "values of odd types": Said(
        500,
        {"error": {"code": ["a"], "message": {"en": "b"}, "target": True, "innerError": "c"}},
        Details(),
    ),
    "truncated": Said(500, b'{"error": {"code": "Odd", "mess', Details()),
    "too deep": Said(500, b'{"error":' * 5000 + b"1" + b"}" * 5000, Details()),
    "wrong charset": Said(500, '{"error": {"code": "Ödd"}}'.encode("latin-1"), Details()),
    "utf-16": Said(500, '{"error": {"code": "Odd"}}'.encode("utf-16"), Details()),
    "a huge number": Said(500, b'{"code": ' + b"9" * 100_000 + b"}", Details()),
    "NaN": Said(500, b'{"code": NaN, "message": "m"}', Details(message="m")),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_an_error_says_is_read(name: str) -> None:
    """Code, inner code, target, message, header and id of the request, in every shape seen."""
    said = BODIES[name]
    headers = {"x_ms_error_code": said.header} if said.header else {}
    details = failure(said.status, said.body, **headers).details
    assert details == said.expected
    with_id = failure(said.status, said.body, apim_request_id="77aa", **headers).details
    assert with_id.request_id == "77aa"


@pytest.mark.parametrize(
    ("code", "header", "counted"),
    [
        ("InvalidRequest", "", "InvalidRequest"),
        ("InvalidRequest", "BadRequest", "InvalidRequest"),
        ("429", "", "429"),
        ("429", "TooManyRequests", "TooManyRequests"),
        ("", "NotFound", "NotFound"),
        ("", "", ""),
    ],
)
def test_the_code_to_count(code: str, header: str, counted: str) -> None:
    """The header's word counts where the body has only the gateway's number, or nothing."""
    assert Details(code=code, header_code=header).error_code == counted


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "application/json", "HTTP 200 with an empty body"),
        (b" \r\n", "application/json", "HTTP 200 with an empty body"),
        (b"<html>", "text/html; charset=utf-8", "HTTP 200 with text/html instead of JSON"),
        (b"null", "application/json", "with an unexpected body: body: Input should be an object"),
        (b"[]", "application/json", "with an unexpected body: body: Input should be an object"),
        (
            b'"Running"',
            "application/json",
            "with an unexpected body: body: Input should be an object",
        ),
        (b'{"status": "Runn', "application/json", "Invalid JSON: EOF"),
        (b'{"id": "a"}', "application/json", "with an unexpected body: status: Field required"),
        (b'{"status": null}', "application/json", "status: Input should be a valid string"),
        (b'{"status": NaN}', "application/json", "status: Input should be a valid string"),
        (b'{"status": ["a"]}', "", "status: Input should be a valid string"),
        (b'{"status":' * 9999, "application/json", "Invalid JSON: recursion limit"),
        ('{"status": "Ä"}'.encode("latin-1"), "application/json", "Invalid JSON"),
        ('{"status": "Running"}'.encode("utf-16"), "application/json", "Invalid JSON"),
        (b'{"status": ' + b"9" * 100_000 + b"}", "application/json", "out of range"),
    ],
)
def test_a_200_that_is_not_as_promised(body: bytes, content_type: str, reason: str) -> None:
    """It is unreadable, and the reason says why without repeating the body."""
    headers = {"content_type": content_type} if content_type else {}
    outcome = failure(200, body, retry_after="3", apim_request_id="77aa", **headers)
    assert type(outcome) is Unreadable
    assert outcome.status == "unreadable"
    assert reason in outcome.reason
    assert outcome.details == Details(request_id="77aa", retry_after=3.0)


def _date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


WAITS: list[tuple[dict[str, str], float | None]] = [
    ({}, None),
    ({"Retry-After": "1"}, 1.0),
    ({"retry-after": " 30 "}, 30.0),
    ({"Retry-After": "0"}, 0.0),
    ({"Retry-After": "1.5"}, 1.5),
    ({"Retry-After": "31536000"}, RETRY_AFTER_CEILING),
    ({"Retry-After": "-5"}, None),
    ({"Retry-After": "soon"}, None),
    ({"Retry-After": ""}, None),
    ({"Retry-After": "1e9"}, None),
    ({"Retry-After": "nan"}, None),
    ({"Retry-After": "infinity"}, None),
    ({"Retry-After": "9" * 400}, None),
    ({"Retry-After": "00:00:30"}, 30.0),
    ({"Retry-After": "00:01:30.5000000"}, 90.0),
    ({"Retry-After": "1:00:00"}, 3600.0),
    ({"Retry-After": "365.00:00:00"}, RETRY_AFTER_CEILING),
    ({"Retry-After": "-00:00:30"}, None),
    ({"RetryAfter": "15"}, 15.0),
    ({"RetryAfter": "00:00:15"}, 15.0),
    ({"Retry-After": "2", "RetryAfter": "15"}, 2.0),
    ({"Retry-After": _date(NOW + 20)}, 20.0),
    ({"Retry-After": _date(NOW + 20), "Date": _date(NOW - 100)}, 120.0),
    ({"Retry-After": _date(NOW + 20), "Date": "today"}, 20.0),
    ({"Retry-After": _date(NOW - 20)}, 0.0),
    ({"Retry-After": _date(NOW + 365 * 86400)}, RETRY_AFTER_CEILING),
    ({"Retry-After": "Fri, 15 Jan 2027 08:00:20 -0000"}, 20.0),
    ({"Retry-After": "Fri, 15 Jan 2027 09:00:20 +0100"}, 20.0),
    ({"Retry-After": "Fri, 15 Jan 99999999999999999999 08:00:20 GMT"}, None),
    ({"Retry-After": _date(NOW + 20), "Date": f"Fri, {'9' * 30} Jan 2027 08:00:20 GMT"}, 20.0),
    ({"retry-after-ms": "8000"}, 8.0),
    ({"x-ms-retry-after-ms": "250"}, 0.25),
    ({"x-ms-retry-after-ms": "99999999"}, RETRY_AFTER_CEILING),
    ({"retry-after-ms": "-1"}, None),
    ({"Retry-After": "2", "retry-after-ms": "1500"}, 2.0),
    ({"Retry-After": "soon", "retry-after-ms": "1500"}, 1.5),
    ({"retry-after-ms": "soon", "x-ms-retry-after-ms": "1500"}, 1.5),
]


@pytest.mark.parametrize(("headers", "expected"), WAITS)
def test_every_form_of_retry_after(headers: dict[str, str], expected: float | None) -> None:
    """Seconds, a date by Azure's own clock, a TimeSpan, the other header; never above an hour."""
    assert read_retry_after(CIMultiDict(headers), NOW) == expected


@pytest.mark.parametrize(
    ("response", "code", "inner_code"),
    [
        ({"error": {"code": "BadArgument"}}, "BadArgument", ""),
        ({"code": "BadArgument", "message": "m", "details": []}, "BadArgument", ""),
        ({"code": "A", "innerError": {"code": "B"}}, "A", "B"),
        ({"error": {"code": "A"}, "code": "B"}, "A", ""),
        ({"error": None, "code": "B"}, "B", ""),
        ({"error": "odd", "message": "m"}, "", ""),
        ({"error": {}}, None, None),
        ({"details": [{"code": "A"}]}, None, None),
        ({}, None, None),
        ("odd", None, None),
    ],
)
def test_both_forms_of_an_error_of_qna_maker(
    response: object, code: str | None, inner_code: str | None
) -> None:
    """Inside an outer `error` or without it: the code is read, and nothing is made up."""
    body = json.dumps({"operationState": "Failed", "errorResponse": response}).encode()
    fault = QnaStatus.read(body).operation().fault
    if code is None:
        assert fault is None or fault.code == ""
    else:
        assert fault is not None
        assert (fault.code, fault.inner_code) == (code, inner_code)


@pytest.mark.parametrize(
    ("message", "header", "expected"),
    [
        ("You are too fast. Please retry after 1 second.", None, 1.0),
        ("You are too fast. Please retry after 26 seconds.", None, 26.0),
        ("You are too fast. Please retry after 99999 seconds.", None, RETRY_AFTER_CEILING),
        ("You are too fast.", None, 1.0),
        ("Please retry after 26 seconds.", "4", 4.0),
        ("Please retry after 26 seconds.", "soon", 26.0),
    ],
)
def test_a_429_always_says_how_long(message: str, header: str | None, expected: float) -> None:
    """By its header, else in the words of the gateway, else a second; never above an hour."""
    headers = {"retry_after": header} if header else {}
    outcome = failure(429, {"error": {"code": "429", "message": message}}, **headers)
    assert outcome.details.retry_after == expected


SIGNED = [
    "https://blobs.example/in/a.docx?sv=2024-05-04&se=2027&sr=b&sp=r&sig=SECRET%2Bx%3D",
    "HTTPS://BLOBS.EXAMPLE/in?SIG=SECRET",
    "/in/a.docx?sv=2024&amp;sig=SECRET",
    "sv=2024&sp=rl\n&sig=SECRET was refused",
    "https%3A%2F%2Fblobs.example%2Fin%3Fsv%3D2024%26sig%3DSECRET",
    "/in/a.docx?sv=2024\\u0026sig=SECRET",
    "x" * 5990 + " sig=SECRET",
    "<a href='https://blobs.example/a?sig=SECRET'>",
    "https://blobs.example/?code=SECRET or ?token=SECRET or subscription-key=SECRET",
]
PLACES = ("code", "message", "target")


@pytest.mark.parametrize("text", SIGNED)
@pytest.mark.parametrize("place", [*PLACES, "inner code", "inner message", "header", "id"])
def test_signatures_never_survive(text: str, place: str) -> None:
    """Wherever Azure repeats a signed URL, nothing of a failure holds the signature."""
    error: dict[str, object] = {"innerError": {place.removeprefix("inner "): text}}
    if place in PLACES:
        error = {place: text}
    line = text.replace("\n", " ")
    headers = {"header": {"x_ms_error_code": line}, "id": {"apim_request_id": line}}.get(place, {})
    outcome = failure(400, {"error": error}, **headers)
    assert "SECRET" not in outcome.reason
    assert "SECRET" not in repr(outcome.details)


@pytest.mark.parametrize("place", [*PLACES, "inner code", "header", "id"])
def test_a_failure_is_short(place: str) -> None:
    """A code of 100,000 characters is cut, in the details and in the line for the log."""
    text = "c\n" * 50_000
    error: dict[str, object] = {"innerError": {"code": text}} if "inner" in place else {place: text}
    line = text.replace("\n", " ")
    headers = {"header": {"x_ms_error_code": line}, "id": {"apim_request_id": line}}.get(place, {})
    outcome = failure(400, {"error": error}, **headers)
    assert len(outcome.reason) < 1000
    assert "\n" not in outcome.reason
    said = outcome.details
    for text in (said.code, said.inner_code, said.target, said.header_code, said.request_id):
        assert len(text) <= LABEL_LIMIT


@pytest.mark.parametrize("status", [200, 503])
def test_the_id_of_a_request_is_safe_to_show(status: int) -> None:
    """It is a header of Azure's: of any length, perhaps not even text, perhaps a secret of ours."""

    def request_id(written: str) -> str:
        outcome = look(status, {"id": "a", "status": "Running"}, apim_request_id=written)
        return (outcome.details if isinstance(outcome, Failure) else outcome).request_id

    plain, key = str(UUID(int=2**127 + 5)), str(UUID(int=2**126 + 7))
    own_secrets.add(key)
    assert request_id(plain) == plain
    assert request_id(key) == "<secret>"
    strange = request_id("\udcff" + "x" * 9000)
    assert len(strange) == LABEL_LIMIT
    assert strange.encode()


NAMES = ["error", "code", "message", "target", "innerError", "innererror", "status", "summary"]
TIMES = ["createdDateTimeUtc", "lastActionDateTimeUtc", "createdTimestamp", "progress"]
names = st.sampled_from([*NAMES, *TIMES, "id", "to", "operationState", "errorResponse"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode())
header_names = st.sampled_from(
    ["Retry-After", "RetryAfter", "Date", "Content-Type", "x-ms-error-code", "apim-request-id"],
)
# What aiohttp makes of bytes that are no UTF-8: a lone surrogate for each.
header_values = st.binary(max_size=40).map(
    lambda raw: raw.decode("utf-8", "surrogateescape")
) | st.from_regex(
    r"\A(\w{3}, )?\d{1,25} (Jan|Feb) \d{1,25} \d{1,25}:\d\d(:\d\d)? ([+-]\d{1,25}|GMT)?\Z"
)


@pytest.mark.e2e
@given(
    st.integers(100, 999) | st.just(200),
    st.dictionaries(header_names, header_values),
    bodies,
    st.sampled_from(SHAPES),
)
@settings(deadline=None)
def test_anything_is_an_answer_or_a_failure(
    status: int,
    headers: dict[str, str],
    body: bytes,
    shape: type[Body | DocumentStatus],
) -> None:
    """No status, header or body raises, and what is read of them fits into UTF-8."""
    outcome = read(status, CIMultiDict(headers), body, shape.read, NOW)
    if isinstance(outcome, Answer):
        assert status == 200
        assert isinstance(outcome.value, shape)
        return
    wait = outcome.details.retry_after
    assert wait is None or 0 <= wait <= RETRY_AFTER_CEILING
    said = outcome.details
    texts = (said.code, said.inner_code, said.target, said.message, said.header_code)
    "".join([outcome.reason, said.request_id, *texts]).encode()
