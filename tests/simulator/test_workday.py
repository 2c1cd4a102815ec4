"""Work without end: what comes when, what goes wrong, and that nothing piles up."""

import itertools
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import pytest

from exporter.simulator.azure import Azure
from exporter.simulator.faults.faults import Kind
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.hastening import Haste, last_moment
from exporter.simulator.play.scenario import Batch, Scenario, Translation
from exporter.simulator.play.speech_jobs import SpeechJob
from exporter.simulator.play.timeline import batch_at, status_of
from exporter.simulator.show.demo import demo_scenario, openings
from exporter.simulator.show.teams import STREAMS
from exporter.simulator.show.troubles import Trouble, troubles
from exporter.simulator.show.workday import Workday
from tests.support.local import START

DAY = 86400


def days(start: float = START, seed: int = 0, speed: float = 1.0) -> list[Workday]:
    """A workday of each team; what is over is kept for a quarter of an hour, or its part of it."""
    return [
        Workday(streams, start, kept=900 / speed, seed=seed, speed=speed)
        for streams in STREAMS.values()
    ]


@cache
def work(seconds: float = DAY, seed: int = 0, start: float = START) -> Sequence[Scenario]:
    """All teams' new work of so many seconds."""
    return tuple(each for day in days(start, seed) for each in day.coming(seconds))


def pieces(works: Iterable[Scenario]) -> list[Batch | Translation | SpeechJob]:
    found: list[Batch | Translation | SpeechJob] = []
    for one in works:
        found += [*one.batches, *one.translations, *one.syntheses, *one.speech_syntheses]
        found += one.transcriptions
    return found


def ids(works: Iterable[Scenario]) -> list[str]:
    return [each.id for each in pieces(works)]


def test_ids_depend_on_the_seed_alone() -> None:
    """They are valid, and no two pieces of a day have the same."""
    first = ids(work(7200))
    assert first == ids(work(7200, start=5e8))
    assert first != ids(work(7200, seed=1))
    assert len(set(first)) == len(first)
    for name in first:
        assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]", name)
    batches = [batch.id for one in work(7200) for batch in one.batches]
    assert [str(uuid.UUID(one)) for one in batches] == batches


@pytest.mark.e2e
def test_something_new_comes_every_minute_or_so() -> None:
    """From the first minute on; never is there nothing new for two."""
    moments = [START, *sorted(each.created for each in pieces(work()))]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert max(gaps) < 120
    assert sum(gaps) / len(gaps) < 60


def test_trouble_comes_every_few_minutes() -> None:
    """With a batch, never ten minutes apart; every kind within two hours."""
    shown = sorted(
        trouble.at
        for one in work()
        for trouble in troubles(one)
        if trouble.api == "document_translation"
    )
    first_half = [at for at in (START, *shown) if at < START + DAY - 3600]
    assert max(later - earlier for earlier, later in itertools.pairwise(first_half)) < 600
    kinds = {re.sub(r"\d+", "n", trouble.what) for one in work(7200) for trouble in troubles(one)}
    assert kinds == {
        "all documents fail", "fails", "fails validation", "is cancelled", "is stuck at n of n",
        "n of n documents fail", "n of n requests fail",
    }  # fmt: skip


def seen(scenario: Scenario, trouble: Trouble, now: float) -> bool:
    """Whether a trouble shows at a moment."""
    for batch in scenario.batches:
        view = batch_at(batch, now)
        if batch.id != trouble.id or view is None:
            continue
        return {
            "fails validation": view.status == "ValidationFailed",
            "is cancelled": view.status in {"Cancelling", "Cancelled"},
        }.get(trouble.what, view.counts["Failed"] > 0 or "stuck" in trouble.what)
    for openai_batch in scenario.openai_batches:
        if openai_batch.id == trouble.id:
            status = openai_batch.status(now)
            failed = openai_batch.counts(now)["failed"] > 0 and status == "completed"
            return failed or status in {"failed", "expired", "cancelling", "cancelled"}
    for job in scenario.fine_tunings:
        if job.id == trouble.id:
            return job.status(now) in {"failed", "cancelled"}
    for language_job in (*scenario.analyses, *scenario.trainings, *scenario.questions):
        if trouble.id.endswith(language_job.id):
            return language_job.status(now) not in {"notStarted", "running", "succeeded"}
    operations = [
        *scenario.video_translation, *scenario.avatar, *scenario.syntheses, *scenario.qna_maker,
        *scenario.speech_syntheses, *scenario.transcriptions,
    ]  # fmt: skip
    states = (
        {one.id: status_of(one, now) for one in operations}
        | {
            one.path.removeprefix("operations/"): status_of(one, now)
            for one in scenario.document_jobs
        }
        | {f"{one.route}/{one.id}": status_of(one, now) for one in scenario.custom_speech}
        | {one.place: status_of(one, now) for one in scenario.content_understanding}
        | {
            f"{film.id}/{one.id}": status_of(one, now)
            for film in scenario.translations
            for one in film.iterations
        }
    )
    return states[trouble.id] in {"Failed", "Canceled"}


def test_what_is_foretold_happens() -> None:
    """At its moment and not a second before, for the opening and an hour of new work."""
    for scenario in (demo_scenario(START), *work(3600)):
        for trouble in troubles(scenario):
            assert seen(scenario, trouble, trouble.at + 0.001), trouble
            if "stuck" not in trouble.what:
                assert not seen(scenario, trouble, trouble.at - 1), trouble


@pytest.mark.parametrize("speed", [1.0, 7.5, 60.0])
def test_faster_work_has_true_times(speed: float) -> None:
    """Each takes its part of the time, seen from the start; nothing is told of the future."""
    usual, fast = demo_scenario(START), Haste(START, speed).scenario(demo_scenario(START))
    for slow, quick in zip(usual.batches, fast.batches, strict=True):
        assert quick.created == pytest.approx(START + (slow.created - START) / speed)
        for after in (1.0, 40.0, 600.0):
            then, now = batch_at(slow, START + after), batch_at(quick, START + after / speed)
            assert then
            assert now
            assert (now.status, now.counts) == (then.status, then.counts)
            assert now.created <= now.last_action <= START + after / speed
    assert fast.pace.document == pytest.approx(usual.pace.document / speed)
    assert last_moment(fast) == pytest.approx(START + (last_moment(usual) - START) / speed)


def _passing(speed: float, seconds: float, step: float) -> Iterator[int]:
    """How much there is of all teams' work, step by step."""
    all_days = days(speed=speed)
    azures = [Azure(Scenario(), "key", cache=False, seed=0, limits={}) for _ in all_days]
    for number in range(int(seconds / step)):
        count = 0
        for day, azure in zip(all_days, azures, strict=True):
            due = day.at(START + number * step)
            for one in due.started:
                azure.begin(one)
            for one in due.expired:
                azure.forget(one)
            assert len(azure.translation.batches) <= len(day)
            count += len(day)
        yield count


@pytest.mark.e2e
@pytest.mark.parametrize(("speed", "most"), [(1.0, 120), (60.0, 120)])
def test_nothing_piles_up(speed: float, most: int) -> None:
    """Half a day's work is forgotten as it comes: the later half needs no more than the first."""
    counts = list(_passing(speed, DAY / 2 / speed, 20 / speed))
    half = len(counts) // 2
    assert max(counts) < most
    assert max(counts[half:]) <= max(counts[:half]) * 1.15


def test_a_machine_that_has_slept() -> None:
    """What a week would have brought is not made up for, and the day goes on."""
    for day, streams in zip(days(), STREAMS.values(), strict=True):
        day.at(START + 60)
        woken = day.at(START + 7 * DAY).started
        assert len(woken) <= sum(3 * 3600 / each.every + 2 for each in streams)
        assert bool(day.at(START + 7 * DAY + 600).started) == bool(streams)


def test_a_clock_that_is_set_back() -> None:
    """Nothing begins twice."""
    [day, *_] = days()
    first = ids(day.at(START + 600).started)
    assert day.at(START).started == []
    assert first
    assert not set(ids(day.at(START + 900).started)) & set(first)


@pytest.mark.parametrize(
    ("after", "wait"),
    [(0, None), (59.9, None), (60, "40"), (75.5, "25"), (99.9, "1"), (100, None), (660, "40")],
)
def test_a_storm(after: float, wait: str | None) -> None:
    """It says how long it still lasts, ends, and comes again."""
    fault = Weather(Kind.THROTTLED, START, 60, 600, 40).fault(START + after)
    assert (fault and fault.retry_after) == wait


def test_every_team_has_work_of_its_own() -> None:
    """The openings of all are the demo's scenario, and nobody has two teams' work."""
    parts = openings(START)
    assert parts.keys() == STREAMS.keys()
    together = [batch.id for part in parts.values() for batch in part.batches]
    assert sorted(together) == sorted(batch.id for batch in demo_scenario(START).batches)
