"""The metric contract, as data: every family, and what of a snapshot it shows.

A family of an operation is a gauge with a function from snapshot to samples; those of the
exporter itself are filled by `exporter.telemetry.metrics`. Absent means that it was not said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter

from exporter.exposition import samples
from exporter.exposition.samples import Samples
from exporter.model.snapshot import Snapshot


class Scope(Enum):
    """Whose family it is: it decides the first labels."""

    OPERATION = ("resource", "api", "operation")
    DOCUMENT = ("resource", "operation", "document", "language")
    API = ("resource", "api")
    EXPORTER = ()

    def __init__(self, *labels: str) -> None:
        # Not `value`: Python 3.11.2, Debian 12's, does not keep an empty tuple there.
        self.labels = labels


@dataclass(frozen=True, eq=False)
class Family:
    """One metric: `labels` follow those of the scope; `samples` only for operations.

    `each_poll`: it can change though what Azure said of the operation is the same.
    `times`: how many series each operation, document or API has of it; one where it is empty.
    `absent`: when or of what it is not there; of what is shown it is always where it is empty.
    """

    name: str
    help: str
    scope: Scope
    labels: tuple[str, ...] = ()
    type: str = "gauge"
    samples: Callable[[Snapshot], Samples] | None = None
    each_poll: bool = False
    times: str = ""
    absent: str = ""

    @property
    def all_labels(self) -> tuple[str, ...]:
        return self.scope.labels + self.labels


OPERATION_FAMILIES = (
    Family(
        "azure_ai_operation_state",
        "1 for the current state of the operation, 0 for each other state its API can have. "
        "Polled in the background: see azure_ai_operation_last_success_timestamp_seconds.",
        Scope.OPERATION,
        ("state",),
        samples=samples.state,
        times="5 to 8: the states of its API, and Unknown",
    ),
    Family(
        "azure_ai_operation_up",
        "1 if the latest poll gave a readable status, else 0.",
        Scope.OPERATION,
        samples=samples.up,
        each_poll=True,
    ),
    Family(
        "azure_ai_operation_last_success_timestamp_seconds",
        "When a poll last gave a status: the age of the operation's other series.",
        Scope.OPERATION,
        samples=samples.last_success,
        each_poll=True,
        absent="before a poll gave a status",
    ),
    Family(
        "azure_ai_operation_created_timestamp_seconds",
        "When Azure created the operation, where the API tells.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.created),
        absent="of operations of Video Translation and avatars",
    ),
    Family(
        "azure_ai_operation_last_action_timestamp_seconds",
        "Azure's last action on the operation, where the API tells.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.last_action),
        absent="of operations of Video Translation and avatars",
    ),
    Family(
        "azure_ai_operation_last_change_timestamp_seconds",
        "When the exporter last saw state, counts, progress or charge change.",
        Scope.OPERATION,
        samples=samples.of_snapshot(lambda snapshot: snapshot.last_change),
        each_poll=True,
    ),
    Family(
        "azure_ai_operation_progress_ratio",
        "Progress from 0 to 1, where it can be known.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.progress),
        absent="of all but batches, and of those whose documents Azure has not listed",
    ),
    Family(
        "azure_ai_operation_estimated_completion_timestamp_seconds",
        "When the operation ends if progress goes on as it did, while it runs.",
        Scope.OPERATION,
        samples=samples.of_snapshot(lambda snapshot: snapshot.estimated_completion),
        each_poll=True,
        absent="unless it runs and its progress was seen to move",
    ),
    Family(
        "azure_ai_operation_characters_charged",
        "Characters charged so far.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.characters_charged),
        absent="of all but batches and batch syntheses, and until Azure says it",
    ),
    Family(
        "azure_ai_operation_images_charged",
        "Images charged so far, where the API tells.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.images_charged),
        absent="of all but batches of api_version 2026-03-01",
    ),
    Family(
        "azure_ai_operation_image_scans",
        "Images scanned, by Succeeded and Failed, where the API tells.",
        Scope.OPERATION,
        ("state",),
        samples=samples.by_state(lambda operation: operation.image_scans),
        times="2",
        absent="of all but batches of api_version 2026-03-01",
    ),
    Family(
        "azure_ai_operation_documents",
        "Documents of the batch by state.",
        Scope.OPERATION,
        ("state",),
        samples=samples.by_state(lambda operation: operation.counts),
        times="5",
        absent="of all but batches",
    ),
    Family(
        "azure_ai_operation_documents_submitted",
        "Documents of the batch in all, each target language counted; 0 until Azure listed them.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.submitted),
        absent="of all but batches",
    ),
    Family(
        "azure_ai_operation_documents_folded",
        "Documents of the batch that have no series of their own, because of the limits.",
        Scope.OPERATION,
        samples=samples.folded,
        each_poll=True,
        absent="of all but batches",
    ),
    Family(
        "azure_ai_operation_documents_unreadable",
        "Documents of the batch that are watched by id and that the latest poll could not read.",
        Scope.OPERATION,
        samples=samples.unreadable,
        each_poll=True,
        absent="of all but batches",
    ),
    Family(
        "azure_ai_operation_outputs",
        "Outputs of a batch synthesis, by Succeeded and Failed.",
        Scope.OPERATION,
        ("state",),
        samples=samples.by_state(lambda operation: operation.outputs),
        times="2",
        absent="of all but batch syntheses, and until Azure says it",
    ),
    Family(
        "azure_ai_operation_billed_duration_seconds",
        "Seconds of talking avatar that were billed.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.billed_seconds),
        absent="of all but batch syntheses, and until Azure says it",
    ),
    Family(
        "azure_ai_operation_error_info",
        "1 while the operation carries an error.",
        Scope.OPERATION,
        ("code", "inner_code", "target"),
        samples=samples.error_info,
        absent="while there is no error, or Azure does not say it",
    ),
    Family(
        "azure_ai_operation_info",
        "1; what is fixed about the operation, with the labels of the configuration.",
        Scope.OPERATION,
        ("kind", "name"),
        samples=samples.info,
    ),
    Family(
        "azure_ai_document_state",
        "1 for the current state of the document.",
        Scope.DOCUMENT,
        ("state",),
        samples=samples.OfDocument(
            lambda _document: 1, lambda document: (("state", document.state),)
        ),
    ),
    Family(
        "azure_ai_document_progress_ratio",
        "Progress of the document from 0 to 1.",
        Scope.DOCUMENT,
        samples=samples.OfDocument(attrgetter("progress")),
        absent="where what Azure says is no progress",
    ),
    Family(
        "azure_ai_document_characters_charged",
        "Characters charged for the document.",
        Scope.DOCUMENT,
        samples=samples.OfDocument(attrgetter("characters_charged")),
        absent="until Azure says it",
    ),
    Family(
        "azure_ai_document_images_charged",
        "Images charged for the document, where the API tells.",
        Scope.DOCUMENT,
        samples=samples.OfDocument(attrgetter("images_charged")),
        absent="unless api_version is 2026-03-01",
    ),
    Family(
        "azure_ai_document_error_info",
        "1 while the document carries an error.",
        Scope.DOCUMENT,
        ("code", "inner_code"),
        samples=samples.OfDocument(
            lambda document: 1 if document.fault else None,
            lambda document: samples.fault_labels(document.fault) if document.fault else (),
        ),
        absent="while there is no error",
    ),
    Family(
        "azure_ai_document_info",
        "1; the name of the document's source, where document_names is on.",
        Scope.DOCUMENT,
        ("name",),
        samples=samples.OfDocument(
            lambda document: 1 if document.name else None,
            lambda document: (("name", document.name),),
        ),
        absent="unless document_names is on",
    ),
)

DOCUMENT_FAMILIES = tuple(each for each in OPERATION_FAMILIES if each.scope is Scope.DOCUMENT)

TELEMETRY_FAMILIES = (
    Family(
        "azure_ai_resource_up",
        "1 if the latest request to this API of this resource was answered and authorised.",
        Scope.API,
        absent="before the first request",
    ),
    Family(
        "azure_ai_resource_operations",
        "Watched operations by state; Unknown includes those that cannot be read.",
        Scope.API,
        ("state",),
        times="5 to 8: the states of the API, and Unknown",
    ),
    Family(
        "azure_ai_characters_charged_total",
        "Characters seen charged, also by operations that have left.",
        Scope.API,
        type="counter",
    ),
    Family(
        "azure_ai_state_transitions_total",
        "Changes of state that were seen.",
        Scope.API,
        ("from", "to"),
        type="counter",
        times="those that were seen, at most 56",
        absent="before the first such change",
    ),
    Family(
        "azure_ai_operation_duration_seconds",
        "Last action minus creation, of finished operations whose API tells both.",
        Scope.API,
        ("state",),
        type="histogram",
        times="15 for each finished state that was seen",
        absent="before the first operation has finished so",
    ),
    Family(
        "azure_ai_api_requests_total",
        "Requests to Azure by HTTP status, or timeout, connection, tls, token, unreadable.",
        Scope.API,
        ("status",),
        type="counter",
        times="8 from the start, and others that were seen",
    ),
    Family(
        "azure_ai_api_errors_total",
        "Errors that Azure answered, by its own error code.",
        Scope.API,
        ("code",),
        type="counter",
        times="the documented codes, with others at most 64, and `other`",
        absent="where the API documents no codes, before the first error",
    ),
    Family(
        "azure_ai_api_request_duration_seconds",
        "Seconds that a request to Azure took, its body included.",
        Scope.API,
        type="histogram",
        times="13",
    ),
    Family(
        "azure_ai_api_retry_after_seconds",
        "How long Azure last told us to wait.",
        Scope.API,
        absent="before Azure has told so",
    ),
    Family(
        "azure_ai_exporter_build_info",
        "1; the version that runs.",
        Scope.EXPORTER,
        ("version", "python_version"),
    ),
    Family(
        "azure_ai_exporter_config_last_reload_successful",
        "Whether the last attempt to load the configuration was successful.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_config_last_reload_success_timestamp_seconds",
        "When the configuration in use was loaded.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_web_config_last_reload_successful",
        "Whether the last attempt to load the web configuration was successful; 1 without one.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_web_refused_total",
        "Clients of the exporter's own port that were turned away or cut off, by reason.",
        Scope.EXPORTER,
        ("reason",),
        type="counter",
        times="7",
    ),
    Family(
        "azure_ai_exporter_operation_files_broken",
        "Files of operations that are not right; their last good content is used.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_checkpoint_last_write_successful",
        "Whether the latest write of the checkpoint was successful; 1 where none is kept.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_checkpoint_last_write_success_timestamp_seconds",
        "When the checkpoint was last written.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_shard",
        "Which shard of the work this exporter does, from 0.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_shards",
        "How many shards share the work; 1 where it is not shared.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_polls_total",
        "Polls of operations by outcome, success or failure.",
        Scope.API,
        ("outcome",),
        type="counter",
        times="2",
    ),
    Family(
        "azure_ai_exporter_poll_lag_seconds",
        "How much later than its interval asked the latest poll began.",
        Scope.API,
        absent="before the first poll",
    ),
    Family(
        "azure_ai_exporter_list_up",
        "1 if the latest round of lists of this API was read to its end.",
        Scope.API,
        absent="where no list is read, and before the first round",
    ),
    Family(
        "azure_ai_exporter_list_truncated",
        "1 if there are more operations than max_operations lets be followed.",
        Scope.API,
        absent="where no list is read, and before the first round",
    ),
    Family(
        "azure_ai_exporter_list_items_unreadable_total",
        "Items of lists that could not be read; the others count all the same.",
        Scope.API,
        type="counter",
        absent="where no list is read, and before the first round",
    ),
    Family(
        "azure_ai_exporter_resource_paused",
        "1 while a resource is not asked because it refused its key.",
        Scope.EXPORTER,
        ("resource",),
        times="one for each resource",
    ),
    Family(
        "azure_ai_exporter_unknown_states_total",
        "States that Azure gave in a word that no page of it lists.",
        Scope.API,
        type="counter",
    ),
    Family(
        "azure_ai_exporter_series",
        "Series of operations and documents that are exposed.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_scrape_duration_seconds",
        "Seconds that the latest scrape took to answer.",
        Scope.EXPORTER,
    ),
)

PROBE_FAMILIES = (
    Family(
        "azure_ai_probe_success",
        "On /probe alone: 1 if the operation was read, else 0.",
        Scope.EXPORTER,
        absent="but on /probe",
    ),
    Family(
        "azure_ai_probe_duration_seconds",
        "On /probe alone: seconds that the poll took.",
        Scope.EXPORTER,
        absent="but on /probe",
    ),
)

FAMILIES = OPERATION_FAMILIES + TELEMETRY_FAMILIES + PROBE_FAMILIES
