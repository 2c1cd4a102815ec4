"""For every rule an exporter in the trouble that the rule is about, and one that has none.

The exporters, by their jobs in Prometheus: `working` polls resources with every trouble that
operations and resources can have, `ailing` has troubles of its own, `healthy` has none.
"""

import time
from collections.abc import Mapping

from exporter.simulator.faults.faults import Kind
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.building import (
    batch,
    operation,
    rejected_batch,
    seeded_uuid,
    synthesis,
)
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator

Labels = Mapping[str, str]
Alerts = Mapping[str, tuple[Labels, ...]]

HOUR = 3600.0
GONE, STUCK, QUEUED, LATE, FAILED, PARTLY, REFUSED = (
    seeded_uuid("troubles", 0, what)
    for what in ("gone", "stuck", "queued", "late", "failed", "partly", "refused")
)
EXPIRED, OVERDUE, ANSWERED = (
    f"batch_{seeded_uuid('troubles', 0, what)}" for what in ("expired", "overdue", "answered")
)
FLAGS = {
    "working": ("--web.config.file={folder}/web.yaml",),
    "ailing": ("--shard=0", "--total-shards=2"),
    "healthy": (),
}
BROKEN = ("web.yaml", "ailing.yaml")  # while they are in use
READING = "A-reading"
TALK = operation("Endless-talk", created=0.0, takes=None)
FILMS = tuple(f"Film-{number}" for number in range(20))

PRICE: Mapping[str, object] = {
    "api": "speech_synthesis",
    "amount": "characters_charged",
    "per": 1,
    "price": 10,
}

THRESHOLDS = {
    "stuckSeconds": 5,
    "stuckSecondsOpenaiBatch": 5,
    "resultsExpiringSeconds": 3600,
    "lateSeconds": 1,
    "usualOperations": 1,
    "lagSeconds": 1,
    "chargePerHour": 100,
    "chargePerDay": 200,
    "costPerHour": 100,
    "costPerDay": 200,
} | {
    f"{name}For": "1s"
    for name in (
        "unreadable",
        "longerThanUsual",
        "unauthorised",
        "throttled",
        "gone",
        "shardMissing",
        "behind",
        "truncated",
        "checkpointFailing",
    )
}
"""What takes too long for a test, or is off. The hour of `recentSeconds`, the half hour of
`queuedSeconds` and the tenth of `throttledRatio` stay as they are.
"""


def _of(resource: str, api: str, operation: str = "") -> Labels:
    labels = {"job": "working", "resource": resource, "api": api}
    return labels | {"operation": operation} if operation else labels


def _batch(operation: str) -> Labels:
    return _of("translator", "document_translation", operation)


# Without a job: there never was an exporter.
BEFORE: Alerts = {"AzureAIExporterGone": ({},)}
AFTER: Alerts = {"AzureAIExporterGone": ({"job": "healthy"},)}
ALERTS: Alerts = {
    "AzureAIOperationFailed": (_batch(FAILED),),
    "AzureAIOperationValidationFailed": (_batch(REFUSED),),
    "AzureAIOperationExpired": (_of("openai", "openai_batch", EXPIRED),),
    "AzureAIDocumentsFailed": (
        _batch(PARTLY),
        _of("openai", "openai_batch", ANSWERED),
        _of("speech", "speech_synthesis", READING),
    ),
    "AzureAIOperationStuck": (
        _batch(STUCK),
        _of("speech", "avatar", TALK.id),
        _of("openai", "openai_batch", OVERDUE),
    ),
    "AzureAIOperationPastDeadline": (_of("openai", "openai_batch", OVERDUE),),
    "AzureAIOperationResultsExpiring": (_of("speech", "speech_synthesis", READING),),
    "AzureAIOperationQueued": (_batch(QUEUED),),
    "AzureAIOperationLate": (_batch(LATE),),
    "AzureAIOperationLongerThanUsual": (_batch(STUCK),),
    "AzureAIOperationUnreadable": (_batch(GONE), _of("revoked", "avatar", "First")),
    "AzureAIDocumentsFolded": (_batch(LATE),),
    # Two operations are refused, so the resource is paused; one alone does not tell.
    "AzureAIResourceUnauthorised": (
        {"job": "working", "resource": "revoked"},
        {"job": "working", "resource": "revoked-of-one"},
    ),
    "AzureAIResourceThrottled": (_of("throttled", "video_translation"),),
    "AzureAICostPerHour": ({**_of("speech", "speech_synthesis"), "currency": "EUR"},),
    "AzureAICostPerDay": ({**_of("speech", "speech_synthesis"), "currency": "EUR"},),
    "AzureAIChargePerHour": (_of("translator", "document_translation"),),
    "AzureAIChargePerDay": (_of("translator", "document_translation"),),
    "AzureAIExporterShardMissing": ({"job": "ailing"},),
    "AzureAIExporterBehind": (
        _of("slow", "video_translation"),
        {"job": "working", "resource": "silent"},
    ),
    "AzureAIExporterListTruncated": (_of("crowded", "document_translation"),),
    # Its configuration, and the web configuration of another one.
    "AzureAIExporterReloadFailed": ({"job": "ailing"}, {"job": "working"}),
    "AzureAIExporterCheckpointFailing": ({"job": "ailing"},),
}
"""Which labels each alert has where its trouble is: for each way into its query one set.

One alert comes before there is any exporter, and after the healthy one has ended.
"""

RECORDS: Mapping[str, Labels] = {
    "resource_api:azure_ai_operation_duration_seconds:p90_1w": _batch(""),
    "resource_api:azure_ai_characters_charged:increase1h": _batch(""),
    "resource_api:azure_ai_characters_charged:increase1d": _batch(""),
}
"""Which labels each recording has among others."""

HEALTHY = 'azure_ai_operation_state{job="healthy"} == 1'
STATES = {"NotStarted", "Running", "Succeeded", "Cancelled"}
"""What happens to operations where all is well."""


def _troubled(now: float) -> Scenario:
    """Batches of which each has another trouble, and speech that goes on for ever."""
    return Scenario(
        batches=(
            batch(id=STUCK, created=now - 2 * HOUR, documents=4, takes=20, stuck=2),
            batch(id=QUEUED, created=now - HOUR, starts_after=2 * HOUR, takes=3 * HOUR),
            # The last of its documents never ends, after the others went well.
            batch(id=LATE, created=now, documents=20, takes=15, stuck=1),
            batch(id=FAILED, created=now, documents=2, takes=3, failed=2),
            batch(id=PARTLY, created=now, documents=4, takes=4, failed=2),
            # One after the other, so that Prometheus sees the number of ends grow.
            *(batch(created=now, documents=1, takes=takes, seed=takes) for takes in (2, 8, 14)),
            rejected_batch(id=REFUSED, created=now, takes=2),
        ),
        avatar=(TALK,),
        speech_syntheses=(
            synthesis(READING, created=now, takes=3, failed_outputs=1, hours_to_live=1),
        ),
        openai_batches=_openai_batches(now),
    )


def _openai_batches(now: float) -> tuple[OpenaiBatch, ...]:
    """One expires, one goes on for two days, and one has requests that failed."""
    return (
        OpenaiBatch(
            id=EXPIRED,
            created=now - 24 * HOUR,
            started=now - 23 * HOUR,
            finished=now + 3,
            outcome="expired",
        ),
        OpenaiBatch(id=OVERDUE, created=now - 48 * HOUR, started=now - 47 * HOUR),
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
    """The local Azures; in the troubled one there is hardly anything to do before `work`."""

    def __init__(self) -> None:
        self.troubled = Simulator(Scenario(avatar=(TALK,)), cache=False)
        self.healthy = Simulator(_healthy(time.time()), cache=False)
        self.films = Simulator(_films(), cache=False)
        self.throttling = Simulator(_films(), limits={"videotranslation": (1, 2.0)})
        hour = Weather(Kind.THROTTLED, time.time(), first=0, every=HOUR, lasts=HOUR)
        self.silent = Simulator(_films(), weather=[hour])

    def work(self) -> None:
        """Now that somebody looks, trouble begins."""
        self.troubled.azure = Simulator(_troubled(time.time()), cache=False).azure


def _films() -> Scenario:
    """Films that wait, for ever, and two batches that are done."""
    now = time.time()
    return Scenario(
        batches=tuple(batch(created=now - ago, documents=1, takes=5) for ago in (60, 70)),
        video_translation=tuple(
            operation(name, created=0.0, starts_after=1e12, takes=None) for name in FILMS
        ),
    )


def _resource(
    name: str, endpoint: str, key: str = DEFAULT_KEY, **more: object
) -> dict[str, object]:
    return {"name": name, "endpoint": endpoint, "auth": {"key": key}, **more}


def _config(*resources: Mapping[str, object], **more: object) -> dict[str, object]:
    poll = {"interval": "1s", "requests_per_second": 50}
    return {"poll": poll, "resources": list(resources), **more}


DISCOVERING = {"discover": {"interval": "1s"}}


def working(troubled: str, films: str, throttling: str, silent: str) -> dict[str, object]:
    """Every trouble that is not of the exporter's own making; `slow` is asked too seldom."""
    return _config(
        _resource("translator", troubled, document_translation=DISCOVERING | {"batches": [GONE]}),
        _resource(
            "speech",
            troubled,
            avatar={"operations": [TALK.id]},
            speech_synthesis=DISCOVERING,
        ),
        _resource(
            "openai", troubled, openai_batch=DISCOVERING | {"operations": [EXPIRED, OVERDUE]}
        ),
        _resource("revoked", troubled, "an-old-key", avatar={"operations": ["First", "Second"]}),
        _resource("revoked-of-one", troubled, "an-old-key", avatar={"operations": ["Only"]}),
        _resource("throttled", throttling, video_translation={"operations": list(FILMS[:2])}),
        _resource("silent", silent, video_translation={"operations": list(FILMS[:8])}),
        _resource(
            "crowded",
            films,
            document_translation={"discover": {"interval": "1s", "max_operations": 1}},
        ),
        _resource(
            "slow",
            films,
            video_translation={"operations": list(FILMS)},
            poll={"requests_per_second": 2},
        ),
        limits={"documents_per_batch": 5},
        prices={"currency": "EUR", "table": [PRICE]},
    )


def ailing(films: str) -> dict[str, object]:
    """One of two shards, the checkpoint's folder not there."""
    return _config(
        _resource("speech", films, video_translation={"operations": list(FILMS[:4])}),
        state_file="not-mounted/state.db",
    )


def healthy(healthy: str) -> dict[str, object]:
    """All is well, and a checkpoint is kept."""
    return _config(
        _resource("translator", healthy, document_translation=DISCOVERING),
        _resource("speech", healthy, video_translation={"operations": ["A-film"]}),
        state_file="state.db",
    )
