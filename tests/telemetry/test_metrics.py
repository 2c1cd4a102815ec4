"""What the exporter counts, and the metric contract that people write alerts against."""

import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from prometheus_client.parser import text_string_to_metric_families

from exporter.apis.speech import SpeechStatus
from exporter.azure.answer import read
from exporter.azure.breaker import CircuitBreaker
from exporter.azure.budget import Budget
from exporter.azure.exchange import Exchange
from exporter.doctor.credentials import KeyTrials
from exporter.errors import (
    Details,
    Failure,
    Gone,
    NoAnswer,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreadable,
)
from exporter.exposition.families import FAMILIES, RESOURCE_INFO, TELEMETRY_FAMILIES, Family
from exporter.exposition.negotiation import Format
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.quantities import Amount
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from exporter.telemetry.metrics import Telemetry
from exporter.telemetry.request_metrics import CODES_LIMIT
from tests.support.observations import characters, state_of

OF_API = {"resource": "res", "api": "avatar"}
STATES = (State.NOT_STARTED, State.RUNNING, State.SUCCEEDED, State.FAILED)
CODES = ("NotFound", "TooManyRequests")

OPERATION = "resource api operation"
DOCUMENT = "resource operation document language"
API = "resource api"
CONTRACT = [
    ("azure_ai_operation_state", "gauge", f"{OPERATION} state"),
    ("azure_ai_operation_up", "gauge", OPERATION),
    ("azure_ai_operation_last_success_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_created_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_last_action_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_last_change_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_progress_ratio", "gauge", OPERATION),
    ("azure_ai_operation_estimated_completion_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_characters_charged", "gauge", OPERATION),
    ("azure_ai_operation_documents", "gauge", f"{OPERATION} state"),
    ("azure_ai_operation_documents_submitted", "gauge", OPERATION),
    ("azure_ai_operation_error_info", "gauge", f"{OPERATION} code inner_code target"),
    ("azure_ai_operation_started_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_deadline_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_expires_timestamp_seconds", "gauge", OPERATION),
    ("azure_ai_operation_requests", "gauge", f"{OPERATION} state"),
    ("azure_ai_operation_requests_submitted", "gauge", OPERATION),
    ("azure_ai_operation_audio_seconds", "gauge", OPERATION),
    ("azure_ai_operation_tokens", "gauge", f"{OPERATION} kind"),
    ("azure_ai_operation_video_seconds", "gauge", OPERATION),
    ("azure_ai_operation_pages", "gauge", f"{OPERATION} kind"),
    ("azure_ai_operation_warnings", "gauge", OPERATION),
    ("azure_ai_video_seconds_total", "counter", "resource api"),
    ("azure_ai_pages_total", "counter", "resource api kind"),
    ("azure_ai_images_charged_total", "counter", "resource api"),
    ("azure_ai_billed_duration_seconds_total", "counter", "resource api"),
    ("azure_ai_audio_seconds_total", "counter", "resource api"),
    ("azure_ai_tokens_total", "counter", "resource api kind"),
    ("azure_ai_operation_info", "gauge", f"{OPERATION} kind name"),
    ("azure_ai_document_state", "gauge", f"{DOCUMENT} state"),
    ("azure_ai_document_progress_ratio", "gauge", DOCUMENT),
    ("azure_ai_document_characters_charged", "gauge", DOCUMENT),
    ("azure_ai_document_error_info", "gauge", f"{DOCUMENT} code inner_code"),
    ("azure_ai_discovery_up", "gauge", "subscription"),
    ("azure_ai_discovery_resources", "gauge", "subscription"),
    ("azure_ai_discovery_resources_unwatched", "gauge", "subscription reason"),
    ("azure_ai_resource_up", "gauge", API),
    ("azure_ai_resource_operations", "gauge", f"{API} state"),
    ("azure_ai_resource_operations_folded", "gauge", API),
    ("azure_ai_characters_charged_total", "counter", API),
    ("azure_ai_state_transitions_total", "counter", f"{API} from to"),
    ("azure_ai_operation_duration_seconds", "histogram", f"{API} state"),
    ("azure_ai_api_requests_total", "counter", f"{API} status"),
    ("azure_ai_api_errors_total", "counter", f"{API} code"),
    ("azure_ai_api_request_duration_seconds", "histogram", API),
    ("azure_ai_api_retry_after_seconds", "gauge", API),
    ("azure_ai_exporter_build_info", "gauge", "version python_version"),
    ("azure_ai_exporter_config_last_reload_successful", "gauge", ""),
    ("azure_ai_exporter_config_last_reload_success_timestamp_seconds", "gauge", ""),
    ("azure_ai_exporter_web_config_last_reload_successful", "gauge", ""),
    ("azure_ai_exporter_web_refused_total", "counter", "reason"),
    ("azure_ai_exporter_log_lines_dropped_total", "counter", ""),
    ("azure_ai_exporter_polls_total", "counter", f"{API} outcome"),
    ("azure_ai_exporter_poll_lag_seconds", "gauge", API),
    ("azure_ai_exporter_requests_waiting", "gauge", "resource"),
    ("azure_ai_exporter_request_wait_seconds", "histogram", "resource"),
    ("azure_ai_exporter_series", "gauge", ""),
    ("azure_ai_exporter_scrape_duration_seconds", "gauge", ""),
]


class World:
    """Telemetry that listens to a store of operations of one API."""

    def __init__(self, *operations: str) -> None:
        self.telemetry = Telemetry()
        charges = [amount for amount in Amount if amount.total]
        self.telemetry.expect("res", "avatar", STATES, CODES, charges)
        self.store = Store([self.telemetry.operations.changed])
        self.now = 1_800_000_000.0
        for operation in operations:
            self.store.watch(Watch(OperationKey("res", "avatar", operation), "operation", STATES))

    def see(self, operation: str, word: str, **more: float) -> None:
        """A poll found this word."""
        said = Operation(
            state_of(word),
            word,
            created=more.get("created"),
            last_action=more.get("at"),
            amounts=characters(int(more["charged"]) if "charged" in more else None),
        )
        self.store.put(OperationKey("res", "avatar", operation), said, self.now)

    def ask(self, status: str, failure: Failure | None = None, retry_after: float = -1) -> None:
        """A request came to its end."""
        key = OperationKey("res", "avatar", "one")
        told = None if retry_after < 0 else retry_after
        self.telemetry.requests.exchanged(Exchange(key, "/path", status, 0.2, 0.0, told, failure))

    def value(self, name: str, **labels: str) -> float | None:
        return self.telemetry.registry.collectors.get_sample_value(
            f"azure_ai_{name}", OF_API | labels
        )

    def values(self, name: str, label: str) -> dict[str, float]:
        """The samples of a family that are not 0, by one of its labels."""
        return {
            sample.labels[label]: sample.value
            for family in self.telemetry.registry.collectors.collect()
            for sample in family.samples
            if sample.name == f"azure_ai_{name}" and sample.value
        }


@pytest.mark.parametrize(("name", "kind", "labels"), CONTRACT, ids=[row[0] for row in CONTRACT])
def test_the_contract(name: str, kind: str, labels: str) -> None:
    """Names, types and labels that people write alerts against do not change."""
    (family,) = [each for each in FAMILIES if each.name == name]
    assert (family.type, " ".join(family.all_labels)) == (kind, labels)


def busy() -> World:
    """A world in which each family has something to say."""
    world = World("one")
    world.see("one", "Paused", created=1, at=2)
    world.see("one", "Succeeded", created=1, at=9, charged=7)
    world.telemetry.operations.expect_cost("res", "avatar", "EUR")
    world.ask("200", retry_after=1)
    world.ask("404", Gone("404", "gone", Details("NotFound")))
    world.telemetry.requests.polled(OperationKey("res", "avatar", "one"), "success", 0.1)
    world.telemetry.exporter.loaded(world.now)
    world.telemetry.exporter.scraped(0.01)
    world.telemetry.exporter.count_series(lambda: 9)
    breaker = CircuitBreaker()
    breaker._refusal = Unauthorised("401", "no")
    world.telemetry.requests.watch("res", breaker, Budget(5, 8), KeyTrials(("key",)))
    world.telemetry.lists.listed("res", "avatar", whole=True, cut=False, broken=1)
    world.telemetry.accounts.up({"sub": True})
    world.telemetry.accounts.found({"sub": 2}, {("sub", "no_api"): 1})
    return world


@pytest.mark.parametrize("family", TELEMETRY_FAMILIES, ids=lambda family: family.name)
def test_each_family_is_filled(family: Family) -> None:
    """What the contract promises is in the body, with its type, help and labels."""
    found = {
        each.name: each
        for each in text_string_to_metric_families(
            busy().telemetry.render(Format.TEXT).decode(),
        )
    }
    told = found[family.name.removesuffix("_total")]
    assert (told.type, told.documentation) == (family.type, family.help)
    assert told.samples
    for sample in told.samples:
        assert sample.labels.keys() - {"le"} == set(family.all_labels)


@pytest.mark.parametrize("form", Format)
def test_no_family_that_nobody_asked_for(form: Format) -> None:
    """Ours, process_* and python_*, each once; no _created series."""
    body = busy().telemetry.render(form).decode()
    names = [line.split(" ")[2] for line in body.splitlines() if line.startswith("# TYPE")]
    ours = {name for name in names if not name.startswith(("process_", "python_"))}
    suffix = "_total" if form is Format.OPENMETRICS else ""
    expected = {family.name.removesuffix(suffix) for family in (RESOURCE_INFO, *TELEMETRY_FAMILIES)}
    assert ours == expected
    assert len(names) == len(set(names))
    assert {"process_start_time_seconds", "python_info"} <= set(names)
    assert "_created" not in body.replace("azure_ai_operation_created", "")


def test_series_of_amounts_are_in_their_order() -> None:
    """Each start of the exporter writes them alike."""
    telemetry, tokens = Telemetry(), [amount for amount in Amount if amount.noun == "tokens"]
    telemetry.expect("res", "one", (), (), tokens)
    body = telemetry.render(Format.TEXT).decode()
    assert re.findall(r'azure_ai_tokens_total\{.*kind="(\w+)"', body) == [
        amount.kind for amount in tokens
    ]


def test_series_begin_at_0() -> None:
    """`rate()` sees the first of a kind: documented codes, common statuses, states, outcomes."""
    world = World()
    for code in CODES:
        assert world.value("api_errors_total", code=code) == 0
    for status in ("200", "401", "429", "500", "timeout", "unreadable"):
        assert world.value("api_requests_total", status=status) == 0
    for state in (*STATES, State.UNKNOWN):
        assert world.value("resource_operations", state=state.value) == 0
    for outcome in ("success", "failure"):
        assert world.value("exporter_polls_total", outcome=outcome) == 0
    assert world.value("characters_charged_total") == 0
    assert world.value("exporter_unknown_states_total") == 0
    assert world.value("resource_up") is None, "no token was requested yet"


@pytest.mark.parametrize(
    ("words", "transitions"),
    [
        ("Running", {}),
        ("Running Running", {}),
        ("NotStarted Running Succeeded", {"NotStarted Running": 1, "Running Succeeded": 1}),
        ("Running NotStarted Running", {}),
        ("Succeeded Running Failed", {}),
        ("Canceled Cancelled", {}),
        ("Running Paused Asleep Running", {"Running Unknown": 1, "Unknown Running": 1}),
        ("Paused Running Paused Running", {"Unknown Running": 2, "Running Unknown": 1}),
    ],
)
def test_transitions(words: str, transitions: dict[str, int]) -> None:
    """Changes of what is shown are counted; the first look, and replays, are none."""
    world = World("one", "two")
    for word in words.split():
        world.see("one", word)
    found = {
        f"{sample.labels['from']} {sample.labels['to']}": sample.value
        for family in world.telemetry.registry.collectors.collect()
        for sample in family.samples
        if sample.name == "azure_ai_state_transitions_total"
    }
    assert found == transitions


@pytest.mark.parametrize(
    ("words", "count"),
    [("Running", 0), ("Paused Paused", 1), ("Paused Asleep", 2), ("Paused Running Paused", 2)],
)
def test_unknown_states_are_counted(words: str, count: int) -> None:
    """Once for each time that a word of no page is new."""
    world = World("one")
    for word in words.split():
        world.see("one", word)
    assert world.value("exporter_unknown_states_total") == count


def test_charged_characters_only_grow() -> None:
    """Of all operations together; a replay, a gap or an operation that leaves takes none away."""
    world = World("one", "two")
    looks = [("one", 1, 0), ("one", 2, 27), ("two", 1, 100), ("one", 1, 0), ("one", 3, 20)]
    totals = []
    for operation, at, charged in [*looks, ("one", 4, 54)]:
        world.see(operation, "Running", at=at, charged=charged)
        totals.append(world.value("characters_charged_total"))
    assert totals == [0, 27, 127, 127, 127, 154]
    world.see("one", "Running", at=5)
    world.store.expire(world.now + 9999, 600)
    world.see("one", "Running", at=6, charged=54)
    assert world.value("characters_charged_total") == 154


def test_durations_of_finished_operations() -> None:
    """Azure's last action minus creation, once an operation, where the API tells both.

    Without a last action the end is when the exporter saw it, if it had watched until then.
    """
    world = World("one", "two", "three", "four", "five", "six", "seven")
    world.see("one", "Running", created=1000, at=1060)
    world.see("one", "Succeeded", created=1000, at=1100)
    world.see("one", "Succeeded", created=1000, at=1200)
    world.see("two", "Succeeded", created=1000, at=1050)
    world.see("three", "Failed", created=1000, at=999)
    world.see("four", "Succeeded", at=1050)
    world.see("five", "Succeeded", created=1000)
    world.see("six", "Running", created=world.now)
    world.see("seven", "Running", created=world.now)
    world.now += 601
    world.store.expire(world.now, 600)
    world.see("seven", "Failed")  # nobody watched it for too long
    world.see("six", "Running", created=world.now - 601)
    world.now += 20
    world.see("six", "Succeeded", created=world.now - 621)
    name = "operation_duration_seconds"
    assert world.values(f"{name}_count", "state") == {"Succeeded": 3, "Failed": 1}
    assert world.values(f"{name}_sum", "state") == {"Succeeded": 150 + 621}
    assert world.value(f"{name}_bucket", state="Succeeded", le="60.0") == 1


def test_durations_have_buckets_from_seconds_to_days() -> None:
    """With those of version 0.1.0 among them, which queries may name."""
    [family] = [each for each in FAMILIES if each.name == "azure_ai_operation_duration_seconds"]
    before = {10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400}
    assert before <= set(family.buckets)
    assert list(family.buckets) == sorted(family.buckets)
    assert (family.buckets[0], family.buckets[-1]) == (1, 7 * 86400)
    wider = [high / low for low, high in pairwise(family.buckets) if low >= 5]
    assert max(wider) <= 2.5, "or what is usual would be known too roughly"


def test_requests_are_counted_by_what_came_of_them() -> None:
    """HTTP status or what kept it away; seconds of each; the latest wait that Azure asked for."""
    world = World()
    world.ask("200", retry_after=30)
    world.ask("200")
    world.ask("429", Throttled("429", "too fast", Details("429", retry_after=2)), 2)
    world.ask("timeout", NoAnswer("timeout", "no answer"))
    world.ask("unreadable", Unreadable("unreadable", "HTML"))
    expected = {"200": 2, "429": 1, "timeout": 1, "unreadable": 1}
    assert world.values("api_requests_total", "status") == expected
    assert world.value("api_request_duration_seconds_count") == 5
    assert world.value("api_request_duration_seconds_sum") == pytest.approx(1.0)
    assert world.value("api_retry_after_seconds") == 2
    assert world.values("api_errors_total", "code") == {"429": 1}


@pytest.mark.parametrize(
    ("failure", "up"),
    [
        (None, 1),
        (Gone("404", ""), 1),
        (Rejected("400", ""), 1),
        (Throttled("429", ""), 1),
        (Unavailable("503", ""), 1),
        (Unreadable("unreadable", ""), 1),
        (Unauthorised("401", ""), 0),
        (Unauthorised("403", ""), 0),
        (NoAnswer("timeout", ""), 0),
        (NoAnswer("connection", ""), 0),
        (NoAnswer("tls", ""), 0),
    ],
    ids=lambda case: getattr(case, "status", case),
)
def test_a_resource_is_up(failure: Failure | None, up: int) -> None:
    """If the latest request was answered and authorised, whatever the answer was."""
    world = World()
    for earlier in (None, NoAnswer("timeout", "")):
        world.ask("earlier", earlier)
        world.ask("latest", failure)
        assert world.value("resource_up") == up


def test_statuses_are_bounded() -> None:
    """Those that are registered are told apart; what a server invents is one series."""
    world = World()
    for status in (*range(1000), "timeout", "unreadable"):
        world.ask(str(status), Rejected(str(status), ""))
    counted = world.values("api_requests_total", "status")
    assert len(counted) < 80
    assert sum(counted.values()) == 1002
    assert [counted[status] for status in ("404", "451", "timeout", "unreadable")] == [1] * 4
    assert not counted.keys() & {"0", "99", "299", "599", "999"}


def test_error_codes_are_bounded() -> None:
    """In number, in length and in what they may hold; the documented ones are always told apart."""
    world = World()
    for number in range(3 * CODES_LIMIT):
        world.ask("400", Rejected("400", "", Details(code=f"Invented{number}")))
    for odd in ("c" * 100_000, "NotFound"):
        world.ask("404", Gone("404", "", Details(code=odd)))
    codes = world.values("api_errors_total", "code")
    assert sum(codes.values()) == 3 * CODES_LIMIT + 2
    assert codes["NotFound"] == 1
    assert codes["other"] == 2 * CODES_LIMIT + len(CODES) + 1
    assert len(codes) <= CODES_LIMIT + 1


@pytest.mark.parametrize(
    "header", ["\udcff\udc80", "c" * 100_000, 'a"b\\c', "https://b/?sig=SECRET"]
)
def test_no_header_of_azure_breaks_a_scrape(header: str) -> None:
    """Whatever stands in `x-ms-error-code`, bytes that are no text included."""
    world = World()
    outcome = read(500, CIMultiDict({"x-ms-error-code": header}), b"", SpeechStatus.read, world.now)
    assert isinstance(outcome, Failure)
    world.ask("500", outcome)
    for form in Format:
        body = world.telemetry.render(form)
        assert b"SECRET" not in body
        assert max(map(len, body.splitlines())) < 1000


def test_what_runs_is_told() -> None:
    """Polls, their lag, pauses, and what the other parts know are read when they are scraped."""
    world = busy()
    value = world.telemetry.registry.collectors.get_sample_value
    assert value("azure_ai_exporter_series") == 9
    assert value("azure_ai_exporter_resource_paused", {"resource": "res"}) == 1
    assert value("azure_ai_exporter_config_last_reload_successful") == 1
    assert value("azure_ai_exporter_config_last_reload_success_timestamp_seconds") == world.now
    assert value("azure_ai_exporter_scrape_duration_seconds") == 0.01
    assert world.value("exporter_poll_lag_seconds") == 0.1
    assert world.values("exporter_polls_total", "outcome") == {"success": 1}


events = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from(
            ["fail", "expire", "NotStarted", "Running", "Succeeded", "Canceled", "Odd"]
        ),
        st.integers(1, 5),
    ),
    max_size=20,
)


@given(events)
@settings(max_examples=50, deadline=None)
def test_operations_by_state_add_up(history: Iterable[tuple[str, str, int]]) -> None:
    """At any time each watched operation is counted once, under the state that is shown."""
    world = World("one", "two", "three")
    assert world.values("resource_operations", "state") == {"Unknown": 3}
    for operation, event, at in history:
        world.now += 100 * at
        if event == "fail":
            world.store.fail(OperationKey("res", "avatar", operation), NoAnswer("timeout", ""))
        elif event == "expire":
            world.store.expire(world.now, 600)
        else:
            world.see(operation, event, at=at)
        expected: dict[str, float] = {}
        for snapshot in world.store:
            state = snapshot.shown.state.value if snapshot.shown else "Unknown"
            expected[state] = expected.get(state, 0) + 1
        assert world.values("resource_operations", "state") == expected


def test_error_codes_have_the_order_of_the_page() -> None:
    """The same in every process, so that two scrapes can be compared line by line."""
    telemetry = Telemetry()
    codes = ("Zeta", "Alpha", "Mid", "BadRequest", "Unauthorized", "TooManyRequests")
    telemetry.expect("res", "avatar", STATES, codes)
    text = telemetry.render(Format.TEXT).decode()
    assert tuple(re.findall(r'azure_ai_api_errors_total\{.*code="(\w+)"', text)) == codes
