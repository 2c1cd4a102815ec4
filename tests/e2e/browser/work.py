"""Work in every state and trouble, of an Azure whose clock stands."""

from collections.abc import Mapping

from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import (
    EXTRACTION,
    batch,
    iteration,
    operation,
    qna_operation,
    rejected_batch,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY

RUNNING = seeded_uuid("browser", "runs")
FAILING = seeded_uuid("browser", "some documents fail")
CLIPS = tuple(f"clip-{number:03d}" for number in range(60))
BUSY = Fault(kind=Kind.THROTTLED, path="/qnamaker/", retry_after="3600")


def work(now: float) -> Scenario:
    """Some of everything, as it is at `now`; what runs goes on running for ten minutes at least."""
    return Scenario(
        batches=(
            batch(id=RUNNING, created=now - 1200, documents=20, languages=("es", "ja"), takes=2400),
            batch(
                id=FAILING,
                created=now - 1400,
                documents=60,
                languages=("it",),
                takes=900,
                failed=2,
                failed_before_start=1,
            ),
            batch(id=seeded_uuid("done"), created=now - 3000, languages=("de", "fr"), takes=900),
            batch(id=seeded_uuid("all fail"), created=now - 700, takes=300, failed=3),
            batch(id=seeded_uuid("stopped"), created=now - 800, takes=600, cancel_after=90),
            batch(id=seeded_uuid("waits"), created=now - 60, starts_after=900, takes=2000),
            rejected_batch(id=seeded_uuid("rejected"), created=now - 500, takes=23.5),
        ),
        video_translation=(
            operation("TownHall-en-US-to-de-DE.1", created=now - 240, takes=1200),
            operation("Onboarding-de-DE-to-fr-FR", created=now - 300, takes=80, outcome="Canceled"),
        ),
        translations=(
            translation(
                "AnnualReport-en-US-to-es-ES",
                iteration(
                    "First",
                    created=now - 290,
                    takes=104,
                    outcome="Failed",
                    failure_reason="The speech of the video could not be recognized.",
                ),
                iteration("Second", created=now - 60, takes=1900),
                created=now - 300,
            ),
        ),
        avatar=tuple(
            operation(
                id_,
                created=now - 900 + number,
                starts_after=1500 if number % 7 == 0 else 2,
                takes=2000 if number % 7 < 3 else 60,
                outcome="Failed" if number % 20 == 3 else "Succeeded",
            )
            for number, id_ in enumerate(CLIPS)
        ),
        syntheses=(
            synthesis("welcome-message", created=now - 86, takes=71.5, characters=212),
            synthesis("chapters", created=now - 92, takes=50.4, outputs=3, failed_outputs=1),
            synthesis(
                "press-statement",
                created=now - 76,
                takes=45.9,
                outcome="Failed",
                error=("InvalidInput", "The voice of the request is unknown."),
            ),
        ),
        qna_maker=(
            qna_operation(id="update", created=now - 90, outcome="Failed", failure=EXTRACTION),
            qna_operation(id="publish", created=now - 90, takes=2000),
        ),
    )  # fmt: skip


def watching(endpoint: str, busy: str) -> list[Mapping[str, object]]:
    """Resources that watch all of it; one has a wrong key, one is `busy`, one operation is gone."""
    good: dict[str, object] = {"endpoint": endpoint, "auth": {"key": DEFAULT_KEY}}
    return [
        {
            "name": "translator",
            **good,
            "document_translation": {
                "discover": True,
                "document_names": True,
                "batches": [{"id": FAILING, "labels": {"project": "manuals", "owner": "docs"}}],
            },
        },
        {
            "name": "speech",
            **good,
            "video_translation": {
                "discover": True,
                "operations": ["TownHall-en-US-to-de-DE.1", "Onboarding-de-DE-to-fr-FR"],
            },
            "avatar": {
                "discover": True,
                "requests_per_minute": 60000,
                "operations": [*CLIPS, "gone-for-good"],
            },
        },
        {"name": "qna", **good, "qna_maker": {"operations": ["update", "publish"]}},
        {
            "name": "old-key",
            "endpoint": endpoint,
            "auth": {"key": "not-the-key"},
            "avatar": {
                "requests_per_minute": 60000,
                "operations": ["locked-1", "locked-2", "locked-3"],
            },
        },
        {
            "name": "busy",
            "endpoint": busy,
            "auth": {"key": DEFAULT_KEY},
            "qna_maker": {"operations": ["update", "publish"]},
        },
    ]
