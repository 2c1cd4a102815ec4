"""The simulators with the troubles that the rules are about, and how they heal."""

import time
from collections.abc import Iterator
from dataclasses import replace

from exporter.simulator.faults.faults import Kind
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.building import batch, operation, rejected_batch, synthesis
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.server import Simulator
from tests.e2e import slow_jobs
from tests.e2e.troubles import (
    ANSWERED,
    EXPIRED,
    EXPIRING,
    FAILED,
    FILMS,
    LATE,
    OVERDUE,
    PARTLY,
    QUEUED,
    READING,
    REFUSED,
    STUCK,
    TALK,
)

HOUR = 3600.0


def _troubled(now: float, ends: float | None = None) -> Scenario:
    """Batches of which each has another trouble, and speech that goes on for ever, or until then.

    Of one reading the results are gone soon: their hour is nearly over.
    """
    slow = slow_jobs.slow_jobs(now, ends)
    return replace(
        slow,
        batches=(
            *_slow_batches(now, ends),
            batch(id=FAILED, created=now, documents=2, takes=3, failed=2),
            batch(id=PARTLY, created=now, documents=4, takes=4, failed=2),
            # One after the other, so that Prometheus sees the number of ends grow.
            *(batch(created=now, documents=1, takes=takes, seed=takes) for takes in (2, 8, 14)),
            rejected_batch(id=REFUSED, created=now, takes=2),
        ),
        avatar=(operation(TALK.id, created=TALK.created, takes=ends),),
        speech_syntheses=(
            *slow.speech_syntheses,
            synthesis(READING, created=now, takes=3, failed_outputs=1),
            synthesis(EXPIRING, created=now + 37 - HOUR, takes=3, hours_to_live=1),
        ),
        openai_batches=_openai_batches(now, ends),
    )


def _slow_batches(now: float, ends: float | None) -> Iterator[Batch]:
    stuck, queued = now - 2 * HOUR, now - HOUR
    if ends is None:
        yield batch(id=STUCK, created=stuck, documents=4, takes=20, stuck=2)
        yield batch(id=QUEUED, created=queued, starts_after=2 * HOUR, takes=3 * HOUR)
        # The last of its documents never ends, after the others went well.
        yield batch(id=LATE, created=now, documents=20, takes=15, stuck=1)
    else:
        yield batch(id=STUCK, created=stuck, documents=4, takes=ends - stuck)
        yield batch(id=QUEUED, created=queued, takes=ends - queued)
        yield batch(id=LATE, created=now, documents=20, takes=ends - now)


def _openai_batches(now: float, ends: float | None) -> tuple[OpenaiBatch, ...]:
    """One expires, one goes on for two days or until then, one has requests that failed."""
    return (
        OpenaiBatch(
            id=EXPIRED,
            created=now - 24 * HOUR,
            started=now - 23 * HOUR,
            finished=now + 3,
            outcome="expired",
        ),
        OpenaiBatch(
            id=OVERDUE,
            created=now - 48 * HOUR,
            started=now - 47 * HOUR,
            finalizing=ends,
            finished=ends,
        ),
        OpenaiBatch(
            id=ANSWERED,
            created=now - 60,
            counted=now - 50,
            started=now - 40,
            finalizing=now,
            finished=now + 3,
            failed_requests=2,
        ),
    )


def _healthy(now: float) -> Scenario:
    """Batches and a film that wait, run, are cancelled and are done."""
    return Scenario(
        batches=(
            batch(created=now - 60, documents=60, takes=600),
            batch(created=now, documents=8, takes=5),
            batch(created=now - 1, documents=5, takes=60, cancel_after=5, cancelling=2),
            batch(created=now - 2, documents=5, starts_after=600, takes=900),
        ),
        video_translation=(operation("A-film", created=now - 10, takes=20),),
    )


class Azures:
    """The simulators; in the troubled one there is hardly anything to do before `work`."""

    def __init__(self) -> None:
        self.troubled = Simulator(Scenario(avatar=(TALK,)), cache=False)
        self.healthy = Simulator(_healthy(time.time()), cache=False)
        self.films = Simulator(_films(), cache=False)
        self.throttling = Simulator(_films(), limits={"videotranslation": (1, 2.0)})
        hour = Weather(Kind.THROTTLED, time.time(), first=0, every=HOUR, lasts=HOUR)
        self.silent = Simulator(_films(), weather=[hour])
        self.began = 0.0

    def work(self) -> None:
        """Now that somebody looks, trouble begins."""
        self.began = time.time()
        self.troubled.azure = Simulator(_troubled(self.began), cache=False).azure

    def heal(self) -> None:
        """What has been stuck, queued or late ends now."""
        self.troubled.azure = Simulator(_troubled(self.began, time.time()), cache=False).azure


def _films() -> Scenario:
    """Films that wait, for ever, and two batches that are done."""
    now = time.time()
    return Scenario(
        batches=tuple(batch(created=now - ago, documents=1, takes=5) for ago in (60, 70)),
        video_translation=tuple(
            operation(name, created=0.0, starts_after=1e12, takes=None) for name in FILMS
        ),
    )
