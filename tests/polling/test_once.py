"""One poll and the schedule of polls, each on its own, without an Azure."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeVar

import pytest

from exporter.apis.avatar import AvatarStatus
from exporter.apis.base import Azure, Known
from exporter.apis.jobs import OneStatus
from exporter.azure.answer import Answer
from exporter.azure.body import ListPage, Parse
from exporter.azure.priority import Priority
from exporter.azure.retry import RetryPolicy
from exporter.config.sections import PlannedOperation
from exporter.errors import Details, Failure, Gone, Throttled
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.snapshot import Snapshot, Watch
from exporter.polling.once import PollResult, Turns, poll_once
from exporter.polling.request import Requests
from exporter.polling.schedule import GONE_AFTER, Schedule, settled

Shape = TypeVar("Shape")
PageShape = TypeVar("PageShape", bound=ListPage)

KEY = OperationKey("r0", "avatar", "job")
WATCH = Watch(KEY, "operation", (State.RUNNING, State.SUCCEEDED))
TARGET = OneStatus("job", {}, "/job", AvatarStatus)
RUNNING = Operation(State.RUNNING, "Running")
DONE = Operation(State.SUCCEEDED, "Succeeded")


class Broken(Azure):
    """Whatever is asked, something is raised."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:  # noqa: ARG002
        raise self.error

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:  # noqa: ARG002
        raise self.error

    def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:  # noqa: ARG002
        raise self.error


class Nobody:
    """A client that is not asked."""

    endpoint = "http://nowhere"

    async def get(
        self, key: OperationKey, path: str, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape]:
        raise NotImplementedError

    async def file(
        self, key: OperationKey, url: str, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape]:
        raise NotImplementedError


async def test_a_failure_is_a_result() -> None:
    """It is given back as it is, without the frames that it came through."""
    failure = Throttled("429", "too fast")
    planned = PlannedOperation(WATCH, TARGET, 30.0)
    seen = await poll_once(planned, Broken(failure), Known(), Turns())
    assert seen is failure
    assert failure.__traceback__ is None


async def test_a_fault_of_ours_is_a_failure() -> None:
    """It is logged with its operation, and ends nothing but this poll."""
    planned = PlannedOperation(WATCH, TARGET, 30.0)
    seen = await poll_once(planned, Broken(KeyError("oops")), Known(), Turns())
    assert isinstance(seen, Failure)
    assert (seen.status, seen.reason) == ("unreadable", "a bug of the exporter: KeyError")


async def test_what_a_list_shows_is_not_asked_for() -> None:
    """Nobody is asked, and what is known is what was seen."""
    planned = PlannedOperation(WATCH, TARGET, 30.0)
    known = Known(RUNNING, listed=True)
    assert await poll_once(planned, Broken(KeyError()), known, Turns()) is RUNNING


def result(
    operation: Operation | None = RUNNING,
    failure: Failure | None = None,
    *,
    retry_after: float = 0.0,
    incomplete: str = "",
    outlived: bool = False,
) -> PollResult:
    snapshot = Snapshot(WATCH, operation, failure=failure, incomplete=incomplete)
    requests = Requests(Nobody(), KEY, Priority.NORMAL, retry_after=retry_after)
    return PollResult(snapshot, requests, outlived, gone=isinstance(failure, Gone))


@pytest.mark.parametrize(
    ("begun", "ended", "retry_after", "then"),
    [
        pytest.param(100, 101, 0, (130, 101, 0), id="on time"),
        pytest.param(110, 111, 0, (140, 111, 0), id="late: the next is a whole interval later"),
        pytest.param(100, 150, 0, (150, 150, 20), id="slow: the next is late by what it took"),
        pytest.param(100, 101, 60, (161, 161, 0), id="Azure asks to wait, which is no lag"),
        pytest.param(90, 91, 0, (120, 91, 0), id="early, as somebody asked for it"),
    ],
)
def test_when_the_next_poll_is_due(
    begun: float, ended: float, retry_after: float, then: tuple[float, float, float]
) -> None:
    """An interval after the begin of the one before, but not while Azure asks to wait.

    `then` is when it is due, until when nobody polls, and how late it is if it begins when due.
    """
    schedule = Schedule(interval=30.0, due=100.0)
    assert schedule.lag(begun) == max(0, begun - 100)
    schedule.plan_next(result(retry_after=retry_after), begun, ended)
    assert (schedule.due, schedule.not_before, schedule.lag(schedule.due)) == then


def test_failures_and_partial_polls_make_pauses_longer() -> None:
    """After some in a row the pause is longer than the interval; after a good one it is not."""
    for bad in (
        result(failure=Failure("500", "HTTP 500", Details())),
        result(DONE, incomplete="no documents", outlived=True),
    ):
        schedule = Schedule(interval=10.0, due=0.0)
        for _ in range(6):
            schedule.plan_next(bad, 0.0, 0.0)
        assert 100 < schedule.due <= 300
        schedule.plan_next(result(), 0.0, 0.0)
        assert schedule.due == 10


def test_what_is_gone() -> None:
    """Azure is believed when it says so several times in a row, with nothing else between."""
    gone = result(failure=Gone("404", "HTTP 404"))
    schedule = Schedule(interval=10.0, due=0.0)
    for number in range(1, GONE_AFTER + 2):
        schedule.plan_next(gone, 0.0, 0.0)
        assert schedule.is_gone == (number >= GONE_AFTER)
    for other in (result(failure=Failure("503", "HTTP 503")), result()):
        schedule.plan_next(other, 0.0, 0.0)
        for _ in range(1, GONE_AFTER):
            schedule.plan_next(gone, 0.0, 0.0)
            assert not schedule.is_gone


@pytest.mark.parametrize(
    ("polled", "documents", "wanted"),
    [
        pytest.param(result(None), False, False, id="nothing is known"),
        pytest.param(result(RUNNING), False, False, id="it runs"),
        pytest.param(result(DONE), False, True, id="finished, and nothing else is watched"),
        pytest.param(result(DONE), True, False, id="a cache may still lie of its documents"),
        pytest.param(result(DONE, outlived=True), True, True, id="no cache can lie any more"),
        pytest.param(
            result(DONE, incomplete="no documents", outlived=True),
            True,
            False,
            id="the last poll was not a whole one",
        ),
        pytest.param(
            result(DONE, Failure("500", "HTTP 500"), outlived=True),
            True,
            False,
            id="the last poll has failed",
        ),
        pytest.param(
            result(DONE, Failure("500", "HTTP 500")),
            False,
            False,
            id="a list showed the end, and its own answer could not be read",
        ),
    ],
)
def test_when_an_operation_is_settled(polled: PollResult, documents: bool, wanted: bool) -> None:
    """When nothing that is watched can change, or a last poll came late enough."""
    target = WithDocuments("job", {}, "/job", AvatarStatus) if documents else TARGET
    assert settled(target, polled) == wanted


@dataclass(frozen=True)
class WithDocuments(OneStatus[AvatarStatus]):
    """A target that has documents, which can change after its end."""

    def settled(self, known: Operation) -> bool:  # noqa: ARG002
        return False
