"""For every rule an exporter in the trouble that the rule is about, and one that has none.

The exporters, by their jobs in Prometheus: `working` polls resources with every trouble that
operations and resources can have, `ailing` has troubles of its own, `healthy` has none.
"""

from collections.abc import Mapping

from exporter.simulator.play.building import operation, seeded_uuid
from exporter.simulator.server import DEFAULT_KEY
from tests.e2e import slow_jobs

Labels = Mapping[str, str]
Alerts = Mapping[str, tuple[Labels, ...]]

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
READING, EXPIRING = "A-reading", "An-old-reading"
TALK = operation("Endless-talk", created=0.0, takes=None)
FILMS = tuple(f"Film-{number}" for number in range(20))

PRICE: Mapping[str, object] = {
    "api": "speech_synthesis",
    "amount": "characters_charged",
    "per": 1,
    "price": 10,
}

THRESHOLDS = {
    **slow_jobs.THRESHOLDS,
    "stuckSeconds": 5,
    "recentSeconds": 40,
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
"""What takes too long for a test, or is off. The half hour of `queuedSeconds` and the tenth of
`throttledRatio` stay as they are.
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
        *slow_jobs.STUCK,
    ),
    "AzureAIOperationPastDeadline": (_of("openai", "openai_batch", OVERDUE),),
    "AzureAIOperationResultsExpiring": (_of("speech", "speech_synthesis", EXPIRING),),
    "AzureAIOperationQueued": (_batch(QUEUED), *slow_jobs.QUEUED),
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

HEALED = (
    "AzureAIOperationFailed",
    "AzureAIOperationValidationFailed",
    "AzureAIOperationExpired",
    "AzureAIDocumentsFailed",
    "AzureAIOperationStuck",
    "AzureAIOperationPastDeadline",
    "AzureAIOperationResultsExpiring",
    "AzureAIOperationQueued",
    "AzureAIOperationLongerThanUsual",
    "AzureAICostPerHour",
    "AzureAICostPerDay",
)
"""Alerts that fire once and are over when Azure has healed: most of those about operations, and
those about money. The others last as long as their trouble, or come and go with it.
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
            "openai",
            troubled,
            openai_batch=DISCOVERING | {"interval": "1s", "operations": [EXPIRED, OVERDUE]},
        ),
        {**_resource("jobs", troubled), **slow_jobs.SECTIONS},
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
